/* SPDX-License-Identifier: BSD-3-Clause */
/* P2M: reads S, writes the leaves' rows of M (its inner nodes' are M2M's). */
#include "codelets/codelets.h"

static void run(void *buffers[], void *arg)
{
    sfm_codelet_run(buffers, arg, STARFMM_OP_P2M);
}

SFM_CODELET(p2m, P2M, run);
