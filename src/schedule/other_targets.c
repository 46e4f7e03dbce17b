/* SPDX-License-Identifier: BSD-3-Clause */
/* Cells of other targets, what each reads (in two passes: count, then fill), and groups of
 * cells that are worth a task. */
#include "schedule/other_targets.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "tree/locate.h"

/* A task ends with the cell that brings it to so many kernel evaluations or
 * targets, which is some milliseconds. */
#define TASK_PAIRS 4e6
#define TASK_TARGETS 8192

/* A box in units of the root's half side, about the root's centre. */
typedef struct box {
    double centre[3], half[3];
} box;

/* The walk of one cell; `fill` as in the two passes over all of them. */
typedef struct cell_walk {
    const sfm_geometry *geometry;
    const sfm_schedule *schedule;
    size_t limit; /* sources that are summed directly rather than by M2P */
    sfm_other_targets *o;
    int32_t cell;
    int fill;
    box at;
    int32_t local;                 /* R, -1: none */
    int level;                     /* of R, -1: none */
    size_t n_near, n_m2p, n_local; /* entries of the cell's rows so far */
} cell_walk;

/* ---- what a cell reads -------------------------------------------------------------- */

static void add_item(const cell_walk *w, sfm_csr *to, size_t *n, int32_t node)
{
    if (w->fill) to->item[to->begin[w->cell] + *n] = node;
    ++*n;
}

static void add_near(cell_walk *w, int32_t leaf)
{
    add_item(w, &w->o->near.csr, &w->n_near, leaf);
}

static void add_m2p(cell_walk *w, int32_t node)
{
    add_item(w, &w->o->m2p.csr, &w->n_m2p, node);
}

static void add_leaves(cell_walk *w, int32_t node)
{
    const sfm_tree *t = &w->geometry->tree;
    if (t->src.count[node] == 0) return;
    if (sfm_tree_is_leaf(t, node)) add_near(w, node);
    for (int32_t c = 0; c < t->n_children[node]; c++)
        add_leaves(w, t->first_child[node] + c);
}

/* A node on the way down, in the units of boxes. */
typedef struct step {
    int32_t node;
    int level;
    double centre[3], half;
} step;

static step step_down(const sfm_tree *t, const step *s, int32_t child)
{
    int octant = sfm_key_octant(t->key[child]);
    step next = {.node = child, .level = s->level + 1, .half = s->half / 2};
    for (int d = 0; d < 3; d++)
        next.centre[d] = s->centre[d] + (octant >> d & 1 ? next.half : -next.half);
    return next;
}

/* At least a side of the node apart: exact, as all are sums of few powers of two. */
static int is_far(const step *s, const box *b)
{
    for (int d = 0; d < 3; d++)
        if (fabs(s->centre[d] - b->centre[d]) - b->half[d] >= 3 * s->half) return 1;
    return 0;
}

static int has_item(const sfm_csr *csr, int32_t row, int32_t item)
{
    for (size_t k = csr->begin[row]; k < csr->begin[row + 1]; k++)
        if (csr->item[k] == item) return 1;
    return 0;
}

/* Is a leaf in D(R), as a member of X of R or of a node above? */
static int is_in_local(const cell_walk *w, int32_t leaf)
{
    for (int32_t q = w->local; q >= 0; q = w->geometry->tree.parent[q])
        if (has_item(&w->schedule->p2l.csr, q, leaf)) return 1;
    return 0;
}

static void visit(cell_walk *w, const step *s)
{
    const sfm_tree *t = &w->geometry->tree;
    int32_t node = s->node;
    if (t->src.count[node] == 0) return;
    if (s->level >= w->schedule->top_level && is_far(s, &w->at)) {
        if (s->level <= w->level) return;
        if (t->src.count[node] <= w->limit)
            add_leaves(w, node);
        else
            add_m2p(w, node);
        return;
    }
    if (sfm_tree_is_leaf(t, node) && !is_in_local(w, node)) add_near(w, node);
    for (int32_t c = 0; c < t->n_children[node]; c++) {
        step next = step_down(t, s, t->first_child[node] + c);
        visit(w, &next);
    }
}

static void copy_row(cell_walk *w, void (*to)(cell_walk *, int32_t), const sfm_csr *from,
                     int32_t row)
{
    for (size_t k = from->begin[row]; k < from->begin[row + 1]; k++) to(w, from->item[k]);
}

/* The deepest node round the cell, itself included, that has a D. */
static int32_t find_local(const sfm_tree *t, int top_level, int32_t node)
{
    while (node >= 0 && t->trg.count[node] == 0) node = t->parent[node];
    return node >= 0 && sfm_key_level(t->key[node]) >= top_level ? node : -1;
}

