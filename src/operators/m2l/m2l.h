/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The interface behind which the M2L methods stand (YBZ eq. 3.4):
 *
 *   check_B += sum over A in V(B) of K(DC_B, UE_A) m_A
 *
 * in two steps, each one task per group: `transform` turns the multipole expansions of a
 * group into the form that the method streams (DFT, or the expansion itself), `apply`
 * accumulates into the check potentials of one target group.  All in units of the node's box,
 * raw kernel, so that nothing depends on the level but (scaled) kernel parameters.
 *
 * A row is one node and one right-hand side, row = node * n_rhs + rhs, of as many components as
 * an equivalent density or a check potential has.
 */
#ifndef SFM_M2L_H
#define SFM_M2L_H

#include "base/isa.h"
#include "base/real.h"
#include "kernels/block_kernel.h"
#include "schedule/m2l_work.h"

typedef struct SFM(m2l) SFM(m2l);

/* A method: constant functions over the precomputed table of one level. */
typedef struct SFM(m2l_method) {
    starfmm_m2l id;
    const char *name;
    /* Bytes of 64-byte aligned scratch that transform / apply need. */
    size_t (*transform_scratch)(const SFM(m2l) * m2l, size_t n_rows);
    size_t (*apply_scratch)(const SFM(m2l) * m2l, const sfm_m2l_work *work, size_t n_rhs);
    /* m: [n_rows][n_equiv][n_e] -> f, overwritten. */
    void (*transform)(const SFM(m2l) * m2l, size_t n_rows, const real *m, real *f,
                      void *scratch);
    /* f: one transformed group per slot of `work`; check: [n_trg * n_rhs][n_check][n_e], added
     * to. */
    void (*apply)(const SFM(m2l) * m2l, const sfm_m2l_work *work, size_t n_rhs,
                  const real *const *f, real *check, void *scratch);
    void (*free)(SFM(m2l) * m2l);
} SFM(m2l_method);

/* The table of one level starts with this header; the rest is the method's own. */
struct SFM(m2l) {
    const SFM(m2l_method) * method;
    int order, n_e, n_check, n_equiv;
    size_t bytes; /* of the table */
};

/* Build a table for a surface of `order` at `alpha` (SFM_INNER_FORM).  Errors: ENOMEM,
 * ENUMERIC. */
starfmm_status SFM(m2l_fourier_create)(SFM(m2l) * *m2l, const sfm_block_kernel *kernel,
                                       int order, double alpha, sfm_isa isa);
starfmm_status SFM(m2l_dense_create)(SFM(m2l) * *m2l, const sfm_block_kernel *kernel,
                                     int order, double alpha, sfm_isa isa);

#endif
