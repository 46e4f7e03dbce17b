/* SPDX-License-Identifier: BSD-3-Clause */
/* L2L: reads L of the parent groups, consumes D, writes L. */
#include "codelets/codelets.h"

static void run(void *buffers[], void *arg)
{
    sfm_codelet_run(buffers, arg, STARFMM_OP_L2L, 2);
}

SFM_CODELET(l2l, L2L, run);
