/* SPDX-License-Identifier: BSD-3-Clause */
/* The only door to OpenBLAS and LAPACKE. */
#ifndef SFM_BLAS_H
#define SFM_BLAS_H

#include <stddef.h>

/* C [m][n] (ldc) = alpha op(A) op(B) + beta C, row-major; ta, tb: 0 as stored, 1 transposed. */
void sfm_gemm_f64(int ta, int tb, size_t m, size_t n, size_t k, double alpha,
                  const double *a, size_t lda, const double *b, size_t ldb, double beta,
                  double *c, size_t ldc);
void sfm_gemm_f32(int ta, int tb, size_t m, size_t n, size_t k, float alpha, const float *a,
                  size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc);

/* Thin SVD A [m][n] = U [m][k] diag(s) Vt [k][n], k = min(m, n), row-major; A is destroyed.
 * 0, or the LAPACK info, or SFM_SVD_NO_MEMORY. */
#define SFM_SVD_NO_MEMORY (-1000)
int sfm_svd_f64(size_t m, size_t n, double *a, double *u, double *s, double *vt);

/* OpenBLAS threads: while at least one caller holds it, OpenBLAS runs single-threaded; the
 * host's number is restored when the last one lets go.  Thread-safe. */
void sfm_blas_single_thread_begin(void);
void sfm_blas_single_thread_end(void);

#endif
