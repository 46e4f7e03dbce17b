/* SPDX-License-Identifier: BSD-3-Clause */
/* What the kernels are: the registry, and identities of the long double references, which the
 * loops are compared with.  Whatever can be said of any kernel is tried on all in the registry.
 */
#include "tests/support/kernel_value.h"
#include "tests/support/kernel_values.h"
#include "tests/support/kinds.h"

SFM_CASE(registry_knows_its_kernels)
{
    for (int id = 0; get(id) || id < 3; id++) {
        const sfm_kernel *k = get(id);
        REQUIRE(k != NULL);
        CHECK(k->id == (starfmm_kernel)id);
        CHECK(sfm_kernel_find(k->name) == k);
        for (int s = 0; s < k->n_sources; s++)
            CHECK(sfm_test_source(k, k->source[s].name) == s);
        for (int t = 0; t < k->n_targets; t++)
            CHECK(sfm_test_target(k, k->target[t].name) == t);
        CHECK(sfm_test_source(k, "none") == -1 && sfm_test_target(k, "none") == -1);
    }
    CHECK(sfm_kernel_find("laplace") == get(STARFMM_LAPLACE));
    CHECK(sfm_kernel_find("none") == NULL);
    CHECK(get(-1) == NULL && get(1000000) == NULL);
}

/* All but count, which does not decay, are true to what they declare. */
SFM_CASE(definitions_are_true)
{
    for (int id = 0; get(id); id++)
        for (int j = 0; j < STARFMM_N_ISA; j++) {
            sfm_isa isa = (sfm_isa)j;
            if (sfm_isa_select(sfm_isa_name(isa), &isa) != STARFMM_OK) continue;
            if (id != STARFMM_COUNT) {
                CHECK_OK(sfm_kernel_validate(get(id), isa));
                continue;
            }
            CHECK_STATUS(STARFMM_EINVAL, sfm_kernel_validate(get(id), isa));
            CHECKF(strstr(sfm_get_error(), "does not decay") != NULL, "%s",
                   sfm_get_error());
        }
}

SFM_CASE(params_are_checked)
{
    const double bad[] = {-1, -1e-300, NAN, INFINITY, -INFINITY}, good[] = {0, 1, 1e300};
    for (int i = 0; i < 5; i++) {
        check_param(STARFMM_YUKAWA, bad[i], 0);
        check_param(STARFMM_LAPLACE, bad[i], 1);
        check_param(STARFMM_COUNT, bad[i], 1);
    }
    for (int i = 0; i < 3; i++) check_param(STARFMM_YUKAWA, good[i], 1);
}

SFM_CASE(homogeneous_when_no_length_is_in_use)
{
    const double zero[STARFMM_MAX_PARAMS] = {0};
    CHECK(sfm_kernel_is_homogeneous(get(STARFMM_LAPLACE), params));
    CHECK(!sfm_kernel_is_homogeneous(get(STARFMM_YUKAWA), params));
    CHECK(sfm_kernel_is_homogeneous(get(STARFMM_YUKAWA), zero));
}

SFM_CASE(values)
{
    const long double d[3] = {2, -1, 2}; /* r = 3 */
    const long double yukawa = expl(-3 * (long double)params[0]) / 3;
    const double four_pi = 4 * acos(-1.0);
    CHECK(fabsl(sfm_kernel_value(get(STARFMM_LAPLACE), d, params) - 1.0L / 3) < 1e-18L);
    CHECK(fabsl(sfm_kernel_value(get(STARFMM_YUKAWA), d, params) - yukawa) < 1e-18L);
    CHECK(sfm_kernel_value(get(STARFMM_COUNT), d, params) == 1);
    CHECK(fabs(get(STARFMM_LAPLACE)->factor * four_pi - 1) < 1e-15);
    CHECK(fabs(get(STARFMM_YUKAWA)->factor * four_pi - 1) < 1e-15);
    CHECK(get(STARFMM_COUNT)->factor == 1);
}

SFM_CASE(coincident_pair)
{
    const long double zero[3] = {0};
    for (int id = 0; get(id); id++)
        for (int s = 0; s < get(id)->n_sources; s++)
            for (int t = 0; t < get(id)->n_targets; t++) {
                long double k[MAX_BLOCK];
                sfm_kernel_reference(get(id), s, t, zero, params, k);
                for (int e = 0; e < block_size(get(id), s, t); e++)
                    CHECK(k[e] == (e == 0 && id == STARFMM_COUNT ? 1 : 0));
            }
}

/* ---- derivatives -------------------------------------------------------------------------- */

