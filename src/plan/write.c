/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The file of a plan:
 *
 *   /tree    keys [n] u64 (1, then 3 bits a level), parent, first_child [n] i32 (-1: none),
 *            n_children [n] u8, level_begin [depth + 2] i32, centre [3], half_side [1]
 *   /sources, /targets   index [points] u32 (tree order -> caller's row), begin [n + 1],
 *            count [n] u64
 *   /lists/u, v, w, x    begin [n + 1] u64, item [begin[n]] i32
 *   /groups  level, first, count [groups] i32
 */
#include "plan/plan.h"

#include <string.h>

#include "base/hdf5_file.h"
#include "base/memory.h"

/* V of all nodes, which is stored nowhere else. */
static starfmm_status collect_v(const sfm_tree *t, const sfm_lists *lists, sfm_csr *v)
{
    size_t n = (size_t)t->n_nodes;
    int32_t row[SFM_MAX_V];
    v->begin = sfm_calloc(n + 1, sizeof *v->begin);
    if (!v->begin) return sfm_fail(STARFMM_ENOMEM, "no memory for %zu nodes", n);
    for (size_t i = 0; i < n; i++)
        v->begin[i + 1] = v->begin[i] + (size_t)sfm_lists_v(lists, t, (int32_t)i, row);
    v->item = sfm_alloc(v->begin[n], sizeof *v->item);
    if (!v->item) return sfm_fail(STARFMM_ENOMEM, "no memory for %zu pairs", v->begin[n]);
    for (size_t i = 0; i < n; i++) {
        int length = sfm_lists_v(lists, t, (int32_t)i, row);
        memcpy(v->item + v->begin[i], row, (size_t)length * sizeof *row);
    }
    return STARFMM_OK;
}

/* Level, first node and number of nodes of all groups, one after the other: [3][n]. */
static int32_t *list_groups(const sfm_groups *g)
{
    size_t n = (size_t)g->n;
    int32_t *column = sfm_alloc(3 * n, sizeof *column);
    for (size_t i = 0; i < n && column; i++) {
        column[i] = g->group[i].level;
        column[n + i] = g->group[i].first;
        column[2 * n + i] = g->group[i].count;
    }
    return column;
}

static starfmm_status write_items(const sfm_plan *p, const sfm_lists *l, const sfm_csr *v,
                                  int32_t *groups, const char *path)
{
    const sfm_hdf5_type u8 = SFM_HDF5_U8, i32 = SFM_HDF5_I32, u32 = SFM_HDF5_U32,
                        u64 = SFM_HDF5_U64, f64 = SFM_HDF5_F64;
    sfm_tree t = p->geometry.tree; /* a copy: items may be read into, so are not const */
    size_t n = (size_t)t.n_nodes, n_groups = (size_t)p->schedule.groups.n;
    const sfm_hdf5_item items[] = {
        {"tree/keys", u64, 1, {n}, t.key},
        {"tree/parent", i32, 1, {n}, t.parent},
        {"tree/first_child", i32, 1, {n}, t.first_child},
        {"tree/n_children", u8, 1, {n}, t.n_children},
        {"tree/level_begin", i32, 1, {(size_t)t.depth + 2}, t.level_begin},
        {"tree/centre", f64, 1, {3}, t.centre},
        {"tree/half_side", f64, 1, {1}, &t.half},
        {"sources/index", u32, 1, {t.src.n}, t.src.index},
        {"sources/begin", u64, 1, {n + 1}, t.src.begin},
        {"sources/count", u64, 1, {n}, t.src.count},
        {"targets/index", u32, 1, {t.trg.n}, t.trg.index},
        {"targets/begin", u64, 1, {n + 1}, t.trg.begin},
        {"targets/count", u64, 1, {n}, t.trg.count},
        {"lists/u/begin", u64, 1, {n + 1}, l->u.begin},
        {"lists/u/item", i32, 1, {l->u.begin[n]}, l->u.item},
        {"lists/v/begin", u64, 1, {n + 1}, v->begin},
        {"lists/v/item", i32, 1, {v->begin[n]}, v->item},
        {"lists/w/begin", u64, 1, {n + 1}, l->w.begin},
        {"lists/w/item", i32, 1, {l->w.begin[n]}, l->w.item},
        {"lists/x/begin", u64, 1, {n + 1}, l->x.begin},
        {"lists/x/item", i32, 1, {l->x.begin[n]}, l->x.item},
        {"groups/level", i32, 1, {n_groups}, groups},
        {"groups/first", i32, 1, {n_groups}, groups + n_groups},
        {"groups/count", i32, 1, {n_groups}, groups + 2 * n_groups},
    };
    return sfm_hdf5_replace(path, (int)(sizeof items / sizeof *items), items);
}

starfmm_status sfm_plan_write(const sfm_plan *plan, const char *path)
{
    const sfm_tree *t = &plan->geometry.tree;
    sfm_lists lists = {0};
    sfm_csr v = {0};
    int32_t *groups = list_groups(&plan->schedule.groups);
    starfmm_status status = sfm_lists_build(&lists, t, NULL);
    if (status == STARFMM_OK) status = collect_v(t, &lists, &v);
    if (status == STARFMM_OK && !groups)
        status = sfm_fail(STARFMM_ENOMEM, "no memory for %d groups",
                          (int)plan->schedule.groups.n);
    if (status == STARFMM_OK) status = write_items(plan, &lists, &v, groups, path);
    sfm_free(groups);
    sfm_free(v.begin);
    sfm_free(v.item);
    sfm_lists_free(&lists);
    return status;
}
