/* SPDX-License-Identifier: BSD-3-Clause */
#include "operators/level.h"

extern const sfm_op SFM(p2m), SFM(m2m), SFM(m2f), SFM(m2l_op), SFM(p2l), SFM(l2l), SFM(l2p),
    SFM(m2p), SFM(p2p);

const sfm_op *const SFM(operators)[STARFMM_N_OPERATORS] = {
    [STARFMM_OP_P2M] = &SFM(p2m), [STARFMM_OP_M2M] = &SFM(m2m),
    [STARFMM_OP_M2F] = &SFM(m2f), [STARFMM_OP_M2L] = &SFM(m2l_op),
    [STARFMM_OP_P2L] = &SFM(p2l), [STARFMM_OP_L2L] = &SFM(l2l),
    [STARFMM_OP_L2P] = &SFM(l2p), [STARFMM_OP_M2P] = &SFM(m2p),
    [STARFMM_OP_P2P] = &SFM(p2p),
};
