/* SPDX-License-Identifier: BSD-3-Clause */
/* M2F: reads M, writes F. */
#include "codelets/codelets.h"

static void run(void *buffers[], void *arg)
{
    sfm_codelet_run(buffers, arg, STARFMM_OP_M2F);
}

SFM_CODELET(m2f, M2F, run);