static void walk_cell(cell_walk *w, int32_t node)
{
    const sfm_tree *t = &w->geometry->tree;
    w->local = node < 0 ? -1 : find_local(t, w->schedule->top_level, node);
    w->level = w->local < 0 ? -1 : sfm_key_level(t->key[w->local]);
    w->n_near = w->n_m2p = w->n_local = 0;
    if (w->local >= 0) add_item(w, &w->o->local.csr, &w->n_local, w->local);
    const step root = {.half = 1};
    /* Of one set, a near row is only half of what its leaf needs (schedule/remote_sums.h). */
    if (!w->schedule->mutual && node >= 0 && sfm_tree_is_leaf(t, node) &&
        t->trg.count[node] > 0) {
        copy_row(w, add_near, &w->schedule->near.csr, node);
        copy_row(w, add_m2p, &w->schedule->m2p.csr, node);
    } else
        visit(w, &root);
}

/* ---- all cells ---------------------------------------------------------------------- */

typedef struct cell_loop {
    const sfm_cells *located;
    const box *at;
    cell_walk walk; /* what all walks have in common */
} cell_loop;

static void walk_cells(void *loop, size_t begin, size_t end)
{
    const cell_loop *l = loop;
    cell_walk w = l->walk;
    sfm_other_targets *o = w.o;
    for (w.cell = (int32_t)begin; w.cell < (int32_t)end; w.cell++) {
        w.at = l->at[w.cell];
        walk_cell(&w, l->located->node[w.cell]);
        if (w.fill) continue;
        o->near.csr.begin[w.cell + 1] = w.n_near;
        o->m2p.csr.begin[w.cell + 1] = w.n_m2p;
        o->local.csr.begin[w.cell + 1] = w.n_local;
    }
}

static starfmm_status build_rows(cell_loop *l, sfm_helpers *helpers)
{
    const size_t cells_grain = 64;
    sfm_other_targets *o = l->walk.o;
    sfm_reading *all[3] = {&o->near, &o->m2p, &o->local};
    size_t n = (size_t)o->n_cells;
    for (int k = 0; k < 3; k++) {
        all[k]->csr.begin = sfm_alloc(n + 1, sizeof(size_t));
        if (!all[k]->csr.begin)
            return sfm_fail(STARFMM_ENOMEM, "no memory for the lists of %zu cells", n);
    }
    sfm_parallel_for(helpers, n, cells_grain, walk_cells, l);
    for (int k = 0; k < 3; k++) SFM_TRY(sfm_reading_allocate_rows(all[k], o->n_cells));
    l->walk.fill = 1;
    sfm_parallel_for(helpers, n, cells_grain, walk_cells, l);
    return STARFMM_OK;
}

/* The box of a tree cell, or round the points of an outer one. */
static box box_of(const sfm_other_targets *o, const sfm_tree *t, sfm_key key, int32_t cell)
{
    box b;
    if (key) {
        sfm_tree_centre(key, b.centre);
        for (int d = 0; d < 3; d++) b.half[d] = ldexp(1, -sfm_key_level(key));
        return b;
    }
    for (size_t d = 0; d < 3; d++) {
        double lo = INFINITY, hi = -INFINITY;
        for (size_t i = o->points.begin[cell]; i < o->points.begin[cell + 1]; i++) {
            double x = o->targets[3 * (size_t)o->points.index[i] + d];
            double at = (x - t->centre[d]) / t->half;
            lo = fmin(lo, at);
            hi = fmax(hi, at);
        }
        b.centre[d] = lo / 2 + hi / 2;
        b.half[d] = fmax(hi - b.centre[d], b.centre[d] - lo);
    }
    return b;
}

/* The boxes of all cells, and where the operators see from: for a leaf exactly its centre,
 * so that a target that coincides with a source does so in the arithmetic. */
static starfmm_status set_boxes(sfm_other_targets *o, const sfm_geometry *g,
                                const sfm_cells *located, box *at)
{
    size_t n = (size_t)o->n_cells;
    double unit = g->half[0];
    o->centre = sfm_alloc(n, sizeof *o->centre);
    o->half = sfm_alloc(n, sizeof *o->half);
    if (!o->centre || !o->half)
        return sfm_fail(STARFMM_ENOMEM, "no memory for %zu cells", n);
    for (int32_t i = 0; i < o->n_cells; i++) {
        at[i] = box_of(o, &g->tree, located->key[i], i);
        o->half[i] = unit * fmax(at[i].half[0], fmax(at[i].half[1], at[i].half[2]));
        for (int d = 0; d < 3; d++) o->centre[i][d] = g->root[d] + unit * at[i].centre[d];
    }
    return STARFMM_OK;
}

