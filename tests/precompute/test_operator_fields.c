/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The operators against the direct sum: what they are for is that the field of an expansion
 * is the field of the sources.  Everything here is in the coordinates of one unit box, in
 * long double sums of the kernel's blocks.  Values are [component][point].
 */
#include "precompute/operators.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "operators/surface.h"
#include "tests/support/block_kernels.h"
#include "tests/support/test.h"

#define SEED 3
#define N_SOURCES 40
#define N_TARGETS 40
/* Check points of a child lie close to the parent's surface, where the field of an
 * expansion is at its worst: L2L errors are this much larger than those in the box. */
#define NEAR_SURFACE 5
#define MAX_POINTS (6 * 17 * 17 + 2)
#define MAX_VALUES (4 * MAX_POINTS)

typedef struct cloud {
    int n;
    double xyz[MAX_POINTS][3], q[MAX_VALUES];
} cloud;

static double uniform(double lo, double hi)
{
    return lo + (hi - lo) * rand() / RAND_MAX;
}

static void set_surface(cloud *c, int order, sfm_surface_form form, double half,
                        const double centre[3])
{
    static double x[MAX_POINTS], y[MAX_POINTS], z[MAX_POINTS];
    c->n = sfm_surface_count(order);
    sfm_surface_points(order, form, x, y, z, NULL);
    for (int i = 0; i < c->n; i++) {
        c->xyz[i][0] = centre[0] + half * x[i];
        c->xyz[i][1] = centre[1] + half * y[i];
        c->xyz[i][2] = centre[2] + half * z[i];
    }
}

/* Densities of some components, in [0, 1]. */
static void set_densities(cloud *c, int components)
{
    for (int i = 0; i < components * c->n; i++) c->q[i] = uniform(0, 1);
}

static void set_box(cloud *c, int n, double half, const double centre[3])
{
    c->n = n;
    for (int i = 0; i < n; i++)
        for (int d = 0; d < 3; d++) c->xyz[i][d] = centre[d] + uniform(-half, half);
}

/* Random points beyond the neighbours of the unit box: 3 <= max norm <= 7. */
static void set_far(cloud *c, int n)
{
    for (c->n = 0; c->n < n;) {
        double *p = c->xyz[c->n], largest = 0.0;
        for (int d = 0; d < 3; d++) {
            p[d] = uniform(-7, 7);
            largest = fmax(largest, fabs(p[d]));
        }
        if (largest >= 3) c->n++;
    }
}

/* A set of operators, the kernel that it is of, and its degree (0: it has none). */
typedef struct subject {
    sfm_operators ops;
    const sfm_block_kernel *kernel;
    int degree;
} subject;

static void evaluate(const sfm_block_kernel *kernel, const cloud *trg, const cloud *src,
                     double *potential)
{
    int n_check = kernel->n_check, n_equiv = kernel->n_equiv;
    for (int i = 0; i < trg->n; i++) {
        long double sum[SFM_MAX_COMPONENTS] = {0},
                    k[SFM_MAX_COMPONENTS * SFM_MAX_COMPONENTS];
        for (int j = 0; j < src->n; j++) {
            long double r[3];
            for (int d = 0; d < 3; d++)
                r[d] = (long double)trg->xyz[i][d] - (long double)src->xyz[j][d];
            kernel->block(kernel, r, k);
            for (int ba = 0; ba < n_check * n_equiv; ba++)
                sum[ba / n_equiv] += src->q[ba % n_equiv * src->n + j] * k[ba];
        }
        for (int b = 0; b < n_check; b++) potential[b * trg->n + i] = (double)sum[b];
    }
}

static void apply(int rows, int cols, const double *a, const double *x, double *y)
{
    for (int i = 0; i < rows; i++) {
        double sum = 0.0;
        for (int j = 0; j < cols; j++)
            sum += a[(size_t)i * (size_t)cols + (size_t)j] * x[j];
        y[i] = sum;
    }
}

static void solve(int rank, int n_in, int n_out, double *const factors[2],
                  const double *check, double *density)
{
    static double inside[MAX_VALUES];
    apply(rank, n_in, factors[0], check, inside);
    apply(n_out, rank, factors[1], inside, density);
}

static double relative_error(int n, const double *got, const double *want)
{
    double error = 0.0, norm = 0.0;
    for (int i = 0; i < n; i++) {
        error += (got[i] - want[i]) * (got[i] - want[i]);
        norm += want[i] * want[i];
    }
    return sqrt(error / norm);
}

static const double origin[3] = {0, 0, 0};
static cloud src, trg, equiv, check;
static double values[MAX_VALUES], want[MAX_VALUES], got[MAX_VALUES];

