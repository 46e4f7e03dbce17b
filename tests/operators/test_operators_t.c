/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Each operator alone, on trees with all lists, against the raw kernel summed directly over
 * the sources that it should have carried: fields of multipole expansions outside, of local
 * expansions inside, check potentials, potentials at targets.
 */
#include <math.h>
#include <string.h>

#include "base/real.h"
#include "operators/level.h"
#include "operators/surface.h"
#include "tests/support/kernel_value.h"
#include "tests/support/boxes.h"
#include "tests/support/points.h"
#include "tests/support/serial.h"
#include "tests/support/test.h"

#define ORDER 6
#if SFM_PRECISION == 64
#define PRECISION STARFMM_DOUBLE
#define TOLERANCE 4e-5 /* of the field at the nearest V neighbour, order 6 */
#else
#define PRECISION STARFMM_FLOAT
#define TOLERANCE 4e-5
#endif

static starfmm_options options_for(starfmm_kernel kernel)
{
    starfmm_options o;
    starfmm_options_init(&o);
    o.precision = PRECISION;
    o.kernel = kernel;
    o.params[0] = kernel == STARFMM_YUKAWA ? 2.5 : 0;
    o.order = ORDER;
    o.n_crit = 20;
    return o;
}

/* Relative error kept as a running maximum over the sum of magnitudes. */
typedef struct worst {
    double difference, scale;
} worst;

static void note(worst *w, double value, double exact)
{
    if (fabs(value - exact) > w->difference) w->difference = fabs(value - exact);
    if (fabs(exact) > w->scale) w->scale = fabs(exact);
}

static double relative(const worst *w)
{
    return w->difference / w->scale;
}

/* Field at x of densities on a surface about a node. */
static double surface_field(const sfm_fmm *f, int32_t node, const real *const surface[3],
                            const real *density, int n, const double x[3])
{
    long double sum = 0;
    for (int j = 0; j < n; j++) {
        long double d[3];
        for (int c = 0; c < 3; c++)
            d[c] = (long double)x[c] - f->geometry->centre[node][c] - surface[c][j];
        sum += density[j] * sfm_kernel_value(f->settings->kernel, d, f->params);
    }
    return (double)sum;
}

static const real *row(const sfm_test_serial *s, sfm_buffer_kind kind, int32_t node,
                       size_t rhs, int width)
{
    int32_t g = s->plan.schedule.groups.of_node[node];
    size_t at = (size_t)(node - s->plan.schedule.groups.group[g].first) * s->n_rhs + rhs;
    return (const real *)sfm_buffer_at(s->buffers, kind, g) + at * (size_t)width;
}

static int level_of(const sfm_fmm *f, int32_t node)
{
    return sfm_key_level(f->geometry->tree.key[node]);
}

/* Multipole fields of leaves (or inner nodes) at points three half sides and more away. */
static worst multipole_error(const sfm_test_serial *s, int leaves)
{
    const sfm_fmm *f = s->fmm;
    worst w = {0, 0};
    uint64_t seed = 11;
    for (int32_t i = f->geometry->tree.level_begin[2]; i < f->geometry->tree.n_nodes;
         i += 1 + i / 40) {
        if (sfm_tree_is_leaf(&f->geometry->tree, i) != leaves ||
            f->geometry->tree.src.count[i] == 0)
            continue;
        for (int k = 0; k < 4; k++) {
            double x[3],
                r = f->geometry->half[level_of(f, i)] * (3.0 + 2 * sfm_test_uniform(&seed));
            for (int c = 0; c < 3; c++)
                x[c] = f->geometry->centre[i][c] + r * (2 * sfm_test_uniform(&seed) - 1);
            x[k % 3] = f->geometry->centre[i][k % 3] + (k & 1 ? r : -r);
            size_t rhs = (size_t)k % s->n_rhs;
            const SFM(level) *lv = SFM(level_of)(f, level_of(f, i));
            /* Fields of nodes of all levels on one scale. */
            double unit =
                pow(f->geometry->half[level_of(f, i)], -f->settings->kernel->degree);
            note(&w,
                 unit * surface_field(f, i, lv->inner,
                                      row(s, SFM_BUFFER_M, i, rhs, f->settings->n_e),
                                      f->settings->n_e, x),
                 unit * sfm_test_serial_direct(s, i, x, rhs));
        }
    }
    return w;
}

static void check_multipoles(starfmm_kernel kernel, const char *kind)
{
    starfmm_options o = options_for(kernel);
    sfm_test_serial s;
    if (!sfm_test_serial_make(&s, &o, kind, 4000, 0, 2)) return;
    sfm_test_serial_begin(&s);
    sfm_test_serial_run(&s, STARFMM_OP_P2M);
    worst w = multipole_error(&s, 1);
    CHECKF(relative(&w) < TOLERANCE, "%s P2M: %g", kind, relative(&w));
    sfm_test_serial_run(&s, STARFMM_OP_M2M);
    w = multipole_error(&s, 0);
    CHECKF(relative(&w) < TOLERANCE, "%s M2M: %g", kind, relative(&w));
    sfm_test_serial_free(&s);
}

