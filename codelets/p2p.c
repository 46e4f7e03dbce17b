/* SPDX-License-Identifier: BSD-3-Clause */
/* P2P: reads S of the groups in its near lists, writes R, adds to T. */
#include "codelets/codelets.h"

static void run(void *buffers[], void *arg)
{
    sfm_codelet_run(buffers, arg, STARFMM_OP_P2P);
}

SFM_CODELET(p2p, P2P, run);
