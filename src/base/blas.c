/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * BLAS and the one LAPACK routine in use, for row-major arrays: cblas takes these as they are;
 * LAPACK sees the transpose, A^T = V S U^T, so that its U and V^T change places.
 */
#include "base/blas.h"

#include <cblas.h>
#include <pthread.h>

#include "base/memory.h"

/* LAPACK is inside libopenblas; its C interface LAPACKE is not on every system.  So this
 * one routine is called by its Fortran name, with the hidden length of its character
 * argument. */
void dgesdd_(const char *jobz, const blasint *m, const blasint *n, double *a,
             const blasint *lda, double *s, double *u, const blasint *ldu, double *vt,
             const blasint *ldvt, double *work, const blasint *lwork, blasint *iwork,
             blasint *info, size_t jobz_length);

static CBLAS_TRANSPOSE transposed(int t)
{
    return t ? CblasTrans : CblasNoTrans;
}

/* At least 1 by the standard, which prints otherwise; an empty matrix may well have 0. */
static blasint leading(size_t ld)
{
    return ld ? (blasint)ld : 1;
}

void sfm_gemm_f64(int ta, int tb, size_t m, size_t n, size_t k, double alpha,
                  const double *a, size_t lda, const double *b, size_t ldb, double beta,
                  double *c, size_t ldc)
{
    if (m == 0 || n == 0) return;
    cblas_dgemm(CblasRowMajor, transposed(ta), transposed(tb), (blasint)m, (blasint)n,
                (blasint)k, alpha, a, leading(lda), b, leading(ldb), beta, c, leading(ldc));
}

void sfm_gemm_f32(int ta, int tb, size_t m, size_t n, size_t k, float alpha, const float *a,
                  size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc)
{
    if (m == 0 || n == 0) return;
    cblas_sgemm(CblasRowMajor, transposed(ta), transposed(tb), (blasint)m, (blasint)n,
                (blasint)k, alpha, a, leading(lda), b, leading(ldb), beta, c, leading(ldc));
}

/* Row-major A [m][n] is column-major A^T (n x m) = V S U^T: LAPACK's left factor V, column-
 * major n x k, is Vt [k][n] in rows, and its right factor U^T, k x m, is U [m][k] in rows.
 */
int sfm_svd_f64(size_t m, size_t n, double *a, double *u, double *s, double *vt)
{
    blasint rows = (blasint)n, cols = (blasint)m, k = rows < cols ? rows : cols;
    blasint info = 0, query = -1;
    double best = 0.0;
    if (k == 0) return 0;
    blasint *iwork = sfm_alloc(8 * (size_t)k, sizeof *iwork);
    if (iwork == NULL) return SFM_SVD_NO_MEMORY;
    dgesdd_("S", &rows, &cols, a, &rows, s, vt, &rows, u, &k, &best, &query, iwork, &info,
            1);
    blasint lwork = (blasint)best;
    double *work = info == 0 ? sfm_alloc((size_t)lwork, sizeof *work) : NULL;
    if (info == 0 && work == NULL) info = SFM_SVD_NO_MEMORY;
    if (info == 0)
        dgesdd_("S", &rows, &cols, a, &rows, s, vt, &rows, u, &k, work, &lwork, iwork,
                &info, 1);
    sfm_free(work);
    sfm_free(iwork);
    return (int)info;
}

/* ---- threads and buffers --------------------------------------------------------------- */

#define BUFFER_BYTES ((size_t)129 << 20) /* of OpenBLAS on x86-64 and ARM, rounded up */
#define MOST_BUFFERS 128                 /* Debian's OpenBLAS has 256 */

/* OpenBLAS's own; not every build lets them be seen. */
__attribute__((weak)) void *blas_memory_alloc(int position);
__attribute__((weak)) void blas_memory_free(void *buffer);

/* For the process, because OpenBLAS has one number of threads and one pool of buffers. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int holders, host_threads;
static size_t n_buffers; /* that OpenBLAS has for us */

/* Make OpenBLAS map the buffers of so many threads, now that it is known that it can. */
static starfmm_status reserve_buffers(size_t threads)
{
    void *buffer[MOST_BUFFERS];
    size_t n = threads < MOST_BUFFERS ? threads : MOST_BUFFERS;
    if (n <= n_buffers || !blas_memory_alloc || !blas_memory_free) return STARFMM_OK;
    /* Others may be using what there is. */
    size_t missing = holders ? n : n - n_buffers;
    if (!sfm_address_space_has(missing * BUFFER_BYTES))
        return sfm_fail(STARFMM_ENOMEM,
                        "no memory for OpenBLAS: %zu buffers of 128 MB of address space",
                        missing);
    for (size_t i = 0; i < n; i++) buffer[i] = blas_memory_alloc(0);
    for (size_t i = 0; i < n; i++) blas_memory_free(buffer[i]);
    n_buffers = n;
    return STARFMM_OK;
}

starfmm_status sfm_blas_begin(size_t threads)
{
    pthread_mutex_lock(&lock);
    starfmm_status status = reserve_buffers(threads);
    if (status == STARFMM_OK && holders++ == 0) {
        host_threads = openblas_get_num_threads();
        openblas_set_num_threads(1);
    }
    pthread_mutex_unlock(&lock);
    return status;
}

void sfm_blas_end(void)
{
    pthread_mutex_lock(&lock);
    if (--holders == 0) openblas_set_num_threads(host_threads);
    pthread_mutex_unlock(&lock);
}