SFM_CASE(p2m_m2m_laplace)
{
    check_multipoles(STARFMM_LAPLACE, "cube");
}
SFM_CASE(p2m_m2m_clustered)
{
    check_multipoles(STARFMM_LAPLACE, "plummer");
}
SFM_CASE(p2m_m2m_yukawa)
{
    check_multipoles(STARFMM_YUKAWA, "sphere");
}

static int separated(const sfm_tree *t, int32_t target, int32_t source)
{
    sfm_test_box a = sfm_test_box_of(t->key[target]), b = sfm_test_box_of(t->key[source]);
    return !sfm_test_boxes_touch(&a, &b);
}

/* Is the source leaf carried to `target` by V lists of it or of an ancestor?  By definition:
 * the first pair of equal-level ancestors that is not adjacent; lists() stops at leaves. */
static int by_far_field(const sfm_tree *t, int32_t target, int32_t leaf)
{
    int level = sfm_key_level(t->key[target]);
    int32_t source = leaf;
    if (sfm_key_level(t->key[leaf]) < level) {
        /* A coarser leaf: some ancestor of the target of the leaf's level is not adjacent. */
        while (sfm_key_level(t->key[target]) > sfm_key_level(t->key[leaf]))
            target = t->parent[target];
        return separated(t, target, source);
    }
    while (sfm_key_level(t->key[source]) > level) source = t->parent[source];
    return separated(t, target, source);
}

/* Field inside a node of all that V lists brought it or its ancestors. */
static double far_field(const sfm_test_serial *s, int32_t node, const double x[3],
                        size_t rhs)
{
    const sfm_tree *t = &s->plan.geometry.tree;
    double sum = 0;
    for (int32_t leaf = 0; leaf < t->n_nodes; leaf++)
        if (sfm_tree_is_leaf(t, leaf) && by_far_field(t, node, leaf))
            sum += sfm_test_serial_direct(s, leaf, x, rhs);
    return sum;
}

/* Check potentials on the downward check surface, uniform points: no W or X, so that they
 * hold the V lists' fields and nothing else. */
static void check_locals(starfmm_kernel kernel, starfmm_m2l method)
{
    starfmm_options o = options_for(kernel);
    sfm_test_serial s;
    o.m2l = method;
    o.max_depth = 3;
    o.n_crit = 1;
    if (!sfm_test_serial_make(&s, &o, "cube", 3000, 0, 2)) return;
    const sfm_fmm *f = s.fmm;
    sfm_test_serial_begin(&s);
    for (int op = STARFMM_OP_P2M; op <= STARFMM_OP_L2L; op++)
        sfm_test_serial_run(&s, (starfmm_operator)op);
    worst w = {0, 0};
    for (int32_t i = f->geometry->tree.level_begin[2]; i < f->geometry->tree.n_nodes;
         i += 23) {
        const SFM(level) *lv = SFM(level_of)(f, level_of(f, i));
        int j = i % f->settings->n_e;
        size_t rhs = (size_t)i % 2;
        double x[3],
            unit = pow(f->geometry->half[level_of(f, i)], -f->settings->kernel->degree);
        for (int c = 0; c < 3; c++) x[c] = f->geometry->centre[i][c] + lv->inner[c][j];
        note(&w, row(&s, SFM_BUFFER_D, i, rhs, f->settings->n_e)[j],
             unit * far_field(&s, i, x, rhs));
    }
    CHECKF(relative(&w) < 10 * TOLERANCE, "locals: %g of %g", relative(&w), w.scale);
    sfm_test_serial_free(&s);
}

SFM_CASE(m2l_l2l_fourier)
{
    check_locals(STARFMM_LAPLACE, STARFMM_M2L_FOURIER);
}
SFM_CASE(m2l_l2l_dense)
{
    check_locals(STARFMM_LAPLACE, STARFMM_M2L_DENSE);
}
SFM_CASE(m2l_l2l_yukawa)
{
    check_locals(STARFMM_YUKAWA, STARFMM_M2L_FOURIER);
}

