/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Discrete Fourier transforms of the samples of m2l_samples.h over the kept frequencies of
 * dft.h, each times its weight in the inverse transform: 1 / n^3 for k = 0, 2 / n^3 for all
 * others.
 *
 * The maps of the cube permute frequencies as they permute samples: one transform per class
 * of offsets,  T_R offset(R k) = D(R) T_offset(k) D(R)^T,  and T(-k) is conjugate to T(k).
 */
#ifndef SFM_M2L_SPECTRA_H
#define SFM_M2L_SPECTRA_H

#include "operators/m2l/m2l_samples.h"

typedef struct sfm_m2l_spectra {
    sfm_m2l_samples samples; /* without values: classes and maps */
    int count;               /* frequencies, sfm_dft_count() */
    double *value;           /* [n_classes][n_check][n_equiv][count][re, im] */
    int32_t *back; /* [n_maps][count] index of R^-1 k, or ~index of its opposite */
} sfm_m2l_spectra;

/* Errors: ENOMEM; ENUMERIC when the kernel is not finite. */
starfmm_status sfm_m2l_spectra_create(sfm_m2l_spectra *spectra,
                                      const sfm_block_kernel *kernel, int order,
                                      double alpha);
void sfm_m2l_spectra_free(sfm_m2l_spectra *spectra);

/* Frequencies first ... first + n - 1 of one far offset and pair of components, to re[n]
 * and im[n]. */
void sfm_m2l_spectrum(const sfm_m2l_spectra *spectra, int offset_index, int check,
                      int equiv, int first, int n, double *re, double *im);

#endif
