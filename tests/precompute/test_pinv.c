/* SPDX-License-Identifier: BSD-3-Clause */
/* Decompositions by blocks against that of the whole matrix. */
#include "precompute/pinv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/blas.h"
#include "base/memory.h"
#include "operators/surface.h"
#include "tests/support/block_kernels.h"
#include "tests/support/test.h"

static const double no_params[STARFMM_MAX_PARAMS];

static sfm_block_kernel laplace(void)
{
    return sfm_block_kernel_of(sfm_kernel_get(STARFMM_LAPLACE), 0, 0, no_params);
}

/* The whole decomposition, from the kernel point by point. */
typedef struct whole {
    size_t rows, columns, k;
    double *a, *u, *sigma, *vt;
} whole;

static whole whole_of(const sfm_block_kernel *kernel, int check_order, int equiv_order)
{
    size_t n = (size_t)sfm_surface_count(check_order);
    size_t m = (size_t)sfm_surface_count(equiv_order);
    size_t c = (size_t)kernel->n_check, e = (size_t)kernel->n_equiv;
    whole w = {.rows = n * c, .columns = m * e};
    double *x = malloc(3 * (n + m) * sizeof *x), *y = x + 3 * n;
    long double block[256], d[3];
    sfm_surface_points(check_order, SFM_OUTER_FORM, x, x + n, x + 2 * n, NULL);
    sfm_surface_points(equiv_order, SFM_INNER_FORM, y, y + m, y + 2 * m, NULL);
    w.k = w.rows < w.columns ? w.rows : w.columns;
    w.a = malloc(w.rows * w.columns * sizeof *w.a);
    double *copy = malloc(w.rows * w.columns * sizeof *copy);
    w.u = malloc(w.rows * w.k * sizeof *w.u);
    w.sigma = malloc(w.k * sizeof *w.sigma);
    w.vt = malloc(w.k * w.columns * sizeof *w.vt);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++) {
            for (size_t k = 0; k < 3; k++) d[k] = (long double)x[k * n + i] - y[k * m + j];
            kernel->block(kernel, d, block);
            for (size_t b = 0; b < c; b++)
                for (size_t a = 0; a < e; a++)
                    w.a[(b * n + i) * w.columns + a * m + j] = (double)block[b * e + a];
        }
    memcpy(copy, w.a, w.rows * w.columns * sizeof *copy);
    CHECK(sfm_svd_f64(w.rows, w.columns, copy, w.u, w.sigma, w.vt) == 0);
    free(copy);
    free(x);
    return w;
}

static void whole_free(whole *w)
{
    free(w->a), free(w->u), free(w->sigma), free(w->vt);
}

/* A cut in the widest gap of the singular values above 1e-9 of the largest, and its place.
 */
static double widest_gap(const whole *w, size_t *rank)
{
    double widest = 0, cutoff = 0;
    for (size_t i = w->k / 3; i + 1 < w->k && w->sigma[i + 1] > 1e-9 * w->sigma[0]; i++)
        if (w->sigma[i] / w->sigma[i + 1] > widest) {
            widest = w->sigma[i] / w->sigma[i + 1];
            cutoff = sqrt(w->sigma[i] * w->sigma[i + 1]) / w->sigma[0];
            *rank = i + 1;
        }
    return cutoff;
}

static int descending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* The largest difference of singular values, partners repeated, relative to the largest.  A
 * block that is not square leaves out some that are 0. */
static double sigma_error(const sfm_pinv *p, const whole *w)
{
    double *all = malloc(w->k * sizeof *all), worst = 0;
    size_t n = 0;
    for (int i = 0; i < p->check.n_irreps; i++)
        for (size_t r = 0; r < p->block[i].k; r++)
            for (int m = 0; m < sfm_irrep_dim(i) && n < w->k; m++)
                all[n++] = p->block[i].sigma[r];
    CHECKF(10 * n > 9 * w->k, "%zu singular values of %zu", n, w->k);
    for (size_t r = n; r < w->k; r++) all[r] = 0;
    n = w->k;
    qsort(all, n, sizeof *all, descending);
    for (size_t r = 0; r < n; r++)
        worst = fmax(worst, fabs(all[r] - w->sigma[r]) / w->sigma[0]);
    free(all);
    return worst;
}

/* The largest element of  B B^T - C^T C,  B [n][rank], C [rank][n]: projectors. */
static double projector_error(size_t n, size_t rank, const double *b, const double *ct)
{
    double worst = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = 0;
            for (size_t r = 0; r < rank; r++)
                sum += b[i * rank + r] * b[j * rank + r] - ct[r * n + i] * ct[r * n + j];
            worst = fmax(worst, fabs(sum));
        }
    return worst;
}

/* Of (S^-1 U^T) A - V^T and A (S^-1 V^T)^T - U, which are 0 for singular vectors. */
static double factor_error(const whole *w, size_t rank, const double *u, const double *v,
                           const double *scaled_ut, const double *scaled_vt)
{
    double worst = 0;
    for (size_t r = 0; r < rank; r++) {
        for (size_t j = 0; j < w->columns; j++) {
            double sum = -v[j * rank + r];
            for (size_t i = 0; i < w->rows; i++)
                sum += scaled_ut[r * w->rows + i] * w->a[i * w->columns + j];
            worst = fmax(worst, fabs(sum));
        }
        for (size_t i = 0; i < w->rows; i++) {
            double sum = -u[i * rank + r];
            for (size_t j = 0; j < w->columns; j++)
                sum += w->a[i * w->columns + j] * scaled_vt[r * w->columns + j];
            worst = fmax(worst, fabs(sum));
        }
    }
    return worst;
}

