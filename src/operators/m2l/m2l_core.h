/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The heart of the Fourier M2L: for SFM_LANES frequencies at once,
 *
 *   target_b += sum over the terms and a of K_ba(offset) * source_a    (complex, per frequency)
 *
 * for the components a of a density and b of a check potential.  Every row, of source, target
 * or table, is [re lanes | im lanes]: 2 cache lines.
 *
 * Components may fall into channels that do not see each other: K has blocks of n_check x
 * n_equiv for each (two for a complex kernel, see m2l_fourier_t.c).
 */
#ifndef SFM_M2L_CORE_H
#define SFM_M2L_CORE_H

#include "base/isa.h"
#include "base/real.h"
#include "operators/m2l/m2l_batch.h"

/* Reals of a row. */
#define SFM_M2L_ROW (2 * SFM_LANES)

typedef struct SFM(m2l_block) {
    const sfm_m2l_batch *batch;
    size_t n_rhs, n_check, n_equiv, n_channels;
    /* [n_sources] -> [n_rhs][n_equiv][n_channels] rows of this block */
    const real *const *source;
    const real *const *next; /* the same of the next block, to be prefetched; NULL: none */
    /* [SFM_M2L_OFFSETS][n_channels][n_equiv][n_check] rows; 0 for adjacent offsets; followed by
     * the next block's table unless `next` is NULL */
    const real *table;
    real *target; /* [n_targets][n_rhs][n_check][n_channels] rows, overwritten */
} SFM(m2l_block);

typedef void (*SFM(m2l_core_fn))(const SFM(m2l_block) * block);

/* The implementation for an instruction set that sfm_isa_select() has given. */
SFM(m2l_core_fn)
SFM(m2l_core_get)(sfm_isa isa);

#endif