double sfm_other_targets_pairs(const sfm_other_targets *o, const sfm_tree *tree, int n_e,
                               int n_c, int32_t cell)
{
    const size_t *m2p = o->m2p.csr.begin + cell, *local = o->local.csr.begin + cell;
    double sources = (double)(m2p[1] - m2p[0]) * n_e + (double)(local[1] - local[0]) * n_c +
                     sfm_reading_sources(&o->near, tree, cell);
    return sources * (double)o->points.count[cell];
}

/* Groups of consecutive cells. */
static starfmm_status cut_groups(sfm_other_targets *o, const sfm_tree *tree, int n_e,
                                 int n_c)
{
    sfm_groups *gr = &o->groups;
    const size_t *begin = o->points.begin;
    double pairs = 0;
    gr->group = sfm_alloc((size_t)o->n_cells, sizeof *gr->group);
    if (!gr->group)
        return sfm_fail(STARFMM_ENOMEM, "no memory for the groups of %d cells",
                        (int)o->n_cells);
    for (int32_t i = 0; i < o->n_cells; i++) {
        sfm_group *g = &gr->group[gr->n];
        if (pairs == 0) *g = (sfm_group){.first = i, .trg_begin = begin[i]};
        pairs += sfm_other_targets_pairs(o, tree, n_e, n_c, i) + 1;
        g->count = i + 1 - g->first;
        g->trg_end = begin[i + 1];
        if (i + 1 < o->n_cells && pairs < TASK_PAIRS &&
            g->trg_end - g->trg_begin < TASK_TARGETS)
            continue;
        gr->n++;
        pairs = 0;
    }
    return STARFMM_OK;
}

/* All that follows from the cells, whose points are o's from now on. */
static starfmm_status build_cells(cell_loop *l, box *at, int n_e, int n_c,
                                  sfm_helpers *helpers)
{
    sfm_other_targets *o = l->walk.o;
    const sfm_tree *tree = &l->walk.geometry->tree;
    sfm_reading *all[3] = {&o->near, &o->m2p, &o->local};
    o->points.count = sfm_alloc((size_t)o->n_cells, sizeof *o->points.count);
    if (!o->points.count)
        return sfm_fail(STARFMM_ENOMEM, "no memory for %d cells", (int)o->n_cells);
    for (int32_t i = 0; i < o->n_cells; i++)
        o->points.count[i] = o->points.begin[i + 1] - o->points.begin[i];
    SFM_TRY(set_boxes(o, l->walk.geometry, l->located, at));
    SFM_TRY(build_rows(l, helpers));
    SFM_TRY(cut_groups(o, tree, n_e, n_c));
    for (int k = 0; k < 3; k++)
        SFM_TRY(sfm_reading_assign_slots(all[k], &o->groups, o->n_cells,
                                         &l->walk.schedule->groups, helpers));
    return STARFMM_OK;
}

starfmm_status sfm_other_targets_build(sfm_other_targets *o, const sfm_geometry *geometry,
                                       const sfm_schedule *schedule, int n_e, int n_c,
                                       size_t n, const double *targets,
                                       sfm_helpers *helpers)
{
    sfm_cells located = {0};
    *o = (sfm_other_targets){.targets = sfm_alloc(3 * n, sizeof *targets)};
    if (!o->targets) return sfm_fail(STARFMM_ENOMEM, "no memory for %zu targets", n);
    if (n) memcpy(o->targets, targets, 3 * n * sizeof *targets);
    starfmm_status status = sfm_locate(&located, &geometry->tree, helpers, n, targets);
    if (status == STARFMM_OK) {
        box *at = sfm_alloc((size_t)located.n, sizeof *at);
        cell_loop l = {&located, at, {geometry, schedule, (size_t)n_e, .o = o}};
        o->n_cells = located.n;
        o->points.n = located.n_points;
        o->points.index = located.index;
        o->points.begin = located.begin;
        located.index = NULL;
        located.begin = NULL;
        status = at ? build_cells(&l, at, n_e, n_c, helpers)
                    : sfm_fail(STARFMM_ENOMEM, "no memory for %d cells", (int)located.n);
        sfm_free(at);
        sfm_cells_free(&located);
    }
    if (status != STARFMM_OK) sfm_other_targets_free(o);
    return status;
}

void sfm_other_targets_free(sfm_other_targets *o)
{
    sfm_reading_free(&o->near);
    sfm_reading_free(&o->m2p);
    sfm_reading_free(&o->local);
    sfm_free(o->points.index);
    sfm_free(o->points.begin);
    sfm_free(o->points.count);
    sfm_free(o->groups.group);
    sfm_free(o->centre);
    sfm_free(o->half);
    sfm_free(o->targets);
    *o = (sfm_other_targets){0};
}
