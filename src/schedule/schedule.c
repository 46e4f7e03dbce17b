/* SPDX-License-Identifier: BSD-3-Clause */
/* From the lists to the schedule: rows of what each node reads, groups of nodes, then what
 * each group reads. */
#include "schedule/schedule.h"

#include <string.h>

#include "base/memory.h"

/* Levels 0 and 1 have no two nodes that are well separated. */
#define TOP_LEVEL 2

typedef struct v_pass {
    const sfm_tree *tree;
    const sfm_csr *colleagues;
    uint8_t *v_length;
} v_pass;

static int count_source_children(const sfm_tree *t, int32_t node)
{
    int n = 0;
    for (int32_t c = t->first_child[node]; c < t->first_child[node] + t->n_children[node];
         c++)
        n += t->src.count[c] != 0;
    return n;
}

/* V(B) = children of the colleagues of B's parent, less the colleagues of B. */
static void count_v(void *pass, size_t begin, size_t end)
{
    const v_pass *p = pass;
    const sfm_tree *t = p->tree;
    for (size_t b = begin; b < end; b++) {
        const size_t *row = p->colleagues->begin;
        int32_t parent = t->parent[b];
        int n = 0;
        if (parent >= 0 && t->trg.count[b] > 0) {
            for (size_t k = row[parent]; k < row[parent + 1]; k++)
                n += count_source_children(t, p->colleagues->item[k]);
            for (size_t k = row[b]; k < row[b + 1]; k++)
                n -= t->src.count[p->colleagues->item[k]] != 0;
        }
        p->v_length[b] = (uint8_t)n;
    }
}

starfmm_status sfm_schedule_build_rows(sfm_schedule *s, const sfm_geometry *g,
                                       const sfm_lists *lists, size_t limit, int mutual,
                                       sfm_helpers *helpers)
{
    size_t n = (size_t)g->tree.n_nodes;
    s->top_level = TOP_LEVEL;
    s->mutual = mutual && g->tree.same_points;
    s->v_length = sfm_alloc(n, sizeof *s->v_length);
    if (!s->v_length) return sfm_fail(STARFMM_ENOMEM, "no memory for %zu nodes", n);
    v_pass pass = {&g->tree, &lists->colleagues, s->v_length};
    sfm_parallel_for(helpers, n, SFM_GRAIN_NODES, count_v, &pass);
    return sfm_reading_build_rows(&s->near, &s->m2p, &s->p2l, &g->tree, lists, limit,
                                  s->mutual, helpers);
}

static starfmm_status mark_read_by_m2l(sfm_schedule *s)
{
    s->read_by_m2l = sfm_calloc((size_t)s->groups.n, sizeof *s->read_by_m2l);
    if (!s->read_by_m2l)
        return sfm_fail(STARFMM_ENOMEM, "no memory for %d groups", (int)s->groups.n);
    for (int32_t g = 0; g < s->groups.n; g++)
        for (int32_t k = 0; k < s->m2l[g].n_slots; k++)
            s->read_by_m2l[s->m2l[g].slot_group[k]] = 1;
    return STARFMM_OK;
}

starfmm_status sfm_schedule_build_groups(sfm_schedule *s, const sfm_geometry *g,
                                         const sfm_csr *colleagues, int32_t group_size,
                                         const double *weight, double max_weight,
                                         sfm_helpers *helpers)
{
    sfm_reading *all[3] = {&s->near, &s->m2p, &s->p2l};
    const sfm_tree *t = &g->tree;
    SFM_TRY(sfm_groups_build(&s->groups, t, group_size, weight, max_weight));
    for (int k = 0; k < 3; k++)
        SFM_TRY(
            sfm_reading_assign_slots(all[k], &s->groups, t->n_nodes, &s->groups, helpers));
    if (s->mutual) SFM_TRY(sfm_remote_sums_build(&s->remote, t, &s->groups, &s->near));
    SFM_TRY(sfm_m2l_work_build(&s->m2l, t, &s->groups, s->top_level, colleagues, helpers));
    return mark_read_by_m2l(s);
}

void sfm_schedule_follow(sfm_schedule *s, const sfm_geometry *g)
{
    sfm_remote_sums_follow(&s->remote, &g->tree, s->groups.n);
    sfm_groups_fill(&s->groups, &g->tree);
}

void sfm_schedule_free(sfm_schedule *s)
{
    sfm_m2l_work_free(s->m2l, s->groups.n);
    sfm_free(s->read_by_m2l);
    sfm_remote_sums_free(&s->remote);
    sfm_groups_free(&s->groups);
    sfm_reading_free(&s->near);
    sfm_reading_free(&s->m2p);
    sfm_reading_free(&s->p2l);
    sfm_free(s->v_length);
    memset(s, 0, sizeof *s);
}

size_t sfm_schedule_bytes(const sfm_schedule *s, const sfm_geometry *g)
{
    int32_t nodes = g->tree.n_nodes, n = s->groups.n;
    size_t bytes = (size_t)nodes * (sizeof *s->v_length + sizeof *s->groups.of_node);
    bytes += (size_t)n * (sizeof *s->groups.group + sizeof *s->m2l + 1);
    bytes += sfm_reading_bytes(&s->near, nodes, n) + sfm_reading_bytes(&s->m2p, nodes, n) +
             sfm_reading_bytes(&s->p2l, nodes, n);
    bytes += sfm_remote_sums_bytes(&s->remote, n, s->near.csr.begin[nodes]);
    for (int32_t k = 0; k < n; k++) bytes += sfm_m2l_work_bytes(&s->m2l[k]);
    return bytes;
}

/* Children of consecutive nodes are consecutive nodes of the next level; so are parents. */
sfm_group_range sfm_schedule_child_groups(const sfm_schedule *s, const sfm_tree *t,
                                          int32_t group)
{
    const sfm_group *g = &s->groups.group[group];
    int32_t lo = -1, hi = -1;
    for (int32_t i = g->first; i < g->first + g->count; i++) {
        if (sfm_tree_is_leaf(t, i)) continue;
        if (lo < 0) lo = t->first_child[i];
        hi = t->first_child[i] + t->n_children[i] - 1;
    }
    if (lo < 0) return (sfm_group_range){0, 0};
    int32_t first = s->groups.of_node[lo];
    return (sfm_group_range){first, s->groups.of_node[hi] - first + 1};
}

sfm_group_range sfm_schedule_parent_groups(const sfm_schedule *s, const sfm_tree *t,
                                           int32_t group)
{
    const sfm_group *g = &s->groups.group[group];
    int32_t lo = t->parent[g->first], hi = t->parent[g->first + g->count - 1];
    if (lo < 0) return (sfm_group_range){0, 0};
    int32_t first = s->groups.of_node[lo];
    return (sfm_group_range){first, s->groups.of_node[hi] - first + 1};
}

int sfm_group_holds(const sfm_points *points, const sfm_group *g)
{
    for (int32_t i = g->first; i < g->first + g->count; i++)
        if (points->count[i]) return 1;
    return 0;
}
