/* SPDX-License-Identifier: BSD-3-Clause */
#include "schedule/probe.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "schedule/interactions.h"
#include "tree/locate.h"

/* A task of a probe ends with the cell that brings it to so many kernel evaluations or
 * targets, which is some milliseconds. */
#define TASK_PAIRS 4e6
#define TASK_TARGETS 8192

/* Cells worth a part of a shared loop. */
#define CELLS_PER_PART 64

/* A box in units of the root's half side, about the root's centre. */
typedef struct box {
    double centre[3], half[3];
} box;

/* The walk of one cell; `fill` as in the two passes over all of them. */
typedef struct walk {
    const sfm_fmm *f;
    sfm_fmm *cells;
    int32_t cell;
    int fill;
    box at;
    int32_t local;               /* R, -1: none */
    int level;                   /* of R, -1: none */
    size_t n_near, n_m2p, n_p2l; /* entries of the cell's rows so far */
} walk;

/* ---- what a cell reads -------------------------------------------------------------- */

static void add(const walk *w, sfm_csr *to, size_t *n, int32_t node)
{
    if (w->fill) to->item[to->begin[w->cell] + *n] = node;
    ++*n;
}

static void add_near(walk *w, int32_t leaf)
{
    add(w, &w->cells->near.csr, &w->n_near, leaf);
}

static void add_m2p(walk *w, int32_t node)
{
    add(w, &w->cells->m2p.csr, &w->n_m2p, node);
}

