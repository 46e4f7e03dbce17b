/* SPDX-License-Identifier: BSD-3-Clause */
/* Registration: what is taken, and kernels that are not what they say. */
#include "tests/support/test.h"

#include <math.h>
#include <string.h>

#include "kernels/kernel.h"
#include "tests/support/kit_kernels.h"

SFM_CASE(registered_kernels_are_found)
{
    starfmm_kernel id = STARFMM_LAPLACE;
    REQUIRE(starfmm_kernel_register(&sfm_test_kit_laplace, &id) == STARFMM_OK);
    const sfm_kernel *kernel = sfm_kernel_get(id);
    REQUIRE(kernel != NULL);
    CHECK(id > STARFMM_COUNT && kernel->id == id);
    CHECK(sfm_kernel_find("kit laplace") == kernel);
    for (int isa = 0; isa < STARFMM_N_ISA; isa++)
        CHECK(kernel->loops_f64[isa] == sfm_test_kit_laplace.loops_f64[0]);
    CHECK(sfm_kernel_get((starfmm_kernel)(id + 1)) == NULL);
    starfmm_kernel again = STARFMM_LAPLACE;
    CHECK_STATUS(STARFMM_EINVAL, starfmm_kernel_register(&sfm_test_kit_laplace, &again));
    CHECK(again == STARFMM_LAPLACE);
    CHECK_STATUS(STARFMM_EINVAL, starfmm_kernel_register(NULL, &id));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_kernel_register(&sfm_test_kit_laplace, NULL));
}

/* Many kernels, until there is no room. */
SFM_CASE(registry_is_bounded)
{
    static char name[200][16];
    starfmm_kernel id;
    int n = 0;
    for (starfmm_status status = STARFMM_OK; n < 200 && status == STARFMM_OK; n++) {
        sfm_kernel k = sfm_test_kit_laplace;
        snprintf(name[n], sizeof name[n], "kernel %d", n);
        k.name = name[n];
        status = starfmm_kernel_register(&k, &id);
        if (status != STARFMM_OK) CHECK_STATUS(STARFMM_ENOMEM, status);
    }
    CHECKF(n > 16 && n < 200, "%d", n);
    CHECK(sfm_kernel_find("kernel 3") != NULL);
}

/* A copy of the kit's Laplace with one thing changed is refused, with a message that names it. */
static void expect_refusal(const sfm_kernel *k, const char *word)
{
    starfmm_kernel id;
    sfm_set_error("");
    CHECK_STATUS(STARFMM_EINVAL, starfmm_kernel_register(k, &id));
    CHECKF(strstr(starfmm_last_error(), word) != NULL, "'%s': %s", word,
           starfmm_last_error());
}

SFM_CASE(malformed_definitions)
{
    sfm_kernel k = sfm_test_kit_laplace;
    k.size = 8, expect_refusal(&k, "size");
    k = sfm_test_kit_laplace, k.name = NULL, expect_refusal(&k, "name");
    k = sfm_test_kit_laplace, k.n_sources = 5, expect_refusal(&k, "kinds");
    k = sfm_test_kit_laplace, k.n_targets = 0, expect_refusal(&k, "kinds");
    k = sfm_test_kit_laplace, k.source[0].dim = 17, expect_refusal(&k, "components");
    k = sfm_test_kit_laplace, k.target[1].tensor[1] = 2, expect_refusal(&k, "tensors");
    k = sfm_test_kit_laplace, k.target[1].name = NULL, expect_refusal(&k, "kind");
    k = sfm_test_kit_laplace, k.factor = NAN, expect_refusal(&k, "factor");
    k = sfm_test_kit_laplace, k.loops_f32[0] = NULL, expect_refusal(&k, "loops");
    k = sfm_test_kit_laplace, k.reference = NULL, expect_refusal(&k, "reference");
    k = sfm_test_kit_laplace, k.n_params = 1, expect_refusal(&k, "parameter");
    k = sfm_test_kit_laplace, k.n_targets = 3;
    k.target[2] = k.target[0], expect_refusal(&k, "no loop");
}

/* Plain functions that lie. */
static void gaussian(const double d[3], const double *params, double *k)
{
    (void)params;
    k[0] = exp(-d[0] * d[0] - d[1] * d[1] - d[2] * d[2]);
}
static void growing(const double d[3], const double *params, double *k)
{
    (void)params;
    k[0] = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
}
static void not_a_number(const double d[3], const double *params, double *k)
{
    (void)params;
    k[0] = d[0] > 0 ? sqrt(-d[0]) : 1 / (d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
}
static void leaning(const double d[3], const double *params, double *k)
{
    double r = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
    (void)params;
    k[0] = (1 + d[0] / (2 * r)) / r;
}

static sfm_kernel plain_kernel(void (*pair)(const double d[3], const double *params,
                                            double *k))
{
    return (sfm_kernel){.size = sizeof(sfm_kernel),
                        .name = "a plain function",
                        .degree = -1,
                        .factor = 1,
                        .n_sources = 1,
                        .source = {{"charge", 1, {0}, {1}}},
                        .n_targets = 1,
                        .target = {{"potential", 1, {0}, {1}}},
                        .flops = {{20}},
                        .pair = pair};
}

SFM_CASE(kernels_that_lie)
{
    sfm_kernel k = sfm_test_kit_laplace;
    k.degree = -2, expect_refusal(&k, "degrees");
    k = sfm_test_kit_laplace, k.target[1].degree[2] = 0, expect_refusal(&k, "degrees");
    k = sfm_test_kit_laplace, k.properties |= STARFMM_ODD, expect_refusal(&k, "odd");
    k = sfm_test_kit_laplace;
    for (int i = 1; i < 4; i++) k.target[1].tensor[i] = 1;
    expect_refusal(&k, "isotropic");
    k = sfm_test_kit_laplace, k.reference = sfm_kernel_get(STARFMM_YUKAWA)->reference;
    k.n_params = 1, k.param[0] = (starfmm_parameter){"kappa", 1, 0, 2, 0};
    expect_refusal(&k, "loop");

    k = plain_kernel(gaussian), expect_refusal(&k, "degrees");
    k = plain_kernel(growing), k.degree = 1, expect_refusal(&k, "decay");
    k = plain_kernel(not_a_number), expect_refusal(&k, "nan");
    k = plain_kernel(leaning);
    CHECK_OK(sfm_kernel_validate(&k, SFM_ISA_PORTABLE));
    k.properties = STARFMM_EVEN, expect_refusal(&k, "even");
    k.properties = STARFMM_ISOTROPIC, expect_refusal(&k, "isotropic");
    k.properties = STARFMM_SYMMETRIC, expect_refusal(&k, "symmetric");
    k.properties = 0, k.n_targets = 2, k.target[1] = k.target[0];
    k.target[1].name = "other", expect_refusal(&k, "plain");
}

/* A kernel's pair function written again. */
SFM_CASE(builtin_kernels_are_reserved)
{
    sfm_kernel k = sfm_test_kit_laplace;
    k.name = "laplace", expect_refusal(&k, "already");
}

SFM_MAIN()
