/* SPDX-License-Identifier: BSD-3-Clause */
/* The only door to OpenBLAS and its LAPACK. */
#ifndef SFM_BLAS_H
#define SFM_BLAS_H

#include <stddef.h>

#include "base/status.h"

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

/*
 * Between these two, `threads` of ours may call the functions above at a time.  While anybody
 * is between them, OpenBLAS runs single-threaded; the host's number is restored when the last
 * one has ended.  Thread-safe.  ENOMEM, and nothing begun, where OpenBLAS would not get its
 * buffers: it takes 128 MB of address space for each thread inside a product, keeps them for
 * ever, and tries for ever where it gets none.
 */
starfmm_status sfm_blas_begin(size_t threads);
void sfm_blas_end(void);

#endif
