/* SPDX-License-Identifier: BSD-3-Clause */
/* The process's StarPU: whether it runs, what it can do. */
#ifndef SFM_RUNTIME_H
#define SFM_RUNTIME_H

#include "base/status.h"

typedef struct sfm_runtime_description {
    char version[32];
    int built_max_cpus; /* CPU workers that this StarPU was built for */
    int has_fxt;
    int n_cpu_workers;
    char scheduler[64];
    int min_priority, max_priority;
    int max_buffers; /* handles of a task before StarPU allocates */
} sfm_runtime_description;

/* Of the running StarPU; ERUNTIME where none runs. */
starfmm_status sfm_runtime_describe(sfm_runtime_description *d);

/* StarPU runs and has a CPU worker.  ERUNTIME. */
starfmm_status sfm_runtime_has_workers(void);

/* The same, and the caller, who is to wait, is no task or callback.  ERUNTIME, EBUSY. */
starfmm_status sfm_runtime_check(void);

/* Start StarPU for this process unless it runs; stop what start started. */
starfmm_status sfm_runtime_start(int n_workers);
void sfm_runtime_stop(void);

#endif
