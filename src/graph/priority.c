/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Priorities follow the critical path: up the tree, across at every level, down the tree.
 * Work that nothing waits for (near field, L2P, M2P) fills the gaps.  Within an operator of
 * the upward pass the deeper levels go first, of M2L and the downward pass the coarser
 * ones.
 */
#include "graph/submit.h"

typedef struct rank {
    double base, slope; /* priority in [0, 1]: base + slope * level / depth */
} rank;

static const rank ranks[STARFMM_N_OPERATORS] = {
    [STARFMM_OP_GATHER] = {1.00, 0.00},  [STARFMM_OP_P2M] = {0.90, 0.04},
    [STARFMM_OP_M2M] = {0.95, 0.04},     [STARFMM_OP_M2F] = {0.84, 0.00},
    [STARFMM_OP_M2L] = {0.60, -0.20},    [STARFMM_OP_P2L] = {0.60, -0.20},
    [STARFMM_OP_L2L] = {0.38, 0.00},     [STARFMM_OP_L2P] = {0.30, 0.00},
    [STARFMM_OP_M2P] = {0.20, 0.00},     [STARFMM_OP_P2P] = {0.05, 0.00},
    [STARFMM_OP_SCATTER] = {0.35, 0.00},
};

int sfm_priority(starfmm_operator op, int level, int depth, int min, int max)
{
    double at = ranks[op].base + ranks[op].slope * level / (depth > 0 ? depth : 1);
    /* In double: lws offers all of int, whose width is none. */
    return (int)(min + ((double)max - min) * at);
}
