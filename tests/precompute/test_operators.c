/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The operators against the direct sum: what they are for is that the field of an expansion
 * is the field of the sources.  Everything here is in the coordinates of one unit box, in
 * long double sums of the reference kernel.
 */
#include "precompute/operators.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "operators/surface.h"
#include "tests/support/test.h"

#define SEED 3
#define N_SOURCES 40
#define N_TARGETS 40
/* Check points of a child lie close to the parent's surface, where the field of an
 * expansion is at its worst: L2L errors are this much larger than those in the box. */
#define NEAR_SURFACE 5
#define MAX_POINTS (6 * 17 * 17 + 2)

typedef struct cloud {
    int n;
    double xyz[MAX_POINTS][3], q[MAX_POINTS];
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
        c->q[i] = 0.0;
    }
}

/* Random points of a box, charges in [0, 1]. */
static void set_box(cloud *c, int n, double half, const double centre[3])
{
    c->n = n;
    for (int i = 0; i < n; i++) {
        for (int d = 0; d < 3; d++) c->xyz[i][d] = centre[d] + uniform(-half, half);
        c->q[i] = uniform(0, 1);
    }
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
        c->q[c->n] = uniform(0, 1);
        if (largest >= 3) c->n++;
    }
}

static void evaluate(const sfm_operators_key *key, const cloud *trg, const cloud *src,
                     double *potential)
{
    const sfm_kernel *kernel = sfm_kernel_get(key->kernel);
    for (int i = 0; i < trg->n; i++) {
        long double sum = 0.0L;
        for (int j = 0; j < src->n; j++) {
            long double r[3];
            for (int d = 0; d < 3; d++)
                r[d] = (long double)trg->xyz[i][d] - (long double)src->xyz[j][d];
            sum += src->q[j] * sfm_kernel_value(kernel, r, key->params);
        }
        potential[i] = (double)sum;
    }
}

static void apply(int rows, int cols, const double *a, const double *x, double *y)
{
    for (int i = 0; i < rows; i++) {
        double sum = 0.0;
        for (int j = 0; j < cols; j++) sum += a[i * cols + j] * x[j];
        y[i] = sum;
    }
}

