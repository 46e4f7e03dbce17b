/* SPDX-License-Identifier: BSD-3-Clause */
#include "schedule/build.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static int by_number(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* The leaves of other groups in a group's near rows, each once and ascending, into `leaf`
 * unless NULL; returns how many.  seen[n_nodes]: the last pass that met a node. */
static size_t list_leaves(const sfm_fmm *f, int32_t g, int32_t pass, int32_t *seen,
                          int32_t *leaf)
{
    const sfm_group *gr = &f->groups.group[g];
    const sfm_csr *rows = &f->near.csr;
    size_t n = 0;
    for (size_t k = rows->begin[gr->first]; k < rows->begin[gr->first + gr->count]; k++) {
        int32_t item = rows->item[k];
        if (f->groups.of_node[item] == g || seen[item] == pass) continue;
        seen[item] = pass;
        if (leaf) leaf[n] = item;
        n++;
    }
    if (leaf) qsort(leaf, n, sizeof *leaf, by_number);
    return n;
}

/* Places in R of a group's leaves, and of the items of its rows; place[n_nodes] scratch. */
static starfmm_status place_group(const sfm_fmm *f, int32_t g, sfm_reactions *r,
                                  int32_t *place)
{
    const sfm_group *gr = &f->groups.group[g];
    const sfm_csr *rows = &f->near.csr;
    size_t points = 0;
    for (size_t k = r->begin[g]; k < r->begin[g + 1]; k++) {
        r->at[k] = points;
        place[r->leaf[k]] = (int32_t)(k - r->begin[g]);
        points += f->tree.trg.count[r->leaf[k]];
    }
    r->points[g] = points;
    if (points > UINT32_MAX)
        return sfm_fail(STARFMM_EUNSUPPORTED,
                        "%zu points beside one group of leaves, must be at most %u", points,
                        UINT32_MAX);
    for (size_t k = rows->begin[gr->first]; k < rows->begin[gr->first + gr->count]; k++)
        if (f->groups.of_node[rows->item[k]] != g)
            r->item_at[k] = (uint32_t)r->at[r->begin[g] + (size_t)place[rows->item[k]]];
    return STARFMM_OK;
}

/* Runs of leaves of one group, of all groups' lists: counted, or written to their rows. */
static void list_runs(const sfm_fmm *f, sfm_reactions *r, int fill)
{
    for (int32_t g = 0; g < f->groups.n; g++)
        for (size_t k = r->begin[g], end; k < r->begin[g + 1]; k = end) {
            int32_t to = f->groups.of_node[r->leaf[k]];
            for (end = k + 1; end < r->begin[g + 1]; end++)
                if (f->groups.of_node[r->leaf[end]] != to) break;
            size_t row = r->in_begin[to + 1]++;
            if (fill) r->in[row] = (sfm_reaction){g, k, end};
        }
}

static starfmm_status build_in(const sfm_fmm *f, sfm_reactions *r)
{
    size_t total = 0;
    list_runs(f, r, 0);
    for (int32_t g = 0; g < f->groups.n; g++) {
        size_t n = r->in_begin[g + 1];
        r->in_begin[g + 1] = total;
        total += n;
    }
    r->in = sfm_alloc(total, sizeof *r->in);
    if (!r->in)
        return sfm_fail(STARFMM_ENOMEM, "no memory for %zu reactions of groups", total);
    list_runs(f, r, 1);
    return STARFMM_OK;
}

static starfmm_status list_all(const sfm_fmm *f, sfm_reactions *r, int32_t *seen)
{
    int32_t n = f->groups.n;
    for (int32_t g = 0; g < n; g++)
        r->begin[g + 1] = r->begin[g] + list_leaves(f, g, g, seen, NULL);
    r->leaf = sfm_alloc(r->begin[n], sizeof *r->leaf);
    r->at = sfm_alloc(r->begin[n], sizeof *r->at);
    if (!r->leaf || !r->at)
        return sfm_fail(STARFMM_ENOMEM, "no memory for %zu reactions", r->begin[n]);
    /* Passes are numbered on, so that `seen` need not be cleared. */
    for (int32_t g = 0; g < n; g++) list_leaves(f, g, n + g, seen, r->leaf + r->begin[g]);
    for (int32_t g = 0; g < n; g++) SFM_TRY(place_group(f, g, r, seen));
    return build_in(f, r);
}

starfmm_status sfm_reactions_build(sfm_fmm *f)
{
    size_t groups = (size_t)f->groups.n, items = f->near.csr.begin[f->tree.n_nodes];
    sfm_reactions *r = &f->reactions;
    if (!f->tree.same_points) return STARFMM_OK;
    int32_t *seen = sfm_alloc((size_t)f->tree.n_nodes, sizeof *seen);
    r->begin = sfm_calloc(groups + 1, sizeof *r->begin);
    r->points = sfm_calloc(groups, sizeof *r->points);
    r->in_begin = sfm_calloc(groups + 1, sizeof *r->in_begin);
    r->item_at = sfm_alloc(items, sizeof *r->item_at);
    starfmm_status status;
    if (seen && r->begin && r->points && r->in_begin && r->item_at) {
        memset(seen, 0xff, (size_t)f->tree.n_nodes * sizeof *seen);
        status = list_all(f, r, seen);
    } else
        status =
            sfm_fail(STARFMM_ENOMEM, "no memory for the reactions of %zu groups", groups);
    sfm_free(seen);
    return status;
}

starfmm_status sfm_reactions_share(sfm_fmm *f, const sfm_reactions *lists)
{
    sfm_reactions *r = &f->reactions;
    size_t groups = (size_t)f->groups.n, items = f->near.csr.begin[f->tree.n_nodes];
    *r = *lists;
    if (!f->tree.same_points) return STARFMM_OK;
    int32_t *place = sfm_alloc((size_t)f->tree.n_nodes, sizeof *place);
    r->at = sfm_alloc(r->begin[groups], sizeof *r->at);
    r->points = sfm_alloc(groups, sizeof *r->points);
    r->item_at = sfm_alloc(items, sizeof *r->item_at);
    starfmm_status status = STARFMM_OK;
    if (!place || !r->at || !r->points || !r->item_at)
        status =
            sfm_fail(STARFMM_ENOMEM, "no memory for the reactions of %zu groups", groups);
    for (int32_t g = 0; g < f->groups.n && status == STARFMM_OK; g++)
        status = place_group(f, g, r, place);
    sfm_free(place);
    return status;
}

static void free_lists(sfm_reactions *r)
{
    sfm_free(r->begin);
    sfm_free(r->leaf);
    sfm_free(r->in_begin);
    sfm_free(r->in);
}

void sfm_reactions_free(sfm_fmm *f)
{
    sfm_reactions *r = &f->reactions;
    if (!f->shares_shape) free_lists(r);
    sfm_free(r->at);
    sfm_free(r->points);
    sfm_free(r->item_at);
    *r = (sfm_reactions){0};
}

size_t sfm_reactions_bytes(const sfm_fmm *f)
{
    const sfm_reactions *r = &f->reactions;
    size_t n = (size_t)f->groups.n;
    if (!r->in) return 0;
    return (3 * n + 2) * sizeof(size_t) + r->begin[n] * (sizeof *r->leaf + sizeof *r->at) +
           r->in_begin[n] * sizeof *r->in +
           f->near.csr.begin[f->tree.n_nodes] * sizeof *r->item_at;
}
