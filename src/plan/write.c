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
 *
 * Each dataset has attributes `meaning` and `axes`.
 */
#include "plan/plan.h"

#include <stdio.h>
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

/* A dataset of one dimension, and what is told of it. */
typedef struct dataset {
    const char *name;
    sfm_hdf5_type type;
    size_t n;
    void *data;
    const char *meaning, *axis;
} dataset;

static starfmm_status write_items(const sfm_plan *p, const sfm_lists *l, const sfm_csr *v,
                                  int32_t *groups, const char *path)
{
    const sfm_hdf5_type u8 = SFM_HDF5_U8, i32 = SFM_HDF5_I32, u32 = SFM_HDF5_U32,
                        u64 = SFM_HDF5_U64, f64 = SFM_HDF5_F64;
    const char *index = "tree order of the points -> the caller's row",
               *begin = "a node's first point in tree order; the last entry: their number",
               *count = "points of a node and its descendants",
               *row = "a node's first entry in item; the last entry: their number";
    sfm_tree t = p->geometry.tree; /* a copy: items may be read into, so are not const */
    size_t n = (size_t)t.n_nodes, n_groups = (size_t)p->schedule.groups.n;
    const dataset all[] = {
        {"tree/keys", u64, n, t.key, "Morton key: 1, then 3 bits a level", "node"},
        {"tree/parent", i32, n, t.parent, "parent, -1: none", "node"},
        {"tree/first_child", i32, n, t.first_child, "first child, -1: none", "node"},
        {"tree/n_children", u8, n, t.n_children, "number of children", "node"},
        {"tree/level_begin", i32, (size_t)t.depth + 2, t.level_begin,
         "a level's first node; the last entry: their number", "level"},
        {"tree/centre", f64, 3, t.centre,
         "centre of the root cube, in the unit of the coordinates", "x y z"},
        {"tree/half_side", f64, 1, &t.half,
         "half a side of the root cube, in the unit of the coordinates", "one"},
        {"sources/index", u32, t.src.n, t.src.index, index, "point in tree order"},
        {"sources/begin", u64, n + 1, t.src.begin, begin, "node"},
        {"sources/count", u64, n, t.src.count, count, "node"},
        {"targets/index", u32, t.trg.n, t.trg.index, index, "point in tree order"},
        {"targets/begin", u64, n + 1, t.trg.begin, begin, "node"},
        {"targets/count", u64, n, t.trg.count, count, "node"},
        {"lists/u/begin", u64, n + 1, l->u.begin, row, "node"},
        {"lists/u/item", i32, l->u.begin[n], l->u.item,
         "of a leaf: adjacent leaves and itself", "pair"},
        {"lists/v/begin", u64, n + 1, v->begin, row, "node"},
        {"lists/v/item", i32, v->begin[n], v->item,
         "children of the parent's neighbours, not adjacent", "pair"},
        {"lists/w/begin", u64, n + 1, l->w.begin, row, "node"},
        {"lists/w/item", i32, l->w.begin[n], l->w.item,
         "of a leaf: not adjacent, of an adjacent parent, and smaller", "pair"},
        {"lists/x/begin", u64, n + 1, l->x.begin, row, "node"},
        {"lists/x/item", i32, l->x.begin[n], l->x.item, "leaves in whose w the node is",
         "pair"},
        {"groups/level", i32, n_groups, groups, "level of the group's nodes", "group"},
        {"groups/first", i32, n_groups, groups + n_groups, "its first node", "group"},
        {"groups/count", i32, n_groups, groups + 2 * n_groups, "its number of nodes",
         "group"},
    };
    enum { N = sizeof all / sizeof *all };
    sfm_hdf5_item items[3 * N + 1];
    char names[N][2][48];
    items[0] =
        sfm_hdf5_text("@meaning", "tree, interaction lists, groups of a starfmm plan");
    for (int k = 0; k < N; k++) {
        snprintf(names[k][0], sizeof names[k][0], "%s@meaning", all[k].name);
        snprintf(names[k][1], sizeof names[k][1], "%s@axes", all[k].name);
        items[3 * k + 1] =
            (sfm_hdf5_item){all[k].name, all[k].type, 1, {all[k].n}, all[k].data};
        items[3 * k + 2] = sfm_hdf5_text(names[k][0], all[k].meaning);
        items[3 * k + 3] = sfm_hdf5_text(names[k][1], all[k].axis);
    }
    return sfm_hdf5_replace(path, 3 * N + 1, items);
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
