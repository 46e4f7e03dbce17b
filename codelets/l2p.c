/* SPDX-License-Identifier: BSD-3-Clause */
/* L2P: reads D, adds to T. */
#include "codelets/codelets.h"

static void run(void *buffers[], void *arg)
{
    sfm_codelet_run(buffers, arg, STARFMM_OP_L2P);
}

SFM_CODELET(l2p, L2P, run);