static sfm_operators_key laplace(int order, int check_order)
{
    return (sfm_operators_key){.kernel = STARFMM_LAPLACE,
                               .order = order,
                               .check_order = check_order,
                               .inner = SFM_INNER_FORM,
                               .outer = SFM_OUTER_FORM,
                               .cutoff = SFM_CUTOFF_F64};
}

static sfm_operators_key yukawa(int order, int check_order, double kappa)
{
    sfm_operators_key key = laplace(order, check_order);
    key.kernel = STARFMM_YUKAWA;
    key.params[0] = kappa;
    return key;
}

/* Field far away of the upward density of sources in the unit box. */
static double p2m_error(const subject *s)
{
    const sfm_operators *o = &s->ops;
    set_box(&src, N_SOURCES, 1.0, origin);
    set_densities(&src, o->n_equiv);
    set_far(&trg, N_TARGETS);
    set_surface(&check, o->key.check_order, o->key.outer, 1.0, origin);
    set_surface(&equiv, o->key.order, o->key.inner, 1.0, origin);
    evaluate(s->kernel, &check, &src, values);
    solve(o->up_rank, o->n_check * o->n_c, o->n_equiv * o->n_e, o->uc2e, values, equiv.q);
    evaluate(s->kernel, &trg, &src, want);
    evaluate(s->kernel, &trg, &equiv, got);
    return relative_error(o->n_check * trg.n, got, want);
}

/* Field in the unit box of the downward density of sources far away. */
static double p2l_error(const subject *s)
{
    const sfm_operators *o = &s->ops;
    set_far(&src, N_SOURCES);
    set_densities(&src, o->n_equiv);
    set_box(&trg, N_TARGETS, 1.0, origin);
    set_surface(&check, o->key.order, o->key.inner, 1.0, origin);
    set_surface(&equiv, o->key.check_order, o->key.outer, 1.0, origin);
    evaluate(s->kernel, &check, &src, values);
    solve(o->dn_rank, o->n_check * o->n_e, o->n_equiv * o->n_c, o->dc2e, values, equiv.q);
    evaluate(s->kernel, &trg, &src, want);
    evaluate(s->kernel, &trg, &equiv, got);
    return relative_error(o->n_check * trg.n, got, want);
}

static void child_centre(int octant, double centre[3])
{
    for (int d = 0; d < 3; d++) centre[d] = octant >> d & 1 ? 0.5 : -0.5;
}

/* Any density of a child's upward surface, in the child's units: its far field, from the
 * parent's density. */
static double m2m_error(const subject *s, int octant)
{
    const sfm_operators *o = &s->ops;
    int n = o->n_equiv * o->n_e;
    double centre[3], *matrix = sfm_alloc((size_t)n * (size_t)n, sizeof *matrix);
    child_centre(octant, centre);
    set_surface(&src, o->key.order, o->key.inner, 0.5, centre);
    set_densities(&src, o->n_equiv);
    set_far(&trg, N_TARGETS);
    set_surface(&equiv, o->key.order, o->key.inner, 1.0, origin);
    sfm_operators_m2m(o, octant, matrix);
    apply(n, n, matrix, src.q, equiv.q);
    if (s->kernel->equiv_degree != NULL)
        for (int i = 0; i < n; i++)
            src.q[i] = ldexp(src.q[i], s->kernel->equiv_degree[i / o->n_e]);
    evaluate(s->kernel, &trg, &src, want);
    evaluate(s->kernel, &trg, &equiv, got);
    sfm_free(matrix);
    return relative_error(o->n_check * trg.n, got, want);
}

/*
 * L2L: the check potential of charges far away, from that of the parent to that of the
 * child.  What is wanted is the potential in units of the child: of the same sources, in
 * units of the child, at its check points in coordinates of its own; for a kernel without
 * degree, in those of the parent.
 */
static double l2l_error(const subject *s, int octant, const sfm_block_kernel *child)
{
    static double parent[MAX_VALUES];
    const sfm_operators *o = &s->ops;
    int n = o->n_check * o->n_e;
    double centre[3], *matrix = sfm_alloc((size_t)n * (size_t)n, sizeof *matrix);
    child_centre(octant, centre);
    set_far(&src, N_SOURCES);
    set_densities(&src, o->n_equiv);
    set_surface(&check, o->key.order, o->key.inner, 1.0, origin);
    evaluate(s->kernel, &check, &src, parent);
    if (child == NULL) {
        set_surface(&check, o->key.order, o->key.inner, 0.5, centre);
        child = s->kernel;
    } else {
        for (int i = 0; i < src.n; i++)
            for (int d = 0; d < 3; d++) src.xyz[i][d] = (src.xyz[i][d] - centre[d]) / 0.5;
        if (child->equiv_degree != NULL)
            for (int i = 0; i < o->n_equiv * src.n; i++)
                src.q[i] = ldexp(src.q[i], -child->equiv_degree[i / src.n]);
    }
    evaluate(child, &check, &src, want);
    sfm_operators_l2l(o, octant, matrix);
    for (int j = 0; j < n; j++) {
        double sum = 0.0;
        for (int i = 0; i < n; i++) sum += matrix[i * n + j] * parent[i];
        got[j] = ldexp(sum, s->degree);
    }
    sfm_free(matrix);
    return relative_error(n, got, want);
}