/* "gradient" is "potential" and its derivatives, component by component of a number. */
SFM_CASE(gradients_are_derivatives)
{
    int n_tried = 0;
    for (int id = 0; get(id); id++) {
        const sfm_kernel *kernel = get(id);
        const int more = sfm_test_target(kernel, "gradient");
        for (int s = 0; s < kernel->n_sources && more >= 0; s++)
            for (int j = 0; j < N_POINTS; j++, n_tried++) {
                const int n = block_size(kernel, s, 0);
                long double gradient[MAX_BLOCK], potential[MAX_BLOCK];
                sfm_kernel_reference(kernel, s, more, points[j], params, gradient);
                sfm_kernel_reference(kernel, s, 0, points[j], params, potential);
                for (int i = 0; i < n; i++) CHECK(gradient[i] == potential[i]);
                for (int axis = 0; axis < 3; axis++) {
                    differentiate(kernel, s, 0, points[j], axis, STEP * length(points[j]),
                                  potential);
                    expect_derivative(kernel->name, gradient + (axis + 1) * n, potential, n,
                                      norm(gradient + n, 3 * n));
                }
            }
    }
    CHECK(n_tried >= 7 * N_POINTS); /* laplace 3, yukawa 3, count 1 */
}

/* xx xy xz yy yz zz of Laplace; and no trace. */
SFM_CASE(hessians_are_derivatives)
{
    static const int row[6] = {0, 0, 0, 1, 1, 2}, column[6] = {0, 1, 2, 1, 2, 2};
    const sfm_kernel *kernel = get(STARFMM_LAPLACE);
    for (int j = 0; j < N_POINTS; j++)
        for (int s = 0; s < kernel->n_sources; s++) {
            const int n = kernel->source[s].dim;
            long double hessian[MAX_BLOCK], difference[MAX_BLOCK];
            sfm_kernel_reference(kernel, s, 2, points[j], params, hessian);
            for (int e = 0; e < 6; e++) {
                differentiate(kernel, s, 1, points[j], column[e], STEP * length(points[j]),
                              difference);
                expect_derivative("hessian", hessian + (e + 4) * n,
                                  difference + (row[e] + 1) * n, n,
                                  norm(hessian + 4 * n, 6 * n));
            }
            for (int a = 0; a < n; a++) {
                const long double *diagonal = hessian + 4 * n + a;
                long double trace = diagonal[0] + diagonal[3 * n] + diagonal[5 * n];
                CHECKF(fabsl(trace) <= 1e-15L * norm(hessian + 4 * n, 6 * n), "%Lg", trace);
            }
        }
}

/* A "dipole" is the limit of two opposite "charge"s: minus the derivative at the target. */
static void check_dipole(const sfm_kernel *kernel, int dipole, int target,
                         const long double d[3])
{
    const int n = kernel->source[0].dim, rows = kernel->target[target].dim;
    long double of_dipole[MAX_BLOCK], difference[MAX_BLOCK], part[MAX_BLOCK];
    sfm_kernel_reference(kernel, dipole, target, d, params, of_dipole);
    for (int axis = 0; axis < 3; axis++) {
        differentiate(kernel, 0, target, d, axis, STEP * length(d), difference);
        for (int b = 0; b < rows; b++)
            for (int a = 0; a < n; a++)
                part[b * n + a] = -of_dipole[(b * 3 + axis) * n + a];
        expect_derivative(kernel->name, part, difference, rows * n,
                          norm(difference, rows * n));
    }
}

SFM_CASE(dipoles_are_pairs_of_charges)
{
    int n_tried = 0;
    for (int id = 0; get(id); id++) {
        const int dipole = sfm_test_source(get(id), "dipole");
        for (int t = 0; t < get(id)->n_targets && dipole >= 0; t++)
            for (int j = 0; j < N_POINTS; j++, n_tried++)
                check_dipole(get(id), dipole, t, points[j]);
    }
    CHECK(n_tried >= 5 * N_POINTS); /* laplace 3, yukawa 2 */
}

/* "both" is a charge and then a dipole. */
SFM_CASE(both_is_charge_and_dipole)
{
    for (int id = 0; get(id); id++) {
        const int both = sfm_test_source(get(id), "both");
        for (int t = 0; t < get(id)->n_targets && both >= 0; t++) {
            long double charge[MAX_BLOCK], dipole[MAX_BLOCK], all[MAX_BLOCK];
            sfm_kernel_reference(get(id), 0, t, points[1], params, charge);
            sfm_kernel_reference(get(id), 1, t, points[1], params, dipole);
            sfm_kernel_reference(get(id), both, t, points[1], params, all);
            for (int b = 0; b < get(id)->target[t].dim; b++) {
                CHECK(all[4 * b] == charge[b]);
                for (int a = 0; a < 3; a++) CHECK(all[4 * b + 1 + a] == dipole[3 * b + a]);
            }
        }
    }
}

SFM_CASE(yukawa_without_screening_is_laplace)
{
    for (int source = 0; source < 3; source++)
        for (int target = 0; target < 2; target++)
            expect_limit(STARFMM_YUKAWA, 0, STARFMM_LAPLACE, source, target, 1);
}

SFM_MAIN()
