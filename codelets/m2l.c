/* SPDX-License-Identifier: BSD-3-Clause */
/* M2L: reads F of the groups in its halo, adds to D. */
#include "codelets/codelets.h"

static void run(void *buffers[], void *arg)
{
    sfm_codelet_run(buffers, arg, STARFMM_OP_M2L);
}

SFM_CODELET(m2l, M2L, run);
