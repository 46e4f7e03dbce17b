/* SPDX-License-Identifier: BSD-3-Clause */
/* Kernels of users: one that re-implements Laplace with the kit (tests/support/kit_laplace.c), and
 * plain functions of a pair. */
#include "tests/support/test.h"

#include "tests/support/kernel_sums.h"

extern const starfmm_kernel_definition sfm_test_kit_laplace;

static void fill(body b[3])
{
    random_state = 1;
    for (int i = 0; i < 3; i++) {
        b[i] = make_body(i == 0 ? 45 : 17);
        for (int k = 0; k < 3 && i == 0; k++) b[0].shift[k] = 0;
        place_body(&b[i]);
    }
}

/* The same loops but for who wrote them: the same bits, of the library's portable ones (the tests
 * are compiled for no other instruction set). */
SFM_CASE(kit_has_the_bits_of_the_builtin)
{
    body b[3];
    fill(b);
    const size_t bytes = MAX_DIM * N_RHS * b[0].ld * sizeof(real);
    real *kept = new_array(1, bytes);
    trial t = {.kernel = sfm_kernel_get(STARFMM_LAPLACE), .n_rhs = 1}, kit = t;
    do {
        for (t.target = 0; t.target < 2; t.target++) {
            kit = t;
            kit.kernel = &sfm_test_kit_laplace;
            run_one_sided(&b[0], &b[1], 2, &t);
            memcpy(kept, b[0].out, bytes);
            run_one_sided(&b[0], &b[1], 2, &kit);
            CHECKF(memcmp(kept, b[0].out, bytes) == 0, "%s", describe(&kit));
        }
        t.target = 0;
    } while (next_loop(&t) && t.isa == SFM_ISA_PORTABLE);
    free(kept);
    for (int i = 0; i < 3; i++) free_body(&b[i]);
}

/* The reference that the kit makes of a pair function. */
SFM_CASE(kit_has_the_reference_of_the_builtin)
{
    random_state = 2;
    for (int i = 0; i < 100; i++) {
        long double d[3] = {random_unit(), random_unit(), random_unit()}, a[4], b[4];
        if (i == 0) d[0] = d[1] = d[2] = 0;
        sfm_kernel_reference(sfm_kernel_get(STARFMM_LAPLACE), 0, 1, d, NULL, a);
        sfm_kernel_reference(&sfm_test_kit_laplace, 0, 1, d, NULL, b);
        for (int k = 0; k < 4; k++)
            CHECKF(fabsl(a[k] - b[k]) <= 1e-18L * fabsl(a[k]), "%Lg, %Lg", a[k], b[k]);
    }
}

/* Biot-Savart, q x d / r^3, as a plain function. */
static void biot_savart(const double d[3], const double *params, double *k)
{
    double r2 = d[0] * d[0] + d[1] * d[1] + d[2] * d[2], w = params[0] / (r2 * sqrt(r2));
    for (int i = 0; i < 3; i++) {
        k[3 * i + i] = 0;
        k[3 * i + (i + 1) % 3] = w * d[(i + 2) % 3];
        k[3 * i + (i + 2) % 3] = -w * d[(i + 1) % 3];
    }
}

static const starfmm_kernel_definition plain = {.size = sizeof(starfmm_kernel_definition),
                                                .name = "plain biot_savart",
                                                .n_params = 1,
                                                .param = {{"strength", 0, 1, 2, 0}},
                                                .degree = -2,
                                                .factor = 1,
                                                .n_sources = 1,
                                                .source = {{"current", 3, {0}, {3}}},
                                                .n_targets = 1,
                                                .target = {{"field", 3, {0}, {3}}},
                                                .properties = STARFMM_ODD,
                                                .flops = {{27}},
                                                .pair = biot_savart};

SFM_CASE(plain_functions_are_summed)
{
    body b[3];
    fill(b);
    CHECK_OK(sfm_kernel_validate(&plain, SFM_ISA_PORTABLE));
    trial t = {
        .kernel = &plain, .params = {1.5}, .accuracy = SFM_ACCURACY_FULL, .n_rhs = N_RHS};
    add_reference(&b[0], &b[1], &t, 1);
    add_reference(&b[0], &b[2], &t, 1);
    run_one_sided(&b[0], &b[1], 2, &t);
    double worst = worst_error(&b[0], &t, 34);
    CHECKF(worst <= 1, "%g bounds", worst);
    CHECK(SFM(mutual_get)(&plain, SFM_ISA_PORTABLE, SFM_ACCURACY_FULL, 0, 0) == NULL);
    for (int i = 0; i < 3; i++) free_body(&b[i]);
}

SFM_MAIN()