/* Sums in T of one operator against the same over the members of its reading list. */
static void check_at_targets(sfm_test_serial *s, starfmm_operator op,
                             const sfm_reading *list, double tolerance)
{
    const sfm_fmm *f = s->fmm;
    worst w = {0, 0};
    size_t rows = 0;
    for (int32_t i = 0; i < f->geometry->tree.n_nodes; i += 1 + i / 60) {
        if (!sfm_tree_is_leaf(&f->geometry->tree, i) ||
            list->csr.begin[i] == list->csr.begin[i + 1])
            continue;
        const sfm_group *g = &f->schedule->groups.group[f->schedule->groups.of_node[i]];
        size_t ld = sfm_particle_ld(g->trg_end - g->trg_begin),
               at = f->geometry->tree.trg.begin[i];
        if (f->geometry->tree.trg.count[i] == 0) continue;
        double x[3], sum = 0;
        sfm_test_serial_point(s, s->targets + 3 * (size_t)f->geometry->tree.trg.index[at],
                              x);
        for (size_t k = list->csr.begin[i]; k < list->csr.begin[i + 1]; k++)
            sum += sfm_test_serial_direct(s, list->csr.item[k], x, 1);
        const real *t =
            sfm_buffer_at(s->buffers, SFM_BUFFER_T, f->schedule->groups.of_node[i]);
        note(&w, t[(sfm_coordinate_arrays(f->settings) + 1) * ld + at - g->trg_begin], sum);
        rows++;
    }
    CHECKF(rows > 0, "%s: no rows in this tree", starfmm_operator_name(op));
    CHECKF(relative(&w) < tolerance, "%s: %g", starfmm_operator_name(op), relative(&w));
}

/* A tree with long W and X lists: clusters beside sparse space, unbalanced; few points a
 * leaf on the sparse side and many below W members. */
static int make_adaptive(sfm_test_serial *s, starfmm_kernel kernel)
{
    starfmm_options o = options_for(kernel);
    o.balance = STARFMM_OFF;
    o.order = 4;
    o.check_order = 6;
    o.n_crit = 120;
    return sfm_test_serial_make(s, &o, "plummer", 20000, 9000, 2);
}

#define ADAPTIVE_TOLERANCE 1e-3 /* order 4 */

SFM_CASE(p2p)
{
    sfm_test_serial s;
    if (!make_adaptive(&s, STARFMM_LAPLACE)) return;
    sfm_test_serial_begin(&s);
    sfm_test_serial_run(&s, STARFMM_OP_P2P);
    check_at_targets(&s, STARFMM_OP_P2P, &s.plan.schedule.near, 1e-4);
    sfm_test_serial_free(&s);
}

/* One set: sums of a leaf over its near row and over the rows that hold it, for pairs
 * inside a group and across groups of every size. */
static void check_p2p_of_one_set(int group_size)
{
    starfmm_options o = options_for(STARFMM_LAPLACE);
    sfm_test_serial s;
    o.balance = STARFMM_OFF;
    o.group_size = group_size;
    o.n_crit = 60;
    if (!sfm_test_serial_make(&s, &o, "plummer", 9000, 0, 2)) return;
    const sfm_fmm *f = s.fmm;
    const sfm_csr *near = &f->schedule->near.csr;
    worst w = {0, 0};
    size_t across = 0;
    sfm_test_serial_begin(&s);
    sfm_test_serial_run(&s, STARFMM_OP_P2P);
    real *potentials = malloc(s.n_targets * s.n_rhs * sizeof *potentials);
    sfm_test_serial_scatter(&s, potentials);
    for (int32_t i = 0; i < f->geometry->tree.n_nodes; i += 1 + i / 60) {
        if (!sfm_tree_is_leaf(&f->geometry->tree, i)) continue;
        const sfm_group *g = &f->schedule->groups.group[f->schedule->groups.of_node[i]];
        size_t ld = sfm_particle_ld(g->trg_end - g->trg_begin),
               at = f->geometry->tree.trg.begin[i];
        double x[3], sum = 0;
        sfm_test_serial_point(&s, s.targets + 3 * (size_t)f->geometry->tree.trg.index[at],
                              x);
        for (int32_t b = 0; b < f->geometry->tree.n_nodes; b++)
            for (size_t k = near->begin[b]; k < near->begin[b + 1]; k++) {
                int32_t other = b == i ? near->item[k] : b;
                if (b != i && near->item[k] != i) continue;
                sum += sfm_test_serial_direct(&s, other, x, 1);
                across +=
                    f->schedule->groups.of_node[other] != f->schedule->groups.of_node[i];
            }
        const real *t =
            sfm_buffer_at(s.buffers, SFM_BUFFER_T, f->schedule->groups.of_node[i]);
        note(&w, t[(sfm_coordinate_arrays(f->settings) + 1) * ld + at - g->trg_begin], sum);
    }
    CHECKF(across > 0, "no pairs across groups of %d", group_size);
    CHECKF(relative(&w) < 1e-4, "groups of %d: %g", group_size, relative(&w));
    free(potentials);
    sfm_test_serial_free(&s);
}

