/* SPDX-License-Identifier: BSD-3-Clause */
/* GATHER and SCATTER: between the caller's arrays and a group's particle buffers. */
#ifndef SFM_CALLER_H
#define SFM_CALLER_H

#include "operators/fmm.h"

/* Rows of a caller's array, as one or more chunks of consecutive rows, each row-major. */
typedef struct sfm_rows {
    size_t n_chunks;
    const size_t *begin; /* [n_chunks + 1] first row of a chunk */
    void *const *data;   /* [n_chunks] */
} sfm_rows;

/* The chunk of a row, of n chunks that begin at begin[n]. */
static inline size_t sfm_chunk_of(size_t n, const size_t *begin, size_t row)
{
    size_t lo = 0;
    while (n - lo > 1) {
        size_t mid = (lo + n) / 2;
        if (begin[mid] <= row)
            lo = mid;
        else
            n = mid;
    }
    return lo;
}

/* Charges of the group's sources into S (its q arrays).  Returns the smallest caller's row
 * that holds a NaN or an infinity, or SIZE_MAX. */
size_t sfm_gather_f64(const sfm_fmm *fmm, int32_t group, size_t n_rhs,
                      const sfm_rows *charges, void *s);
size_t sfm_gather_f32(const sfm_fmm *fmm, int32_t group, size_t n_rhs,
                      const sfm_rows *charges, void *s);

/* Clear the sums of T. */
void sfm_clear_f64(const sfm_fmm *fmm, int32_t group, size_t n_rhs, void *t);
void sfm_clear_f32(const sfm_fmm *fmm, int32_t group, size_t n_rhs, void *t);

/* The group's targets: T to the caller's arrays (gradients may be NULL), times the kernel's
 * factor in the caller's unit. */
void sfm_scatter_f64(const sfm_fmm *fmm, int32_t group, size_t n_rhs, const void *t,
                     const sfm_rows *potentials, const sfm_rows *gradients);
void sfm_scatter_f32(const sfm_fmm *fmm, int32_t group, size_t n_rhs, const void *t,
                     const sfm_rows *potentials, const sfm_rows *gradients);

/* Coordinates of a group's points, relative to their leaf's centre, into S or T. */
void sfm_place_f64(const sfm_fmm *fmm, int32_t group, const sfm_points *points,
                   const double *coordinates, void *buffer);
void sfm_place_f32(const sfm_fmm *fmm, int32_t group, const sfm_points *points,
                   const double *coordinates, void *buffer);

#endif
