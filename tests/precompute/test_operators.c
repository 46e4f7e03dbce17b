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

static void set_surface(cloud *c, int order, double alpha, double half,
                        const double centre[3])
{
    static double x[MAX_POINTS], y[MAX_POINTS], z[MAX_POINTS];
    c->n = sfm_surface_count(order);
    sfm_surface_points(order, alpha, x, y, z, NULL);
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
        long double sum[SFM_MAX_COMPONENTS] = {0}, k[SFM_MAX_COMPONENTS * SFM_MAX_COMPONENTS];
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
        for (int j = 0; j < cols; j++) sum += a[(size_t)i * (size_t)cols + (size_t)j] * x[j];
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
                               .alpha_inner = SFM_ALPHA_INNER,
                               .alpha_outer = SFM_ALPHA_OUTER,
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
    set_surface(&check, o->key.check_order, o->key.alpha_outer, 1.0, origin);
    set_surface(&equiv, o->key.order, o->key.alpha_inner, 1.0, origin);
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
    set_surface(&check, o->key.order, o->key.alpha_inner, 1.0, origin);
    set_surface(&equiv, o->key.check_order, o->key.alpha_outer, 1.0, origin);
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
    set_surface(&src, o->key.order, o->key.alpha_inner, 0.5, centre);
    set_densities(&src, o->n_equiv);
    set_far(&trg, N_TARGETS);
    set_surface(&equiv, o->key.order, o->key.alpha_inner, 1.0, origin);
    sfm_operators_m2m(o, octant, matrix);
    apply(n, n, matrix, src.q, equiv.q);
    if (s->kernel->equiv_power != NULL)
        for (int i = 0; i < n; i++)
            src.q[i] = ldexp(src.q[i], s->kernel->equiv_power[i / o->n_e]);
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
    set_surface(&check, o->key.order, o->key.alpha_inner, 1.0, origin);
    evaluate(s->kernel, &check, &src, parent);
    if (child == NULL) {
        set_surface(&check, o->key.order, o->key.alpha_inner, 0.5, centre);
        child = s->kernel;
    } else {
        for (int i = 0; i < src.n; i++)
            for (int d = 0; d < 3; d++) src.xyz[i][d] = (src.xyz[i][d] - centre[d]) / 0.5;
        if (child->equiv_power != NULL)
            for (int i = 0; i < o->n_equiv * src.n; i++)
                src.q[i] = ldexp(src.q[i], -child->equiv_power[i / src.n]);
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
        CHECKF(error < NEAR_SURFACE * bound, "%s, order %d: L2L of octant %d %g", name, order,
               o, error);
    }
}