SFM_CASE(p2p_of_one_set)
{
    check_p2p_of_one_set(1);
    check_p2p_of_one_set(7);
    check_p2p_of_one_set(64);
}

SFM_CASE(m2p)
{
    sfm_test_serial s;
    if (!make_adaptive(&s, STARFMM_LAPLACE)) return;
    sfm_test_serial_begin(&s);
    sfm_test_serial_run(&s, STARFMM_OP_P2M);
    sfm_test_serial_run(&s, STARFMM_OP_M2M);
    sfm_test_serial_run(&s, STARFMM_OP_M2P);
    check_at_targets(&s, STARFMM_OP_M2P, &s.plan.schedule.m2p, ADAPTIVE_TOLERANCE);
    sfm_test_serial_free(&s);
}

/* Check potentials of P2L are exact up to the arithmetic. */
SFM_CASE(p2l)
{
    sfm_test_serial s;
    if (!make_adaptive(&s, STARFMM_LAPLACE)) return;
    const sfm_fmm *f = s.fmm;
    worst w = {0, 0};
    size_t rows = 0;
    sfm_test_serial_begin(&s);
    sfm_test_serial_run(&s, STARFMM_OP_P2L);
    for (int32_t i = 0; i < f->geometry->tree.n_nodes; i++) {
        if (f->schedule->p2l.csr.begin[i] == f->schedule->p2l.csr.begin[i + 1]) continue;
        const SFM(level) *lv = SFM(level_of)(f, level_of(f, i));
        double x[3], sum = 0;
        int j = (int)(rows++ % (size_t)f->settings->n_e);
        for (int c = 0; c < 3; c++) x[c] = f->geometry->centre[i][c] + lv->inner[c][j];
        for (size_t k = f->schedule->p2l.csr.begin[i];
             k < f->schedule->p2l.csr.begin[i + 1]; k++)
            sum += sfm_test_serial_direct(&s, f->schedule->p2l.csr.item[k], x, 1);
        note(&w, row(&s, SFM_BUFFER_D, i, 1, f->settings->n_e)[j],
             f->geometry->half[level_of(f, i)] * sum);
    }
    CHECKF(rows > 0, "no X lists in this tree");
    CHECKF(relative(&w) < 1e-4, "P2L: %g", relative(&w));
    sfm_test_serial_free(&s);
}

/* L2P alone: the check potential of one far charge, exact, becomes its field at the targets. */
SFM_CASE(l2p)
{
    starfmm_options o = options_for(STARFMM_LAPLACE);
    sfm_test_serial s;
    if (!sfm_test_serial_make(&s, &o, "sphere", 2000, 0, 1)) return;
    const sfm_fmm *f = s.fmm;
    const long double charge[3] = {2.9L, -2.3L, 2.6L};
    sfm_test_serial_begin(&s);
    worst w = {0, 0};
    for (int32_t i = f->geometry->tree.level_begin[2]; i < f->geometry->tree.n_nodes; i++) {
        const SFM(level) *lv = SFM(level_of)(f, level_of(f, i));
        real *d = (real *)row(&s, SFM_BUFFER_D, i, 0, f->settings->n_e);
        for (int j = 0; j < f->settings->n_e; j++) {
            long double x[3];
            for (int c = 0; c < 3; c++)
                x[c] = f->geometry->centre[i][c] + lv->inner[c][j] - charge[c];
            d[j] = (real)(f->geometry->half[level_of(f, i)] *
                          sfm_kernel_value(f->settings->kernel, x, f->params));
        }
    }
    sfm_test_serial_run(&s, STARFMM_OP_L2P);
    for (int32_t i = f->geometry->tree.level_begin[2]; i < f->geometry->tree.n_nodes; i++) {
        if (!sfm_tree_is_leaf(&f->geometry->tree, i)) continue;
        const sfm_group *g = &f->schedule->groups.group[f->schedule->groups.of_node[i]];
        size_t ld = sfm_particle_ld(g->trg_end - g->trg_begin),
               at = f->geometry->tree.trg.begin[i];
        double y[3];
        long double x[3];
        sfm_test_serial_point(&s, s.targets + 3 * (size_t)f->geometry->tree.trg.index[at],
                              y);
        for (int c = 0; c < 3; c++) x[c] = y[c] - charge[c];
        const real *t =
            sfm_buffer_at(s.buffers, SFM_BUFFER_T, f->schedule->groups.of_node[i]);
        note(&w, t[sfm_coordinate_arrays(f->settings) * ld + at - g->trg_begin],
             (double)sfm_kernel_value(f->settings->kernel, x, f->params));
    }
    CHECKF(relative(&w) < TOLERANCE, "L2P: %g", relative(&w));
    sfm_test_serial_free(&s);
}

SFM_MAIN()
