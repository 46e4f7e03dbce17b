/* SPDX-License-Identifier: BSD-3-Clause */
#include "precompute/pinv.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/blas.h"

/* The least floor: the inverse of a smaller singular value would leave the range of double.
 * Reached by kernels that decay exponentially, on boxes hundreds of decay lengths wide. */
#define SMALLEST_SIGMA 1e-290

static starfmm_status check_finite(size_t m, size_t n, const double *a)
{
    for (size_t i = 0; i < m * n; i++)
        if (!isfinite(a[i]))
            return sfm_fail(STARFMM_ENUMERIC,
                            "the kernel is %g between points %zu and %zu of two surfaces",
                            a[i], i / n, i % n);
    return STARFMM_OK;
}

static size_t count_kept(size_t k, const double *sigma, double cutoff, double floor)
{
    double smallest = fmax(fmax(cutoff * (k > 0 ? sigma[0] : 0.0), floor), SMALLEST_SIGMA);
    size_t rank = 0;
    while (rank < k && sigma[rank] >= smallest) rank++;
    return rank;
}

/* v [n][rank] from the first rows of vt [k][n]; u [m][k] packed to [m][rank] in place. */
static void keep(sfm_pinv *pinv, size_t k, const double *vt)
{
    for (size_t i = 0; i < pinv->m; i++)
        memmove(pinv->u + i * pinv->rank, pinv->u + i * k, pinv->rank * sizeof(double));
    for (size_t j = 0; j < pinv->n; j++)
        for (size_t r = 0; r < pinv->rank; r++)
            pinv->v[j * pinv->rank + r] = vt[r * pinv->n + j];
}

starfmm_status sfm_pinv_compute(sfm_pinv *pinv, size_t m, size_t n, double *a,
                                double cutoff, double floor)
{
    size_t k = m < n ? m : n;
    starfmm_status status = check_finite(m, n, a);
    *pinv = (sfm_pinv){.m = m, .n = n};
    if (status != STARFMM_OK) return status;
    double *vt = sfm_alloc(k * n, sizeof *vt);
    pinv->sigma = sfm_alloc(k, sizeof *pinv->sigma);
    pinv->u = sfm_alloc(m * k, sizeof *pinv->u);
    pinv->v = sfm_alloc(n * k, sizeof *pinv->v);
    int info = SFM_SVD_NO_MEMORY;
    if (vt != NULL && pinv->sigma != NULL && pinv->u != NULL && pinv->v != NULL)
        info = sfm_svd_f64(m, n, a, pinv->u, pinv->sigma, vt);
    if (info == 0) {
        pinv->rank = count_kept(k, pinv->sigma, cutoff, floor);
        keep(pinv, k, vt);
    } else {
        sfm_pinv_free(pinv);
        status = info == SFM_SVD_NO_MEMORY
                     ? sfm_fail(STARFMM_ENOMEM,
                                "no memory for the SVD of a %zu x %zu matrix", m, n)
                     : sfm_fail(STARFMM_ENUMERIC,
                                "the SVD of a %zu x %zu matrix failed: dgesdd info = %d", m,
                                n, info);
    }
    sfm_free(vt);
    return status;
}

void sfm_pinv_free(sfm_pinv *pinv)
{
    sfm_free(pinv->sigma);
    sfm_free(pinv->u);
    sfm_free(pinv->v);
    *pinv = (sfm_pinv){0};
}

void sfm_pinv_first_factor(size_t n, size_t rank, const double *sigma, const double *basis,
                           double *first)
{
    for (size_t r = 0; r < rank; r++)
        for (size_t j = 0; j < n; j++) first[r * n + j] = basis[j * rank + r] / sigma[r];
}