static void check_builtin(const sfm_operators_key *key, double bound)
{
    const sfm_kernel *kernel = sfm_kernel_get(key->kernel);
    double child_params[STARFMM_MAX_PARAMS];
    const sfm_block_kernel block = sfm_block_kernel_of(kernel, key->params);
    const sfm_block_kernel child = sfm_block_kernel_of(kernel, child_params);
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
    } cases[] = {{2, 2, 3e-2},  {3, 3, 5e-3},   {4, 6, 1e-4},    {5, 7, 1e-5},
                 {6, 6, 3e-6},  {6, 8, 1e-6},   {7, 9, 1e-7},    {8, 10, 2e-8},
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

/* Vectors; no isotropy; no symmetry; unequal numbers of components, some with a power of
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

/* An isotropic kernel that does not say so gives the same operators the long way: all
 * octants, the whole matrices, and, not declared symmetric, dc2e and l2l by themselves. */
SFM_CASE(undeclared_symmetries_change_nothing)
{
    sfm_block_kernel kernel = sfm_test_stokeslet;
    sfm_operators_key key = laplace(3, 5);
    sfm_operators with, without;
    key.cutoff = 1e-6;
    REQUIRE(sfm_operators_derive(&with, &key, &kernel) == STARFMM_OK);
    kernel.symmetries = 0;
    REQUIRE(sfm_operators_derive(&without, &key, &kernel) == STARFMM_OK);
    CHECK(with.m2m[1] == NULL && with.l2l[0] == with.m2m[0]);
    CHECK(without.m2m[7] != NULL && without.l2l[7] != without.m2m[7]);
    CHECKF(with.up_rank == without.up_rank && with.dn_rank == without.dn_rank, "%d, %d",
           with.up_rank, without.up_rank);
    int n = 3 * with.n_e;
    double *a = sfm_alloc((size_t)(2 * n * n), sizeof *a), *b = a + n * n;
    for (int o = 0; o < 8; o++) {
        sfm_operators_m2m(&with, o, a);
        sfm_operators_m2m(&without, o, b);
        CHECKF(relative_error(n * n, b, a) < 1e-9, "m2m[%d] off by %g", o,
               relative_error(n * n, b, a));
        sfm_operators_l2l(&with, o, a);
        sfm_operators_l2l(&without, o, b);
        CHECKF(relative_error(n * n, b, a) < 1e-9, "l2l[%d] off by %g", o,
               relative_error(n * n, b, a));
    }
    sfm_free(a);
    sfm_operators_free(&with);
    sfm_operators_free(&without);
}

SFM_CASE(yukawa_of_kappa_zero_is_laplace)
{
    sfm_operators a, b;
    sfm_operators_key la = laplace(4, 6), yu = yukawa(4, 6, 0.0);
    REQUIRE(sfm_operators_compute(&a, &la) == STARFMM_OK);
    REQUIRE(sfm_operators_compute(&b, &yu) == STARFMM_OK);
    CHECK(relative_error(a.n_e * a.n_e, b.m2m[0], a.m2m[0]) < 1e-9);
    sfm_operators_free(&a);
    sfm_operators_free(&b);
}

SFM_CASE(count_operators_are_exactly_one)
{
    sfm_operators ops;
    sfm_operators_key key = laplace(1, 1);
    key.kernel = STARFMM_COUNT;
    REQUIRE(sfm_operators_compute(&ops, &key) == STARFMM_OK);
    CHECK(ops.n_e == 1 && ops.n_c == 1 && ops.up_rank == 1 && ops.dn_rank == 1);
    CHECK(ops.uc2e[0][0] * ops.uc2e[1][0] == 1.0);
    CHECK(ops.dc2e[0][0] * ops.dc2e[1][0] == 1.0);
    for (int o = 0; o < 8; o++) {
        double m2m = 0, l2l = 0;
        sfm_operators_m2m(&ops, o, &m2m);
        sfm_operators_l2l(&ops, o, &l2l);
        CHECK(m2m == 1.0 && l2l == 1.0);
    }
    sfm_operators_free(&ops);
}

/* exp(-kappa r) is below the range of double on the whole surface: nothing is kept, and
 * nothing is infinite. */
SFM_CASE(a_kernel_that_vanishes_within_the_box)
{
    static const double kappas[] = {100, 300, 350, 2000};
    for (int i = 0; i < 4; i++) {
        sfm_operators ops;
        sfm_operators_key key = yukawa(5, 7, kappas[i]);
        REQUIRE(sfm_operators_compute(&ops, &key) == STARFMM_OK);
        int finite = 1, n = ops.up_rank * ops.n_c;
        for (int k = 0; k < n; k++) finite &= isfinite(ops.uc2e[0][k]) != 0;
        for (int k = 0; k < ops.n_e * ops.n_e; k++) finite &= isfinite(ops.m2m[0][k]) != 0;
        CHECKF(finite, "kappa %g", kappas[i]);
        CHECKF((ops.up_rank == 0) == (i == 3), "kappa %g: rank %d", kappas[i], ops.up_rank);
        sfm_operators_free(&ops);
    }
}

SFM_CASE(float_factors_stay_in_range)
{
    for (double kappa = 1; kappa < 200; kappa *= 1.5) {
        sfm_operators ops;
        sfm_operators_key key = yukawa(4, 5, kappa);
        key.cutoff = SFM_CUTOFF_F32;
        key.floor = SFM_FLOOR_F32;
        REQUIRE(sfm_operators_compute(&ops, &key) == STARFMM_OK);
        double largest = 0.0;
        for (int i = 0; i < ops.up_rank * ops.n_c; i++)
            largest = fmax(largest, fabs(ops.uc2e[0][i]));
        CHECKF(largest < 1e37, "kappa %g: %g", kappa, largest);
        sfm_operators_free(&ops);
    }
}

SFM_CASE(impossible_keys_are_refused)
{
    const sfm_operators_key good = laplace(4, 6);
    sfm_operators_key bad[11];
    for (int i = 0; i < 11; i++) bad[i] = good;
    bad[0].order = 0, bad[1].order = SFM_MAX_ORDER + 1, bad[2].check_order = -3;
    bad[3].check_order = SFM_MAX_CHECK_ORDER + 1, bad[4].cutoff = 0.0, bad[5].cutoff = NAN;
    bad[6].alpha_inner = 3.0, bad[7].alpha_outer = INFINITY, bad[8].floor = -1.0;
    bad[9] = yukawa(4, 6, -1.0), bad[10].kernel = (starfmm_kernel)99;
    for (int i = 0; i < 11; i++) {
        sfm_operators ops;
        CHECKF(sfm_operators_compute(&ops, &bad[i]) == STARFMM_EINVAL, "key %d", i);
        CHECKF(ops.memory == NULL && starfmm_last_error()[0] != '\0', "key %d", i);
    }
    sfm_operators ops;
    sfm_operators_key point = laplace(1, 1);
    CHECK_STATUS(STARFMM_ENUMERIC, sfm_operators_compute(&ops, &point));
}

static void check_short_memory(const sfm_block_kernel *kernel)
{
    sfm_operators ops;
    sfm_operators_key key = laplace(3, 4);
    starfmm_status status = STARFMM_ENOMEM;
    long n = 1;
    for (; n < 200 && status != STARFMM_OK; n++) {
        sfm_alloc_fail_after(n);
        status = sfm_operators_derive(&ops, &key, kernel);
        sfm_alloc_fail_after(0);
        CHECKF(status == STARFMM_OK || (status == STARFMM_ENOMEM && ops.memory == NULL),
               "allocation %ld: status %d", n, (int)status);
    }
    CHECKF(status == STARFMM_OK && n > 40, "%ld allocations", n);
    sfm_operators_free(&ops);
}

SFM_CASE(memory_may_fail_anywhere)
{
    check_short_memory(&sfm_test_stokeslet);
    check_short_memory(&sfm_test_crooked);
}

SFM_MAIN()
