/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The task table: one StarPU codelet per operator, all that src/graph sees of this folder.
 *
 * Buffers of a task: what the operator reads, in the order of operators/operator.h, then what it
 * writes; of P2P R, if it has one, comes before T.  The caller's chunks, where these are StarPU
 * data, come first in GATHER and last in SCATTER.  OPEN and END have no work: see src/graph/submit.c.
 */
#ifndef SFM_CODELETS_H
#define SFM_CODELETS_H

#include <starpu.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "operators/caller.h"
#include "operators/fmm.h"
#include "operators/probe.h"
#include "schedule/layout.h"

/* What one worker did for one request; on cache lines of its own. */
typedef struct sfm_worker_stats {
    _Alignas(SFM_ALIGN) double seconds[STARFMM_N_OPERATORS];
    size_t tasks[STARFMM_N_OPERATORS];
} sfm_worker_stats;

/* Shared by all tasks of one request. */
typedef struct sfm_task_context {
    const sfm_fmm *fmm;
    size_t n_rhs;
    char *const *scratch;    /* [workers] */
    size_t scratch_bytes;
    sfm_rows charges, potentials, gradients; /* the caller's arrays in a blocking call */
    const sfm_layout *charge_layout, *potential_layout, *gradient_layout; /* or his handles */
    int with_gradients;
    atomic_int cancelled;    /* tasks that begin now do nothing */
    atomic_size_t undelivered; /* SCATTER tasks to come; the last one takes the request off */
    atomic_size_t *active;     /* the plan's count of requests that still have some */
    _Atomic size_t bad_row;  /* smallest row of a charge that is not finite; SIZE_MAX: none */
    sfm_worker_stats *stats; /* [workers] */
    const sfm_probe *probe;  /* of a probe, whose tasks are all of one kind; else NULL */
    /* The buffers' evaluations that failed, of the last 64, by number: bit number % 64. */
    _Atomic uint64_t *broken;
    unsigned number;   /* an evaluation's own, or the one that a probe reads */
    atomic_int stale;  /* a probe has read of a failed evaluation */
} sfm_task_context;

/* The cl_arg of a task. */
typedef struct sfm_task {
    sfm_task_context *context;
    int32_t group;
    int clears;         /* adds to D as the first one */
    uint32_t footprint; /* of the performance model */
    int worker;         /* where it ran, -1: not yet */
    double start, end;  /* sfm_now() */
} sfm_task;

extern struct starpu_codelet sfm_codelet_gather, sfm_codelet_p2m, sfm_codelet_m2m,
    sfm_codelet_m2f, sfm_codelet_m2l, sfm_codelet_p2l, sfm_codelet_l2l, sfm_codelet_l2p,
    sfm_codelet_m2p, sfm_codelet_p2p, sfm_codelet_scatter, sfm_codelet_open, sfm_codelet_end_of,
    sfm_codelet_probe;

/* Indexed by starfmm_operator. */
extern struct starpu_codelet *const sfm_codelets[STARFMM_N_OPERATORS];

/* ---- what the codelet files share ------------------------------------------------------ */

/* Run an operator of operators/operator.h on the task's buffers, of which it writes the last. */
void sfm_codelet_run(void *buffers[], sfm_task *task, starfmm_operator op);

/* The chunks of a group from the buffers that begin at `buffers`, as rows; `scratch` holds the
 * arrays.  Returns the number of buffers. */
unsigned sfm_codelet_rows(const sfm_layout *layout, int32_t group, void *buffers[],
                          sfm_arena *scratch, sfm_rows *rows);

/* The evaluation has failed: what it leaves in the buffers is no result. */
void sfm_codelet_break(const sfm_task_context *context);

/* One task less of those that deliver results. */
void sfm_codelet_delivered(sfm_task_context *context);

/* The scratch of the worker that runs this. */
sfm_arena sfm_codelet_scratch(const sfm_task_context *context);

/* Time one task: begin returns the start, end books it to the worker. */
double sfm_codelet_begin(void);
void sfm_codelet_end(sfm_task *task, starfmm_operator op, double start);

/* Footprint of a task: what the operator costs depends on order, precision and the task's
 * flops (nodes of M2F, points of GATHER and SCATTER), which are rounded to quarter octaves so
 * that like tasks share a history. */
uint32_t sfm_codelet_footprint(struct starpu_task *task);
uint32_t sfm_task_footprint(const sfm_fmm *fmm, int32_t group, starfmm_operator op,
                            size_t n_rhs);

/* Trace colours (0xRRGGBB): far field upward greens, M2L and its transform blues, downward
 * violets, direct operators warm, the caller's arrays grey. */
#define SFM_COLOR_GATHER 0x9e9e9e
#define SFM_COLOR_P2M 0x8bc34a
#define SFM_COLOR_M2M 0x2e7d32
#define SFM_COLOR_M2F 0x4fc3f7
#define SFM_COLOR_M2L 0x1565c0
#define SFM_COLOR_P2L 0xffb300
#define SFM_COLOR_L2L 0x7b1fa2
#define SFM_COLOR_L2P 0xba68c8
#define SFM_COLOR_M2P 0xfdd835
#define SFM_COLOR_P2P 0xe53935
#define SFM_COLOR_SCATTER 0x616161
#define SFM_COLOR_PROBE 0xe91e63

/* The whole of an operator's codelet but its function. */
#define SFM_CODELET(lower, UPPER, function)                                               \
    static struct starpu_perfmodel model = {.type = STARPU_HISTORY_BASED,                 \
                                            .symbol = "starfmm_" #lower,                  \
                                            .footprint = sfm_codelet_footprint};          \
    struct starpu_codelet sfm_codelet_##lower = {.cpu_funcs = {function},                 \
                                                 .cpu_funcs_name = {"starfmm_" #lower},   \
                                                 .nbuffers = STARPU_VARIABLE_NBUFFERS,    \
                                                 .name = "starfmm_" #lower,               \
                                                 .model = &model,                         \
                                                 .color = SFM_COLOR_##UPPER}

#endif
