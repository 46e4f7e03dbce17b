/* SPDX-License-Identifier: BSD-3-Clause */
/* L2L: reads D of the parent groups, adds to D. */
#include "codelets/codelets.h"

static void run(void *buffers[], void *arg)
{
    sfm_codelet_run(buffers, arg, STARFMM_OP_L2L);
}

SFM_CODELET(l2l, L2L, run);
