/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The heart of the Fourier M2L: for SFM_LANES frequencies at once,
 *
 *   target_row += sum over the terms of K(offset) * source_row       (complex, per
 * frequency)
 *
 * Every row, of source, target or table, is [re lanes | im lanes]: 2 cache lines.
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
    size_t n_rhs;
    const real *const *source; /* [n_sources] -> [n_rhs] rows of this block */
    const real *const *next; /* the same of the next block, to be prefetched; NULL: none */
    const real *table;       /* [SFM_M2L_OFFSETS] rows; 0 for adjacent offsets; followed by
                                the next block's table unless `next` is NULL */
    real *target;            /* [n_targets * n_rhs] rows, overwritten */
} SFM(m2l_block);

typedef void (*SFM(m2l_core_fn))(const SFM(m2l_block) * block);

/* The implementation for an instruction set that sfm_isa_select() has given. */
SFM(m2l_core_fn)
SFM(m2l_core_get)(sfm_isa isa);

#endif