static void solve(int rank, int n_in, int n_out, double *const factors[2],
                  const double *check, double *density)
{
    static double inside[MAX_POINTS];
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
static double values[MAX_POINTS], want[MAX_POINTS], got[MAX_POINTS];

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
static double p2m_error(const sfm_operators *ops)
{
    const sfm_operators_key *key = &ops->key;
    set_box(&src, N_SOURCES, 1.0, origin);
    set_far(&trg, N_TARGETS);
    set_surface(&check, key->check_order, key->alpha_outer, 1.0, origin);
    set_surface(&equiv, key->order, key->alpha_inner, 1.0, origin);
    evaluate(key, &check, &src, values);
    solve(ops->up_rank, ops->n_c, ops->n_e, ops->uc2e, values, equiv.q);
    evaluate(key, &trg, &src, want);
    evaluate(key, &trg, &equiv, got);
    return relative_error(trg.n, got, want);
}

/* Field in the unit box of the downward density of sources far away. */
static double p2l_error(const sfm_operators *ops)
{
    const sfm_operators_key *key = &ops->key;
    set_far(&src, N_SOURCES);
    set_box(&trg, N_TARGETS, 1.0, origin);
    set_surface(&check, key->order, key->alpha_inner, 1.0, origin);
    set_surface(&equiv, key->check_order, key->alpha_outer, 1.0, origin);
    evaluate(key, &check, &src, values);
    solve(ops->dn_rank, ops->n_e, ops->n_c, ops->dc2e, values, equiv.q);
    evaluate(key, &trg, &src, want);
    evaluate(key, &trg, &equiv, got);
    return relative_error(trg.n, got, want);
}

static void child_centre(int octant, double centre[3])
{
    for (int d = 0; d < 3; d++) centre[d] = octant >> d & 1 ? 0.5 : -0.5;
}

/* Any density of a child's upward surface: its far field, from the parent's density. */
static double m2m_error(const sfm_operators *ops, int octant)
{
    const sfm_operators_key *key = &ops->key;
    double centre[3];
    child_centre(octant, centre);
    set_surface(&src, key->order, key->alpha_inner, 0.5, centre);
    for (int i = 0; i < src.n; i++) src.q[i] = uniform(0, 1);
    set_far(&trg, N_TARGETS);
    set_surface(&equiv, key->order, key->alpha_inner, 1.0, origin);
    apply(ops->n_e, ops->n_e, ops->m2m[octant], src.q, equiv.q);
    evaluate(key, &trg, &src, want);
    evaluate(key, &trg, &equiv, got);
    return relative_error(trg.n, got, want);
}

/* L2L, 2^degree m2m^T: the check potential of charges far away, from that of the parent to
 * that of the child; what is wanted is the potential in coordinates of the child. */
static double l2l_error(const sfm_operators *ops, int octant)
{
    static double parent[MAX_POINTS];
    const sfm_kernel *kernel = sfm_kernel_get(ops->key.kernel);
    sfm_operators_key child = ops->key;
    double centre[3];
    child_centre(octant, centre);
    set_far(&src, N_SOURCES);
    set_surface(&check, ops->key.order, ops->key.alpha_inner, 1.0, origin);
    evaluate(&ops->key, &check, &src, parent);
    for (int i = 0; i < src.n; i++)
        for (int d = 0; d < 3; d++) src.xyz[i][d] = (src.xyz[i][d] - centre[d]) / 0.5;
    sfm_kernel_scale_params(kernel, ops->key.params, 0.5, child.params);
    evaluate(&child, &check, &src, want);
    for (int j = 0; j < ops->n_e; j++) {
        double sum = 0.0;
        for (int i = 0; i < ops->n_e; i++)
            sum += ops->m2m[octant][i * ops->n_e + j] * parent[i];
        got[j] = pow(2, kernel->degree) * sum;
    }
    return relative_error(ops->n_e, got, want);
}

static void check_accuracy(const sfm_operators_key *key, double bound)
{
    sfm_operators ops;
    srand(SEED);
    REQUIRE(sfm_operators_compute(&ops, key) == STARFMM_OK);
    CHECKF(sfm_operators_is_valid(&ops, key), "%s", starfmm_last_error());
    double error = p2m_error(&ops);
    CHECKF(error < bound, "order %d: P2M %g (seed %d)", key->order, error, SEED);
    error = p2l_error(&ops);
    CHECKF(error < bound, "order %d: P2L %g", key->order, error);
    for (int o = 0; o < 8; o++) {
        error = m2m_error(&ops, o);
        CHECKF(error < bound, "order %d: M2M of octant %d %g", key->order, o, error);
        error = l2l_error(&ops, o);
        CHECKF(error < NEAR_SURFACE * bound, "order %d: L2L of octant %d %g", key->order, o,
               error);
    }
    sfm_operators_free(&ops);
}

SFM_CASE(laplace_fields_converge_with_the_order)
{
    static const struct {
        int order, check_order;
        double bound;
    } cases[] = {{2, 2, 3e-2}, {3, 3, 5e-3},  {4, 6, 1e-4},   {6, 6, 3e-6},
                 {6, 8, 1e-6}, {8, 10, 2e-8}, {10, 12, 2e-10}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sfm_operators_key key = laplace(cases[i].order, cases[i].check_order);
        check_accuracy(&key, cases[i].bound);
    }
}

SFM_CASE(yukawa_fields)
{
    sfm_operators_key key = yukawa(6, 8, 1.5);
    check_accuracy(&key, 1e-4);
    key = yukawa(8, 10, 0.01);
    check_accuracy(&key, 2e-8);
}

SFM_CASE(yukawa_of_kappa_zero_is_laplace)
{
    sfm_operators a, b;
    sfm_operators_key la = laplace(4, 6), yu = yukawa(4, 6, 0.0);
    REQUIRE(sfm_operators_compute(&a, &la) == STARFMM_OK);
    REQUIRE(sfm_operators_compute(&b, &yu) == STARFMM_OK);
    CHECK(relative_error(a.n_e * a.n_e, b.m2m[5], a.m2m[5]) < 1e-9);
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
    for (int o = 0; o < 8; o++) CHECK(ops.m2m[o][0] == 1.0);
    CHECKF(sfm_operators_is_valid(&ops, &key), "%s", starfmm_last_error());
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
        CHECKF(sfm_operators_is_valid(&ops, &key), "kappa %g: %s", kappas[i],
               starfmm_last_error());
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

SFM_CASE(memory_may_fail_anywhere)
{
    sfm_operators ops;
    sfm_operators_key key = laplace(3, 4);
    starfmm_status status = STARFMM_ENOMEM;
    long n = 1;
    for (; n < 100 && status != STARFMM_OK; n++) {
        sfm_alloc_fail_after(n);
        status = sfm_operators_compute(&ops, &key);
        sfm_alloc_fail_after(0);
        CHECKF(status == STARFMM_OK || (status == STARFMM_ENOMEM && ops.memory == NULL),
               "allocation %ld: status %d", n, (int)status);
    }
    CHECKF(status == STARFMM_OK && n > 10, "%ld allocations", n);
    int valid = 0;
    for (n = 1; n < 100 && !valid; n++) {
        sfm_alloc_fail_after(n);
        valid = sfm_operators_is_valid(&ops, &key);
        sfm_alloc_fail_after(0);
    }
    CHECKF(valid && n > 5, "%ld allocations", n);
    sfm_operators_free(&ops);
}

/* One wrong number in any array is found: not a number anywhere, or, in arrays whose every
 * entry counts, a wrong size. */
SFM_CASE(damage_is_found)
{
    sfm_operators ops;
    sfm_operators_key key = laplace(4, 6), other = laplace(4, 5);
    REQUIRE(sfm_operators_compute(&ops, &key) == STARFMM_OK);
    double *const arrays[] = {ops.uc2e[0], ops.uc2e[1], ops.dc2e[0], ops.dc2e[1],
                              ops.m2m[0],  ops.m2m[7],  ops.sigma};
    CHECKF(sfm_operators_is_valid(&ops, &key), "%s", starfmm_last_error());
    for (int i = 0; i < 7; i++) {
        double *entry = arrays[i] + (i < 6 ? 160 : 5), right = *entry;
        *entry = NAN;
        CHECKF(!sfm_operators_is_valid(&ops, &key), "NaN in array %d", i);
        *entry = right + 1e-3 * (1 + fabs(right));
        if (i < 6)
            CHECKF(!sfm_operators_is_valid(&ops, &key), "wrong entry in array %d", i);
        *entry = right;
    }
    CHECK(!sfm_operators_is_valid(&ops, &other));
    ops.up_rank++;
    CHECK(!sfm_operators_is_valid(&ops, &key));
    sfm_operators_free(&ops);
}

SFM_MAIN()
