/* SPDX-License-Identifier: BSD-3-Clause */
/* M2P: reads M of the groups in its W lists, adds to T. */
#include "codelets/codelets.h"

static void run(void *buffers[], void *arg)
{
    sfm_codelet_run(buffers, arg, STARFMM_OP_M2P);
}

SFM_CODELET(m2p, M2P, run);