/* `child`: the kernel in units of the child, NULL for one that has no degree. */
static void check_fields(const subject *s, const sfm_block_kernel *child, double bound)
{
    const char *name = s->kernel->name;
    int order = s->ops.key.order;
    srand(SEED);
    double error = p2m_error(s);
    CHECKF(error < bound, "%s, order %d: P2M %g (seed %d)", name, order, error, SEED);
    error = p2l_error(s);
    CHECKF(error < bound, "%s, order %d: P2L %g", name, order, error);
    for (int o = 0; o < 8; o++) {
        error = m2m_error(s, o);
        CHECKF(error < bound, "%s, order %d: M2M of octant %d %g", name, order, o, error);
        error = l2l_error(s, o, child);
        CHECKF(error < NEAR_SURFACE * bound, "%s, order %d: L2L of octant %d %g", name,
               order, o, error);
    }
}

static void check_builtin(const sfm_operators_key *key, double bound)
{
    const sfm_kernel *kernel = sfm_kernel_get(key->kernel);
    double child_params[STARFMM_MAX_PARAMS];
    const sfm_block_kernel block = sfm_block_kernel_of(kernel, 0, 0, key->params);
    const sfm_block_kernel child = sfm_block_kernel_of(kernel, 0, 0, child_params);
    subject s = {.kernel = &block, .degree = kernel->degree};
    sfm_kernel_scale_params(kernel, key->params, 0.5, child_params);
    REQUIRE(sfm_operators_compute(&s.ops, key) == STARFMM_OK);
    check_fields(&s, &child, bound);
    sfm_operators_free(&s.ops);
}

SFM_CASE(laplace_fields_converge_with_the_order)
{
    static const struct {
        int order, check_order;
        double bound;
    } cases[] = {{2, 2, 3e-2},  {3, 3, 5e-3},    {4, 6, 1e-4},    {5, 7, 1e-5},
                 {6, 6, 3e-6},  {6, 8, 1e-6},    {7, 9, 1e-7},    {8, 10, 2e-8},
                 {9, 11, 2e-9}, {10, 12, 2e-10}, {12, 14, 1e-11}, {14, 16, 1e-11}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sfm_operators_key key = laplace(cases[i].order, cases[i].check_order);
        check_builtin(&key, cases[i].bound);
    }
}

SFM_CASE(yukawa_fields)
{
    sfm_operators_key key = yukawa(6, 8, 1.5);
    check_builtin(&key, 1e-4);
    key = yukawa(8, 10, 0.01);
    check_builtin(&key, 2e-8);
}

/* Vectors; no isotropy; no symmetry; unequal numbers of components, some with a degree of
 * length of their own. */
SFM_CASE(fields_of_other_kernels)
{
    static const struct {
        const sfm_block_kernel *kernel;
        int order, check_order, degree;
        double bound;
    } cases[] = {{&sfm_test_stokeslet, 4, 6, -1, 1e-3},
                 {&sfm_test_stokeslet, 6, 8, -1, 1e-5},
                 {&sfm_test_sheared, 4, 6, -1, 3e-4},
                 {&sfm_test_sheared, 6, 8, -1, 1e-5},
                 {&sfm_test_field, 4, 6, -2, 1e-3},
                 {&sfm_test_field, 6, 8, -2, 1e-5},
                 {&sfm_test_charge_and_dipole, 4, 6, -1, 1e-3},
                 {&sfm_test_charge_and_dipole, 5, 7, -1, 1e-4}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sfm_operators_key key = laplace(cases[i].order, cases[i].check_order);
        subject s = {.kernel = cases[i].kernel, .degree = cases[i].degree};
        REQUIRE(sfm_operators_derive(&s.ops, &key, s.kernel) == STARFMM_OK);
        check_fields(&s, s.kernel, cases[i].bound);
        sfm_operators_free(&s.ops);
    }
    sfm_operators_key key = laplace(6, 8);
    subject s = {.kernel = &sfm_test_wave};
    REQUIRE(sfm_operators_derive(&s.ops, &key, s.kernel) == STARFMM_OK);
    check_fields(&s, NULL, 1e-3);
    sfm_operators_free(&s.ops);
}

SFM_MAIN()
