/* SPDX-License-Identifier: BSD-3-Clause */
/* What may make a run slow, told before it is. */
#ifndef TOOL_ADVICE_H
#define TOOL_ADVICE_H

#include "graph/runtime.h"
#include "policy/machine.h"

typedef struct tool_facts {
    sfm_machine machine;
    sfm_runtime_description runtime;   /* n_cpu_workers 0: StarPU did not start */
    int omp_threads, openblas_threads; /* as the environment sets them, 0: not set */
    const char
        *unknown_setting; /* "NAME=value" that looks like ours and is none; NULL: none */
} tool_facts;

#define TOOL_MAX_ADVICE 9
#define TOOL_ADVICE_SIZE 256

/* Write the warnings that apply; returns their number. */
int tool_advise(const tool_facts *facts, char advice[TOOL_MAX_ADVICE][TOOL_ADVICE_SIZE]);

#endif
