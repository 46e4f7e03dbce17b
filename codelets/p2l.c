/* SPDX-License-Identifier: BSD-3-Clause */
/* P2L: reads S of the groups in its X lists, adds to D. */
#include "codelets/codelets.h"

static void run(void *buffers[], void *arg)
{
    sfm_codelet_run(buffers, arg, STARFMM_OP_P2L);
}

SFM_CODELET(p2l, P2L, run);
