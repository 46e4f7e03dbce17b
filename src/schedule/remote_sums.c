/* SPDX-License-Identifier: BSD-3-Clause */
/* Lists of the leaves that P2P of a group sums for others, then the points of these leaves
 * one after the other in R, then who fetches which run of them. */
#include "schedule/remote_sums.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static int compare_numbers(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* The leaves of other groups in a group's near rows, each once and ascending, into `leaf`
 * unless NULL; returns how many.  seen[n_nodes]: the last pass that met a node. */
static size_t list_leaves(const sfm_groups *groups, const sfm_csr *rows, int32_t g,
                          int32_t pass, int32_t *seen, int32_t *leaf)
{
    const sfm_group *gr = &groups->group[g];
    size_t n = 0;
    for (size_t k = rows->begin[gr->first]; k < rows->begin[gr->first + gr->count]; k++) {
        int32_t item = rows->item[k];
        if (groups->of_node[item] == g || seen[item] == pass) continue;
        seen[item] = pass;
        if (leaf) leaf[n] = item;
        n++;
    }
    if (leaf) qsort(leaf, n, sizeof *leaf, compare_numbers);
    return n;
}

void sfm_remote_sums_follow(sfm_remote_sums *r, const sfm_tree *tree, int32_t n_groups)
{
    for (int32_t g = 0; r->begin && g < n_groups; g++) {
        size_t points = 0;
        for (size_t k = r->begin[g]; k < r->begin[g + 1]; k++) {
            r->at[k] = points;
            points += tree->trg.count[r->leaf[k]];
        }
        r->points[g] = points;
    }
}

/* Entries of the near items of a group that lie in other groups; entry_of[n_nodes] scratch. */
static void set_item_entries(sfm_remote_sums *r, const sfm_groups *groups,
                             const sfm_csr *rows, int32_t g, int32_t *entry_of)
{
    const sfm_group *gr = &groups->group[g];
    for (size_t k = r->begin[g]; k < r->begin[g + 1]; k++)
        entry_of[r->leaf[k]] = (int32_t)(k - r->begin[g]);
    for (size_t k = rows->begin[gr->first]; k < rows->begin[gr->first + gr->count]; k++)
        if (groups->of_node[rows->item[k]] != g) r->item_entry[k] = entry_of[rows->item[k]];
}

/* Runs of leaves of one group, in all groups' lists: counted into fetch_begin[group + 1], or
 * (fill) written where fetch_begin[group + 1] points, which steps on. */
static void list_runs(sfm_remote_sums *r, const sfm_groups *groups, int fill)
{
    for (int32_t g = 0; g < groups->n; g++)
        for (size_t k = r->begin[g], end; k < r->begin[g + 1]; k = end) {
            int32_t to = groups->of_node[r->leaf[k]];
            for (end = k + 1; end < r->begin[g + 1]; end++)
                if (groups->of_node[r->leaf[end]] != to) break;
            size_t row = r->fetch_begin[to + 1]++;
            if (!fill) continue;
            r->fetch_group[row] = g;
            r->run[row] = (sfm_remote_run){k, end};
        }
}

static starfmm_status list_fetches(sfm_remote_sums *r, const sfm_groups *groups)
{
    size_t total = 0;
    list_runs(r, groups, 0);
    for (int32_t g = 0; g < groups->n; g++) {
        size_t n = r->fetch_begin[g + 1];
        r->fetch_begin[g + 1] = total;
        total += n;
    }
    r->fetch_group = sfm_alloc(total, sizeof *r->fetch_group);
    r->run = sfm_alloc(total, sizeof *r->run);
    if (!r->fetch_group || !r->run)
        return sfm_fail(STARFMM_ENOMEM, "no memory for %zu remote sums of groups", total);
    list_runs(r, groups, 1);
    return STARFMM_OK;
}

/* Everything but the numbers of points; seen[n_nodes] scratch. */
static starfmm_status list_all(sfm_remote_sums *r, const sfm_groups *groups,
                               const sfm_csr *rows, int32_t *seen)
{
    int32_t n = groups->n;
    for (int32_t g = 0; g < n; g++)
        r->begin[g + 1] = r->begin[g] + list_leaves(groups, rows, g, g, seen, NULL);
    r->leaf = sfm_alloc(r->begin[n], sizeof *r->leaf);
    r->at = sfm_alloc(r->begin[n], sizeof *r->at);
    if (!r->leaf || !r->at)
        return sfm_fail(STARFMM_ENOMEM, "no memory for remote sums of %zu leaves",
                        r->begin[n]);
    /* Passes are numbered on, so that `seen` need not be cleared. */
    for (int32_t g = 0; g < n; g++)
        list_leaves(groups, rows, g, n + g, seen, r->leaf + r->begin[g]);
    for (int32_t g = 0; g < n; g++) set_item_entries(r, groups, rows, g, seen);
    return list_fetches(r, groups);
}

starfmm_status sfm_remote_sums_build(sfm_remote_sums *r, const sfm_tree *tree,
                                     const sfm_groups *groups, const sfm_reading *near)
{
    size_t n = (size_t)groups->n, items = near->csr.begin[tree->n_nodes];
    int32_t *seen = sfm_alloc((size_t)tree->n_nodes, sizeof *seen);
    r->begin = sfm_calloc(n + 1, sizeof *r->begin);
    r->points = sfm_calloc(n, sizeof *r->points);
    r->fetch_begin = sfm_calloc(n + 1, sizeof *r->fetch_begin);
    r->item_entry = sfm_alloc(items, sizeof *r->item_entry);
    starfmm_status status;
    if (seen && r->begin && r->points && r->fetch_begin && r->item_entry) {
        memset(seen, 0xff, (size_t)tree->n_nodes * sizeof *seen);
        status = list_all(r, groups, &near->csr, seen);
    } else
        status = sfm_fail(STARFMM_ENOMEM, "no memory for the remote sums of %zu groups", n);
    sfm_free(seen);
    if (status == STARFMM_OK) sfm_remote_sums_follow(r, tree, groups->n);
    return status;
}

void sfm_remote_sums_free(sfm_remote_sums *r)
{
    sfm_free(r->begin);
    sfm_free(r->leaf);
    sfm_free(r->at);
    sfm_free(r->points);
    sfm_free(r->item_entry);
    sfm_free(r->fetch_begin);
    sfm_free(r->fetch_group);
    sfm_free(r->run);
    *r = (sfm_remote_sums){0};
}

size_t sfm_remote_sums_bytes(const sfm_remote_sums *r, int32_t n_groups, size_t n_items)
{
    size_t n = (size_t)n_groups;
    if (!r->begin) return 0;
    return (3 * n + 2) * sizeof(size_t) + r->begin[n] * (sizeof *r->leaf + sizeof *r->at) +
           r->fetch_begin[n] * (sizeof *r->run + sizeof *r->fetch_group) +
           n_items * sizeof *r->item_entry;
}
