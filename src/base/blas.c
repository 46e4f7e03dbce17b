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

/* One count for the process, because OpenBLAS has one number of threads for the process. */
static pthread_mutex_t single_lock = PTHREAD_MUTEX_INITIALIZER;
static int single_holders, host_threads;

void sfm_blas_single_thread_begin(void)
{
    pthread_mutex_lock(&single_lock);
    if (single_holders++ == 0) {
        host_threads = openblas_get_num_threads();
        openblas_set_num_threads(1);
    }
    pthread_mutex_unlock(&single_lock);
}

void sfm_blas_single_thread_end(void)
{
    pthread_mutex_lock(&single_lock);
    if (--single_holders == 0) openblas_set_num_threads(host_threads);
    pthread_mutex_unlock(&single_lock);
}
