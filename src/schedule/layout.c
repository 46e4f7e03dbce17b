/* SPDX-License-Identifier: BSD-3-Clause */
/* The chunks of a group are found by a search for each of its points, since neighbours in space
 * may be anywhere in the caller's order. */
#include "schedule/layout.h"

#include <string.h>

#include "base/memory.h"

static void layout_free(sfm_layout *l)
{
    if (!l) return;
    sfm_free(l->begin);
    sfm_free(l->group_begin);
    sfm_free(l->chunk);
    sfm_free(l);
}

/* Mark the chunks of a group's points: seen[chunk] = group + 1.  Returns their number. */
static size_t mark_chunks(const sfm_layout *l, const sfm_group *g, int32_t group,
                          int32_t *seen)
{
    size_t n = 0, first = l->points->begin[g->first],
           last = l->points->begin[g->first + g->count];
    for (size_t i = first; i < last; i++) {
        if (l->n_chunks == n) break; /* all of them: often there is one */
        size_t c =
            sfm_chunk_of(l->n_chunks, l->begin, l->in_tree_order ? i : l->points->index[i]);
        if (seen[c] != group + 1) {
            seen[c] = group + 1;
            n++;
        }
    }
    return n;
}

/* Count, then list, in ascending order.  (Marks of the first pass do no harm in the second: a
 * group marks the same chunks.) */
static starfmm_status list_chunks(sfm_layout *l, const sfm_groups *groups, int32_t *seen)
{
    size_t n = (size_t)groups->n;
    l->group_begin[0] = 0;
    for (size_t g = 0; g < n; g++)
        l->group_begin[g + 1] =
            l->group_begin[g] + mark_chunks(l, &groups->group[g], (int32_t)g, seen);
    l->chunk = sfm_alloc(l->group_begin[n], sizeof *l->chunk);
    if (!l->chunk)
        return sfm_fail(STARFMM_ENOMEM, "no memory for %zu chunks", l->group_begin[n]);
    for (size_t g = 0; g < n; g++) {
        size_t at = l->group_begin[g];
        mark_chunks(l, &groups->group[g], (int32_t)g, seen);
        for (size_t c = 0; at < l->group_begin[g + 1]; c++)
            if (seen[c] == (int32_t)g + 1) l->chunk[at++] = (int32_t)c;
    }
    return STARFMM_OK;
}

static starfmm_status layout_make(sfm_layout *l, const sfm_groups *groups,
                                  const sfm_points *points, size_t n_chunks,
                                  const size_t *begin)
{
    int32_t *seen = sfm_calloc(n_chunks, sizeof *seen);
    l->points = points;
    l->n_chunks = n_chunks;
    l->begin = sfm_alloc(n_chunks + 1, sizeof *l->begin);
    l->group_begin = sfm_alloc((size_t)groups->n + 1, sizeof *l->group_begin);
    starfmm_status status = STARFMM_OK;
    if (!seen || !l->begin || !l->group_begin)
        status = sfm_fail(STARFMM_ENOMEM, "no memory for a layout of %zu chunks", n_chunks);
    if (status == STARFMM_OK) {
        memcpy(l->begin, begin, (n_chunks + 1) * sizeof *begin);
        status = list_chunks(l, groups, seen);
    }
    sfm_free(seen);
    return status;
}

starfmm_status sfm_layout_get(sfm_layout **first, const sfm_groups *groups,
                              const sfm_points *points, int in_tree_order, size_t n_chunks,
                              const size_t *begin, const sfm_layout **layout)
{
    size_t bytes = (n_chunks + 1) * sizeof *begin;
    for (sfm_layout *l = *first; l; l = l->next)
        if (l->points == points && l->in_tree_order == in_tree_order &&
            l->n_chunks == n_chunks && !memcmp(l->begin, begin, bytes)) {
            *layout = l;
            return STARFMM_OK;
        }
    sfm_layout *l = sfm_calloc(1, sizeof *l);
    if (!l) return sfm_fail(STARFMM_ENOMEM, "no memory for a layout");
    l->in_tree_order = in_tree_order;
    starfmm_status status = layout_make(l, groups, points, n_chunks, begin);
    if (status != STARFMM_OK) {
        layout_free(l);
        return status;
    }
    l->next = *first;
    *first = l;
    *layout = l;
    return STARFMM_OK;
}

void sfm_layouts_free(sfm_layout **first)
{
    while (*first) {
        sfm_layout *l = *first;
        *first = l->next;
        layout_free(l);
    }
}
