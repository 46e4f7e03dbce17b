/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The kernel between two surface grids of spacing h, sampled for M2L tables in double.
 *
 * A check point i and an equivalent point j of boxes `offset` apart (source minus target
 * centre, in node sides, 2 in half sides) see each other at  h (i - j) - 2 offset:  the
 * samples G_offset(t) depend on t = i - j alone, each component in -(p - 1) ... p - 1, a
 * grid of n = 2 p - 1.
 *
 * For an isotropic kernel  G_R offset(R t) = D(R) G_offset(t) D(R)^T  for the 48 maps R of
 * the cube.  The 316 offsets of a V list fall into 16 classes, of which one offset each is
 * sampled, and of that only what its own symmetry leaves: 6.6 grids instead of 316.
 */
#ifndef SFM_M2L_SAMPLES_H
#define SFM_M2L_SAMPLES_H

#include "kernels/block_kernel.h"
#include "operators/m2l/m2l_batch.h"

/* An offset is R_map of the one that its class samples. */
typedef struct sfm_m2l_image {
    int16_t class, map;
} sfm_m2l_image;

typedef struct sfm_m2l_samples {
    int order, n_check, n_equiv; /* components */
    int n_classes;               /* 16; without isotropy each offset is its own */
    int n_maps;                  /* in use: SFM_CUBE_MAPS; 1 */
    sfm_m2l_image image[SFM_M2L_OFFSETS];
    sfm_turn check_turn[SFM_CUBE_MAPS], equiv_turn[SFM_CUBE_MAPS];
    int inverse[SFM_CUBE_MAPS]; /* of each map */
    double *value; /* [n_classes][n_check][n_equiv][n][n][n] as z, y, x of t + p - 1 */
} sfm_m2l_samples;

/* Errors: ENOMEM; ENUMERIC when a sample is not finite. */
starfmm_status sfm_m2l_samples_create(sfm_m2l_samples *samples,
                                      const sfm_block_kernel *kernel, int order,
                                      double alpha);
void sfm_m2l_samples_free(sfm_m2l_samples *samples);

/* Of one far offset, by its index (m2l_batch.h), to out [n_check][n_equiv][n][n][n]. */
void sfm_m2l_samples_of(const sfm_m2l_samples *samples, int offset_index, double *out);

#endif
