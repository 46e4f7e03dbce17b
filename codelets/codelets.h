/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Operators as StarPU codelets: one for every row of operators/table.c, made from the row.
 *
 * Buffers of a task: those of the row's uses, in order (operators/operator.h), of each use the
 * groups' in the order of its list.  The caller's charges and results, where these are StarPU
 * data, are the chunks that hold points of the group: potentials, then gradients.
 */
#ifndef SFM_CODELETS_H
#define SFM_CODELETS_H

#include <starpu.h>
#include <stdatomic.h>

#include "operators/operator.h"
#include "schedule/layout.h"

/* What one worker did for one request; on cache lines of its own. */
typedef struct sfm_worker_stats {
    _Alignas(SFM_ALIGN) double seconds[SFM_N_ROWS];
    size_t tasks[SFM_N_ROWS];
} sfm_worker_stats;

/* Shared by all tasks of one request. */
typedef struct sfm_task_context {
    const sfm_fmm *fmm;
    size_t n_rhs;
    char *const *scratch; /* [workers] */
    size_t scratch_bytes;
    sfm_rows charges, potentials, gradients; /* the caller's arrays in a blocking call */
    unsigned flags;                          /* of starfmm_flag */
    const sfm_layout *charge_layout, *potential_layout, *gradient_layout; /* or handles */
    int with_gradients;
    atomic_int cancelled;      /* tasks that begin now do nothing */
    atomic_size_t undelivered; /* tasks to come that write results; with the last one */
    atomic_size_t *active;   /* this count, of the plan's requests that have some, falls */
    _Atomic size_t bad_row;  /* smallest row of a charge not finite; SIZE_MAX: none */
    sfm_worker_stats *stats; /* [workers] */
    /* The buffers' evaluations that failed, of the last 64, by number: bit number % 64. */
    _Atomic uint64_t *broken;
    unsigned number;  /* an evaluation's own, or the one whose expansions are read */
    atomic_int stale; /* other targets: that evaluation has failed */
} sfm_task_context;

/* The cl_arg of a task. */
typedef struct sfm_task {
    sfm_task_context *context;
    int op; /* row of operators/table.c */
    int32_t group;
    int clears;         /* what it adds to is to be cleared before */
    uint32_t footprint; /* of the performance model */
    int worker;         /* where it ran, -1: not yet */
    double start, end;  /* sfm_now() */
} sfm_task;

/* The codelet of a row. */
struct starpu_codelet *sfm_codelet_of(int op);

/* Tasks without work at the ends of a graph.  OPEN writes a chunk of the caller's results, so
 * that StarPU allocates it where it is not yet, and the tasks that follow may commute on it.
 * END has no data; its callback ends a request whose tasks had all ended before. */
extern struct starpu_codelet sfm_codelet_open, sfm_codelet_end_of;

/* The evaluation has failed: what it leaves in the buffers is no result. */
void sfm_codelet_break(const sfm_task_context *context);

/* Footprint of a task: what its time depends on beside the operator.  Tasks of like work (by
 * quarter octaves) share a history of the performance model: of `flops` for one vector, or, at
 * 0, of the points that are moved. */
uint32_t sfm_task_footprint(const sfm_fmm *fmm, int32_t group, double flops, size_t n_rhs);

#endif
