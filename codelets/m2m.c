/* SPDX-License-Identifier: BSD-3-Clause */
/* M2M: reads M of the child groups, writes the inner nodes' rows of M. */
#include "codelets/codelets.h"

static void run(void *buffers[], void *arg)
{
    sfm_codelet_run(buffers, arg, STARFMM_OP_M2M);
}

SFM_CODELET(m2m, M2M, run);