static void add_leaves(walk *w, int32_t node)
{
    const sfm_tree *t = &w->f->tree;
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
static int is_in_local(const walk *w, int32_t leaf)
{
    for (int32_t q = w->local; q >= 0; q = w->f->tree.parent[q])
        if (has_item(&w->f->p2l.csr, q, leaf)) return 1;
    return 0;
}

static void visit(walk *w, const step *s)
{
    const sfm_tree *t = &w->f->tree;
    int32_t node = s->node;
    if (t->src.count[node] == 0) return;
    if (s->level >= SFM_TOP_LEVEL && is_far(s, &w->at)) {
        if (s->level <= w->level) return;
        if (t->src.count[node] <= (size_t)w->f->n_e)
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

static void copy_row(walk *w, void (*to)(walk *, int32_t), const sfm_csr *from, int32_t row)
{
    for (size_t k = from->begin[row]; k < from->begin[row + 1]; k++) to(w, from->item[k]);
}

/* The deepest node round the cell, itself included, that has a D. */
static int32_t find_local(const sfm_tree *t, int32_t node)
{
    while (node >= 0 && t->trg.count[node] == 0) node = t->parent[node];
    return node >= 0 && sfm_key_level(t->key[node]) >= SFM_TOP_LEVEL ? node : -1;
}

static void walk_cell(walk *w, int32_t node)
{
    const sfm_tree *t = &w->f->tree;
    w->local = node < 0 ? -1 : find_local(t, node);
    w->level = w->local < 0 ? -1 : sfm_key_level(t->key[w->local]);
    w->n_near = w->n_m2p = w->n_p2l = 0;
    if (w->local >= 0) add(w, &w->cells->p2l.csr, &w->n_p2l, w->local);
    const step root = {.half = 1};
    /* Of one set, a near row is only half of what its leaf needs (schedule/reactions.h). */
    if (!t->same_points && node >= 0 && sfm_tree_is_leaf(t, node) &&
        t->trg.count[node] > 0) {
        copy_row(w, add_near, &w->f->near.csr, node);
        copy_row(w, add_m2p, &w->f->m2p.csr, node);
    } else
        visit(w, &root);
}

/* ---- all cells ---------------------------------------------------------------------- */

typedef struct cell_loop {
    const sfm_cells *located;
    const box *at;
    sfm_probe *probe;
    int fill, n_parts;
} cell_loop;

static void walk_part(void *arg, int part)
{
    const cell_loop *l = arg;
    size_t n = (size_t)l->located->n;
    int32_t end = (int32_t)sfm_part_begin(n, l->n_parts, part + 1);
    walk w = {.f = l->probe->fmm, .cells = &l->probe->cells, .fill = l->fill};
    for (w.cell = (int32_t)sfm_part_begin(n, l->n_parts, part); w.cell < end; w.cell++) {
        w.at = l->at[w.cell];
        walk_cell(&w, l->located->node[w.cell]);
        if (l->fill) continue;
        w.cells->near.csr.begin[w.cell + 1] = w.n_near;
        w.cells->m2p.csr.begin[w.cell + 1] = w.n_m2p;
        w.cells->p2l.csr.begin[w.cell + 1] = w.n_p2l;
    }
}

/* Rows in two passes: count, then fill. */
static starfmm_status build_rows(cell_loop *l, sfm_team *team)
{
    sfm_fmm *c = &l->probe->cells;
    sfm_reading *all[3] = {&c->near, &c->m2p, &c->p2l};
    size_t n = (size_t)l->located->n;
    for (int k = 0; k < 3; k++) {
        all[k]->csr.begin = sfm_alloc(n + 1, sizeof(size_t));
        if (!all[k]->csr.begin)
            return sfm_fail(STARFMM_ENOMEM, "no memory for the lists of %zu cells", n);
    }
    l->n_parts = sfm_team_parts(team, n, CELLS_PER_PART);
    sfm_team_run(team, l->n_parts, walk_part, l);
    for (int k = 0; k < 3; k++) SFM_TRY(sfm_interactions_open(&all[k]->csr, l->located->n));
    l->fill = 1;
    sfm_team_run(team, l->n_parts, walk_part, l);
    return STARFMM_OK;
}

/* The box of a tree cell, or round the points of an outer one. */
static box box_of(const sfm_probe *p, const sfm_cells *located, int32_t cell)
{
    const sfm_tree *t = &p->fmm->tree;
    box b;
    if (located->key[cell]) {
        sfm_tree_centre(located->key[cell], b.centre);
        for (int d = 0; d < 3; d++)
            b.half[d] = ldexp(1, -sfm_key_level(located->key[cell]));
        return b;
    }
    for (size_t d = 0; d < 3; d++) {
        double lo = INFINITY, hi = -INFINITY;
        for (size_t i = located->begin[cell]; i < located->begin[cell + 1]; i++) {
            double x = p->targets[3 * (size_t)located->index[i] + d];
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
static starfmm_status place_cells(sfm_probe *p, const sfm_cells *located, box *at)
{
    size_t n = (size_t)located->n;
    double unit = p->fmm->half[0];
    p->cells.centre = sfm_alloc(n, sizeof *p->cells.centre);
    p->half = sfm_alloc(n, sizeof *p->half);
    if (!p->cells.centre || !p->half)
        return sfm_fail(STARFMM_ENOMEM, "no memory for %zu cells", n);
    for (int32_t i = 0; i < located->n; i++) {
        at[i] = box_of(p, located, i);
        p->half[i] = unit * fmax(at[i].half[0], fmax(at[i].half[1], at[i].half[2]));
        for (int d = 0; d < 3; d++) p->cells.centre[i][d] = unit * at[i].centre[d];
    }
    return STARFMM_OK;
}

static double cell_pairs(const sfm_probe *p, int32_t i)
{
    const sfm_fmm *c = &p->cells;
    double sources = (double)(c->m2p.csr.begin[i + 1] - c->m2p.csr.begin[i]) * p->fmm->n_e +
                     (double)(c->p2l.csr.begin[i + 1] - c->p2l.csr.begin[i]) * p->fmm->n_c;
    for (size_t k = c->near.csr.begin[i]; k < c->near.csr.begin[i + 1]; k++)
        sources += (double)p->fmm->tree.src.count[c->near.csr.item[k]];
    return sources * (double)c->tree.trg.count[i];
}

/* Groups of consecutive cells. */
static starfmm_status cut_groups(sfm_probe *p, int32_t n)
{
    sfm_groups *gr = &p->cells.groups;
    const size_t *begin = p->cells.tree.trg.begin;
    gr->group = sfm_alloc((size_t)n, sizeof *gr->group);
    p->pairs = sfm_calloc((size_t)n, sizeof *p->pairs);
    if (!gr->group || !p->pairs)
        return sfm_fail(STARFMM_ENOMEM, "no memory for the groups of %d cells", (int)n);
    gr->n = 0;
    for (int32_t i = 0; i < n; i++) {
        sfm_group *g = &gr->group[gr->n];
        if (p->pairs[gr->n] == 0) *g = (sfm_group){.first = i, .trg_begin = begin[i]};
        p->pairs[gr->n] += cell_pairs(p, i) + 1;
        g->count = i + 1 - g->first;
        g->trg_end = begin[i + 1];
        if (i + 1 == n || p->pairs[gr->n] >= TASK_PAIRS ||
            g->trg_end - g->trg_begin >= TASK_TARGETS)
            gr->n++;
    }
    return STARFMM_OK;
}

/* The cells as the nodes of a tree; what is the plan's is borrowed, and not freed.  Their
 * points are the probe's from now on. */
static starfmm_status start_cells(sfm_probe *p, const sfm_cells *located)
{
    sfm_fmm *c = &p->cells;
    sfm_points *trg = &c->tree.trg;
    size_t n = (size_t)located->n;
    *c = *p->fmm;
    c->near = c->m2p = c->p2l = (sfm_reading){0};
    c->centre = NULL;
    c->groups.group = NULL;
    c->tree.n_nodes = located->n;
    *trg = (sfm_points){
        .n = located->n_points, .index = located->index, .begin = located->begin};
    trg->count = sfm_alloc(n, sizeof *trg->count);
    if (!trg->count) return sfm_fail(STARFMM_ENOMEM, "no memory for %zu cells", n);
    for (size_t i = 0; i < n; i++) trg->count[i] = trg->begin[i + 1] - trg->begin[i];
    return STARFMM_OK;
}

static size_t largest_scratch(const sfm_probe *p, size_t n_rhs)
{
    size_t largest = 0;
    int is_double = p->fmm->precision == STARFMM_DOUBLE;
    for (int32_t g = 0; g < p->cells.groups.n; g++) {
        size_t t = sfm_target_reals(&p->cells, &p->cells.groups.group[g], n_rhs);
        size_t in = (size_t)p->cells.near.group[g].n_slots +
                    (size_t)p->cells.m2p.group[g].n_slots +
                    (size_t)p->cells.p2l.group[g].n_slots;
        size_t need = sfm_arena_bytes(t, is_double ? sizeof(double) : sizeof(float)) +
                      sfm_arena_bytes(in, sizeof(void *)) +
                      (is_double ? sfm_probe_scratch_f64(p, g, n_rhs)
                                 : sfm_probe_scratch_f32(p, g, n_rhs));
        if (need > largest) largest = need;
    }
    return largest;
}

static starfmm_status fill_cells(sfm_probe *p, const sfm_cells *located, box *at,
                                 sfm_team *team)
{
    cell_loop l = {.located = located, .at = at, .probe = p};
    SFM_TRY(place_cells(p, located, at));
    SFM_TRY(build_rows(&l, team));
    SFM_TRY(cut_groups(p, located->n));
    return sfm_interactions_assign(&p->cells, p->fmm->groups.n, team);
}

static starfmm_status build(sfm_probe *p, const sfm_cells *located, sfm_team *team)
{
    SFM_TRY(start_cells(p, located));
    box *at = sfm_alloc((size_t)located->n, sizeof *at);
    if (!at) return sfm_fail(STARFMM_ENOMEM, "no memory for %d cells", (int)located->n);
    starfmm_status status = fill_cells(p, located, at, team);
    sfm_free(at);
    return status;
}

starfmm_status sfm_probe_build(sfm_probe *p, const sfm_fmm *fmm, size_t n_rhs, size_t n,
                               const double *targets, sfm_team *team)
{
    sfm_cells located;
    *p = (sfm_probe){.fmm = fmm};
    p->targets = sfm_alloc(3 * n, sizeof *p->targets);
    if (!p->targets) return sfm_fail(STARFMM_ENOMEM, "no memory for %zu targets", n);
    if (n) memcpy(p->targets, targets, 3 * n * sizeof *targets);
    starfmm_status status = sfm_locate(&located, &fmm->tree, team, n, targets);
    if (status == STARFMM_OK) {
        status = build(p, &located, team);
        located.begin = NULL;
        located.index = NULL;
        sfm_cells_free(&located);
    }
    if (status == STARFMM_OK)
        p->scratch = largest_scratch(p, n_rhs);
    else
        sfm_probe_free(p);
    return status;
}

void sfm_probe_free(sfm_probe *p)
{
    sfm_interactions_free(&p->cells);
    sfm_free(p->cells.tree.trg.index);
    sfm_free(p->cells.tree.trg.begin);
    sfm_free(p->cells.tree.trg.count);
    sfm_free(p->cells.groups.group);
    sfm_free(p->cells.centre);
    sfm_free(p->half);
    sfm_free(p->targets);
    sfm_free(p->pairs);
    *p = (sfm_probe){0};
}
