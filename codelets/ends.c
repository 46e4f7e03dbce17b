/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The two tasks without work at the ends of a graph.
 *
 * OPEN writes a chunk of the caller's results, so that StarPU allocates it where it is not yet,
 * and the SCATTER tasks that follow may commute on it.  END has no data; its callback ends a
 * request whose tasks had all ended when its submission did, or that has none.
 */
#include "codelets/codelets.h"

static void run(void *buffers[], void *arg)
{
    (void)buffers;
    (void)arg;
}

struct starpu_codelet sfm_codelet_open = {.cpu_funcs = {run},
                                          .cpu_funcs_name = {"starfmm_open"},
                                          .nbuffers = STARPU_VARIABLE_NBUFFERS,
                                          .name = "starfmm_open",
                                          .color = SFM_COLOR_SCATTER};

struct starpu_codelet sfm_codelet_end_of = {.cpu_funcs = {run},
                                            .cpu_funcs_name = {"starfmm_end"},
                                            .nbuffers = 0,
                                            .name = "starfmm_end",
                                            .color = SFM_COLOR_SCATTER};
