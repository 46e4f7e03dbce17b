/* SPDX-License-Identifier: BSD-3-Clause */
/* Samples and spectra of all offsets, from those of a class, against the kernel itself and
 * the transform as it is defined. */
#include "operators/m2l/m2l_spectra.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "operators/dft/frequencies.h"
#include "operators/surface.h"
#include "tests/support/block_kernels.h"
#include "tests/support/test.h"

#define ALPHA SFM_INNER_FORM.alpha

static const double no_params[STARFMM_MAX_PARAMS];

/* [n_check][n_equiv][n][n][n] point by point. */
static double *naive_samples(const sfm_block_kernel *kernel, int order, const int offset[3])
{
    int n = 2 * order - 1, last = order - 1, pairs = kernel->n_check * kernel->n_equiv;
    double *out = malloc((size_t)(pairs * n * n * n) * sizeof *out);
    long double k[256], d[3];
    for (int i = 0; i < n * n * n; i++) {
        const int t[3] = {i % n - last, i / n % n - last, i / n / n - last};
        for (int c = 0; c < 3; c++)
            d[c] = (last ? 2.0L * ALPHA / last * t[c] : 0.0L) - 2.0L * offset[c];
        kernel->block(kernel, d, k);
        for (int p = 0; p < pairs; p++) out[p * n * n * n + i] = (double)k[p];
    }
    return out;
}

static void check_samples(const sfm_block_kernel *kernel, int order, int n_classes)
{
    int n = 2 * order - 1, count = kernel->n_check * kernel->n_equiv * n * n * n, n_far = 0;
    double *got = malloc((size_t)count * sizeof *got), worst = 0;
    sfm_m2l_samples s;
    CHECK_OK(sfm_m2l_samples_create(&s, kernel, order, ALPHA));
    CHECKF(s.n_classes == n_classes, "%s: %d classes", kernel->name, s.n_classes);
    for (int index = 0; index < SFM_M2L_OFFSETS; index++) {
        int offset[3];
        if (!sfm_m2l_offset(index, offset)) continue;
        double *want = naive_samples(kernel, order, offset);
        sfm_m2l_samples_of(&s, index, got);
        for (int i = 0; i < count; i++) worst = fmax(worst, fabs(got[i] - want[i]));
        free(want);
        n_far++;
    }
    CHECKF(n_far == SFM_M2L_FAR_OFFSETS && worst < 2e-15, "%s, order %d: %d offsets, %g",
           kernel->name, order, n_far, worst);
    sfm_m2l_samples_free(&s);
    free(got);
}

SFM_CASE(samples_are_the_kernel)
{
    const sfm_block_kernel laplace =
        sfm_block_kernel_of(sfm_kernel_get(STARFMM_LAPLACE), 0, 0, no_params);
    for (int order = 1; order <= 5; order++) check_samples(&laplace, order, 16);
    check_samples(&sfm_test_stokeslet, 3, 16);
    check_samples(&sfm_test_charge_and_dipole, 3, 16);
    check_samples(&sfm_test_wave, 2, 16);
    check_samples(&sfm_test_sheared, 3, 316);
    check_samples(&sfm_test_crooked, 2, 316);
}

/* The worst error of some frequencies of one offset and pair: the definition in dft.h. */
static double spectrum_error(const sfm_m2l_spectra *s, int order, int index, int check,
                             int equiv, const double *samples)
{
    int n = 2 * order - 1, last = order - 1;
    double worst = 0, *re = malloc(2 * (size_t)s->count * sizeof *re), *im = re + s->count;
    /* In two parts, as a table asks for them. */
    int half = s->count / 2;
    sfm_m2l_spectrum(s, index, check, equiv, 0, half, re, im);
    sfm_m2l_spectrum(s, index, check, equiv, half, s->count - half, re + half, im + half);
    for (int q = 0; q < s->count; q++) {
        int k[3];
        double real = 0, imaginary = 0;
        sfm_dft_frequency(order, q, k);
        for (int i = 0; i < n * n * n; i++) {
            double turns = k[0] * (i % n - last) + k[1] * (i / n % n - last) +
                           k[2] * (i / n / n - last);
            real += samples[i] * cos(2 * M_PI * turns / n);
            imaginary -= samples[i] * sin(2 * M_PI * turns / n);
        }
        double weight = (q == s->count - order ? 1.0 : 2.0) / (n * n * n);
        CHECK((k[0] || k[1] || k[2]) == (q != s->count - order));
        worst = fmax(worst, fabs(re[q] - weight * real));
        worst = fmax(worst, fabs(im[q] - weight * imaginary));
    }
    free(re);
    return worst;
}

static void check_spectra(const sfm_block_kernel *kernel, int order)
{
    int n = 2 * order - 1;
    double worst = 0;
    sfm_m2l_spectra s;
    CHECK_OK(sfm_m2l_spectra_create(&s, kernel, order, ALPHA));
    for (int index = 0; index < SFM_M2L_OFFSETS; index++) {
        int offset[3];
        if (!sfm_m2l_offset(index, offset)) continue;
        double *samples = naive_samples(kernel, order, offset);
        for (int p = 0; p < kernel->n_check * kernel->n_equiv; p++)
            worst =
                fmax(worst, spectrum_error(&s, order, index, p / kernel->n_equiv,
                                           p % kernel->n_equiv, samples + p * n * n * n));
        free(samples);
    }
    CHECKF(worst < 1e-15, "%s, order %d: %g", kernel->name, order, worst);
    sfm_m2l_spectra_free(&s);
}

SFM_CASE(spectra_are_the_transform_of_the_samples)
{
    const sfm_block_kernel laplace =
        sfm_block_kernel_of(sfm_kernel_get(STARFMM_LAPLACE), 0, 0, no_params);
    for (int order = 1; order <= 4; order++) check_spectra(&laplace, order);
    check_spectra(&sfm_test_stokeslet, 3);
    check_spectra(&sfm_test_field, 2);
    check_spectra(&sfm_test_sheared, 3);
    check_spectra(&sfm_test_crooked, 2);
}

static void not_finite(const sfm_block_kernel *b, const long double d[3], long double *k)
{
    (void)b;
    *k = d[0] > 7 ? INFINITY : 1;
}

SFM_CASE(a_kernel_that_is_not_finite_is_refused)
{
    const sfm_block_kernel kernel = {
        .name = "broken", .n_check = 1, .n_equiv = 1, .block = not_finite};
    sfm_m2l_spectra s;
    CHECK_STATUS(STARFMM_ENUMERIC, sfm_m2l_spectra_create(&s, &kernel, 3, ALPHA));
    CHECK(s.value == NULL && s.samples.value == NULL);
}

SFM_CASE(memory_may_fail_anywhere)
{
    const sfm_block_kernel laplace =
        sfm_block_kernel_of(sfm_kernel_get(STARFMM_LAPLACE), 0, 0, no_params);
    starfmm_status status = STARFMM_ENOMEM;
    sfm_m2l_spectra s;
    long n = 1;
    for (; n < 50 && status != STARFMM_OK; n++) {
        sfm_alloc_fail_after(n);
        status = sfm_m2l_spectra_create(&s, &laplace, 2, ALPHA);
        sfm_alloc_fail_after(0);
        CHECKF(status == STARFMM_OK || (status == STARFMM_ENOMEM && s.value == NULL),
               "allocation %ld: status %d", n, (int)status);
    }
    CHECKF(status == STARFMM_OK && n > 5, "%ld allocations", n);
    sfm_m2l_spectra_free(&s);
}

SFM_MAIN()