static void check_kernel(const sfm_block_kernel *kernel, int check_order, int equiv_order)
{
    whole w = whole_of(kernel, check_order, equiv_order);
    size_t rank = w.k;
    double cutoff = widest_gap(&w, &rank);
    if (cutoff == 0) cutoff = 1e-14;
    sfm_pinv p;
    CHECK_OK(sfm_pinv_compute(&p, kernel, check_order, SFM_OUTER_FORM, equiv_order,
                              SFM_INNER_FORM, cutoff, 0.0));
    CHECKF(p.rank == rank, "%s %d/%d: rank %zu, not %zu", kernel->name, equiv_order,
           check_order, p.rank, rank);
    CHECKF(sigma_error(&p, &w) < 1e-14, "%s %d/%d: singular values off by %g", kernel->name,
           equiv_order, check_order, sigma_error(&p, &w));
    double *u = malloc(w.rows * rank * sizeof *u),
           *v = malloc(w.columns * rank * sizeof *v);
    double *ut = malloc(w.rows * rank * sizeof *u),
           *vt = malloc(w.columns * rank * sizeof *v);
    if (p.rank == rank) {
        CHECK_OK(sfm_pinv_expand_u(&p, u, ut));
        CHECK_OK(sfm_pinv_expand_v(&p, v, vt));
        /* Rounding in A moves singular vectors by eps / the relative value. */
        double bound = 1e-14 * w.sigma[0] / w.sigma[rank - 1] + 1e-13;
        double error = factor_error(&w, rank, u, v, ut, vt);
        CHECKF(error < bound, "%s %d/%d: factors off by %g, not %g", kernel->name,
               equiv_order, check_order, error, bound);
        error = projector_error(w.columns, rank, v, w.vt);
        CHECKF(error < bound, "%s %d/%d: projector off by %g, not %g", kernel->name,
               equiv_order, check_order, error, bound);
    }
    free(u), free(v), free(ut), free(vt);
    sfm_pinv_free(&p);
    whole_free(&w);
}

SFM_CASE(laplace_by_blocks_is_the_whole)
{
    const sfm_block_kernel kernel = laplace();
    for (int order = 1; order <= 8; order++) check_kernel(&kernel, order + 2, order);
    check_kernel(&kernel, 4, 4);
    check_kernel(&kernel, 4, 7); /* more densities than potentials */
}

SFM_CASE(yukawa_by_blocks_is_the_whole)
{
    static const double kappa[STARFMM_MAX_PARAMS] = {1.5};
    const sfm_block_kernel kernel =
        sfm_block_kernel_of(sfm_kernel_get(STARFMM_YUKAWA), 0, 0, kappa);
    check_kernel(&kernel, 7, 6);
}

SFM_CASE(vectors_by_blocks_are_the_whole)
{
    for (int order = 2; order <= 5; order++)
        check_kernel(&sfm_test_stokeslet, order + 1, order);
    check_kernel(&sfm_test_field, 4, 5);
    check_kernel(&sfm_test_charge_and_dipole, 6, 3);
    check_kernel(&sfm_test_wave, 5, 4);
}

SFM_CASE(without_symmetry_there_is_one_block)
{
    check_kernel(&sfm_test_sheared, 7, 5);
    check_kernel(&sfm_test_crooked, 4, 3);
}

SFM_CASE(the_floor_drops_small_values)
{
    const sfm_block_kernel kernel = laplace();
    sfm_pinv p;
    CHECK_OK(
        sfm_pinv_compute(&p, &kernel, 6, SFM_OUTER_FORM, 4, SFM_INNER_FORM, 1e-15, 1e-2));
    size_t above = 0;
    for (int i = 0; i < SFM_IRREPS; i++)
        for (size_t r = 0; r < p.block[i].k; r++)
            if (p.block[i].sigma[r] >= 1e-2) above += (size_t)sfm_irrep_dim(i);
    CHECKF(p.rank == above && above < 56, "rank %zu of %zu", p.rank, above);
    sfm_pinv_free(&p);
}

static void not_a_number(const sfm_block_kernel *b, const long double d[3], long double *k)
{
    (void)b;
    *k = d[0] > 1.7L ? NAN : 1.0L;
}

SFM_CASE(not_finite_is_named)
{
    const sfm_block_kernel kernel = {
        .name = "broken", .n_check = 1, .n_equiv = 1, .block = not_a_number};
    sfm_pinv p;
    CHECK_STATUS(STARFMM_ENUMERIC, sfm_pinv_compute(&p, &kernel, 3, SFM_OUTER_FORM, 2,
                                                    SFM_INNER_FORM, 1e-13, 0.0));
    CHECKF(strstr(starfmm_last_error(), "'broken' is nan at distance (") != NULL, "%s",
           starfmm_last_error());
    CHECK(p.memory == NULL);
}

SFM_CASE(memory_may_fail_anywhere)
{
    const sfm_block_kernel kernel = laplace();
    double u[26 * 26];
    starfmm_status status = STARFMM_ENOMEM;
    sfm_pinv p;
    long n = 1;
    for (; n < 200 && status != STARFMM_OK; n++) {
        sfm_alloc_fail_after(n);
        status =
            sfm_pinv_compute(&p, &kernel, 3, SFM_OUTER_FORM, 3, SFM_INNER_FORM, 1e-13, 0.0);
        sfm_alloc_fail_after(0);
        CHECKF(status == STARFMM_OK || (status == STARFMM_ENOMEM && p.memory == NULL),
               "allocation %ld: status %d", n, (int)status);
    }
    CHECKF(status == STARFMM_OK && n > 30, "%ld allocations", n);
    sfm_alloc_fail_after(1);
    CHECK_STATUS(STARFMM_ENOMEM, sfm_pinv_expand_u(&p, u, NULL));
    sfm_alloc_fail_after(0);
    sfm_pinv_free(&p);
}

SFM_MAIN()
