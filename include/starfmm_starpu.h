/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * starfmm as a guest in the caller's StarPU task graph: the FMM's tasks read the caller's
 * charge handles and write the caller's potential handles, ordered with the caller's tasks by
 * StarPU's own data dependencies, without any wait.
 *
 * Contract
 *   - The host initialises and shuts down StarPU.  A plan without requests in flight outlives
 *     starpu_shutdown and serves the next StarPU; a starfmm_plan_release before spares StarPU
 *     the handles that would be left in it.
 *   - starfmm_plan_submit returns at once.  It may be called from any thread, from callbacks
 *     and from inside tasks.  Submissions on one plan run one after the other as their data
 *     demand, pipelined; submissions on different plans share the workers freely.
 *   - A plan is held by its live requests: starfmm_plan_destroy, _move and _release answer EBUSY
 *     until they have delivered their results, and then wait until their end callbacks have
 *     returned.  So does starfmm_runtime_stop.  The caller's handles stay registered until the
 *     request has ended, or until the caller's own tasks or starpu_data_acquire on the
 *     potentials have seen the result.
 *   - Waiting (starfmm_request_wait) waits for the request's own tasks only, and is refused
 *     with EBUSY inside tasks and callbacks.
 *   - Handles are vectors or matrices in the plan's precision, row by row: a chunk of r rows of
 *     charges is a vector of r * n_rhs * c elements (c components of a charge, see
 *     starfmm_evaluate), or a matrix of nx = n_rhs * c, ny = r, ld = nx.
 *     Chunks follow each other in the caller's order of points.  The children of a partitioned
 *     handle are passed as the chunks; the partitioned parent is not (of an asynchronous
 *     partition, planned by starpu_data_partition_plan, either may be).  Wrong sizes, types and
 *     lengths, partitioned handles, and charges that nobody has written or is about to write,
 *     are EINVAL; a handle that has been unregistered is memory that StarPU has freed, which
 *     nobody can tell.
 *   - While requests are in flight OpenBLAS is kept single-threaded for the whole process;
 *     the host's number is restored when the last one ends.
 *   - One thing must not be combined: submission from tasks or callbacks, and a limit on
 *     submitted tasks (STARPU_LIMIT_MAX_SUBMITTED_TASKS and _MIN_), over which StarPU would make
 *     the task wait, for which it ends the process.  Where the two variables are set such a
 *     submission is ERUNTIME.
 *   - After fork a child has no workers: where StarPU ran in the parent, everything that needs
 *     it is ERUNTIME in the child.  Plans can be made, looked at and freed there.
 *
 * The end of a request, one rule for all: evaluations of many points, of one leaf, of none;
 * complete, cancelled, or failed half-way, because StarPU refused a task.
 *   - It comes once for each submission that answered OK, and never for one that did not.
 *   - It comes when all of the request's tasks have ended, in a thread of a StarPU worker, also
 *     where the request has no task at all, so not before a paused StarPU is resumed.  It may
 *     come before the submission returns; *request is set by then.
 *   - Its order: the status is final (starfmm_request_test says so); the end callback is called
 *     and returns; the end tag is released; starfmm_request_wait returns.
 *   - In the end callback may be called: starfmm_plan_submit and _submit_at, on this plan or
 *     others (the submission's end is never called from inside this one); starfmm_request_test,
 *     _status, _message, _cancel and _free, of this request or others; everything that only
 *     looks at a plan.  What waits answers EBUSY.
 */
/*
 * For StarPU hosts: what appears in your graph, and how to get along with it
 *   - Tasks.  One for each operator and group of nodes, named OPERATOR_l<level>_g<group>, with
 *     options.name PREFIX_OPERATOR_..., codelets starfmm_gather, starfmm_p2m and so on.
 *     Besides: starfmm_open writes each chunk of results before all others (not where results
 *     are added); starfmm_other sums at other targets; starfmm_end ends a request whose tasks
 *     were done before its submission was; starfmm_setup are the idle workers' share of
 *     starfmm_plan_create and _move.  Their numbers and times: starfmm_plan_get_timeline.
 *   - Priorities.  Each operator has a place between the scheduler's lowest (0) and highest (1)
 *     priority: GATHER and starfmm_open 1, M2M and P2M 0.99 to 0.90, deeper levels first, M2F
 *     0.84, M2L and P2L 0.6 to 0.4, upper levels first, L2L 0.38, SCATTER 0.35, L2P and other
 *     targets 0.30, M2P 0.20, P2P 0.05.  So a producer of charges belongs to the top, what else
 *     should fill gaps to the bottom, and a consumer that others wait for above 0.35.
 *     priority_base moves an evaluation as a whole, and is cut where the range ends.
 *   - Contexts.  Tasks go to the submitting thread's scheduling context.  starpu_pause holds
 *     them, and the ends of requests, until starpu_resume.
 *   - Memory.  Each number of vectors in use has buffers of its own: for a point and vector
 *     some 90 bytes at 3 digits and 190 at 6 in double precision.  starfmm_plan_release gives
 *     them back; starfmm_info.memory_bytes tells them.
 *   - A consumer begins early only where its chunk is compact in space.  With points in random
 *     order every group has points of every chunk, so that all consumers begin after the last
 *     task; and each task then has all chunks as data.  Hand over arrays in the tree's order
 *     (STARFMM_TREE_ORDER, starfmm_plan_get_order): with 16 chunks of 1e6 points the first
 *     consumer began at 57 % of the evaluation (tests/examples/tree_order.c shows it).
 *   - Hosts that sum several contributions let results be added (STARFMM_ACCUMULATE).
 *   - Limits on submitted tasks and fork: see the contract above.
 */
#ifndef STARFMM_STARPU_H
#define STARFMM_STARPU_H

#include <starpu.h>

#include "starfmm.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One evaluation under way or ended. */
typedef struct starfmm_request starfmm_request;

/* Called once when a request has ended, see "The end of a request". */
typedef void (*starfmm_end_callback)(starfmm_request *request, starfmm_status status,
                                     void *payload);

/* Chunks of an array of the caller, in the order of rows. */
typedef struct starfmm_chunks {
    size_t n;
    const starpu_data_handle_t *handles; /* [n]; copied */
} starfmm_chunks;

/* A smaller size, of an older header, is welcome: the fields that it lacks are automatic. */
typedef struct starfmm_submit_options {
    size_t size;              /* sizeof(starfmm_submit_options), set by ..._init */
    size_t n_rhs;             /* charge vectors, 1..1024; 0: 1 */
    starfmm_chunks gradients; /* n = 0: none; as potentials, n_rhs * c values a row */
    int priority_base; /* added to every priority, which is then kept in StarPU's range */
    const char *name;  /* prefix of task names, no spaces, cut after 24 characters;
                                 NULL: none; copied, and kept as long as tasks have it */
    int use_end_tag;   /* release end_tag at the end (starpu_tag_notify_from_apps), for */
    starpu_tag_t end_tag; /* the host's starpu_tag_declare_deps or starpu_tag_wait */
    starfmm_end_callback callback; /* NULL: none */
    starfmm_progress progress;     /* NULL: none */
    void *payload;                 /* of both */
    /* Of starfmm_flag; chunks that are added to must have values, as those of charges must.
     * Other targets are in the caller's order. */
    unsigned flags;
} starfmm_submit_options;

/* Set every field of *options to automatic. */
STARFMM_API starfmm_status starfmm_submit_options_init(starfmm_submit_options *options);

/*
 * Submit the task graph of one evaluation.
 *   charges     read; their rows add up to n_sources.  The upward pass of a group begins as
 *               soon as the chunks that hold its sources are ready.
 *   potentials  written; their rows add up to n_targets.  A consumer of a chunk begins as soon
 *               as the groups that hold the chunk's targets are done.
 *   options     NULL: all automatic
 *   request     where to store the request, to be given back with starfmm_request_free; NULL:
 *               not wanted
 * The scheduling context is the submitting thread's (starpu_sched_ctx_set_context).
 * Errors: EINVAL (sizes, types, lengths: the message holds them), ENOMEM, ERUNTIME; then
 * nothing is under way and *request is NULL.  What fails later is the request's status: a task
 * that StarPU refuses half-way, a charge that is not finite.
 */
STARFMM_API starfmm_status starfmm_plan_submit(starfmm_plan *plan, starfmm_chunks charges,
                                               starfmm_chunks potentials,
                                               const starfmm_submit_options *options,
                                               starfmm_request **request);

/*
 * Submit an evaluation at other targets against the expansions of the evaluation of
 * options->n_rhs vectors last submitted on the plan, which need not have ended: see
 * starfmm_evaluate_at.  targets (n_targets x 3) are host memory, read before this returns;
 * the rows of potentials and gradients add up to n_targets.  Everything else as in
 * starfmm_plan_submit; a failure of that evaluation is this request's EINVAL too.
 */
STARFMM_API starfmm_status starfmm_plan_submit_at(starfmm_plan *plan, size_t n_targets,
                                                  const double *targets,
                                                  starfmm_chunks potentials,
                                                  const starfmm_submit_options *options,
                                                  starfmm_request **request);

/* Wait for the end, its callback's return included; returns the request's status (the message
 * is starfmm_last_error()).  EBUSY inside tasks and callbacks. */
STARFMM_API starfmm_status starfmm_request_wait(starfmm_request *request);

/* *ended = 1 when it has ended, else 0. */
STARFMM_API starfmm_status starfmm_request_test(const starfmm_request *request, int *ended);

/* Status: EBUSY while under way.  Message: "" unless it failed; lives with the request. */
STARFMM_API starfmm_status starfmm_request_status(const starfmm_request *request);
STARFMM_API const char *starfmm_request_message(const starfmm_request *request);

/* Let the tasks that have not begun do nothing: the request ends soon with ECANCELLED, its
 * outputs undefined, the plan as good as before.  EINVAL when it has ended already. */
STARFMM_API starfmm_status starfmm_request_cancel(starfmm_request *request);

/* Give the request back; NULL is allowed.  One that has not ended goes on, detached. */
STARFMM_API void starfmm_request_free(starfmm_request *request);

/* Give back what the plan holds of StarPU (data handles, scratch), so that StarPU may be shut
 * down while the plan lives on.  EBUSY while requests are in flight, and in tasks and
 * callbacks. */
STARFMM_API starfmm_status starfmm_plan_release(starfmm_plan *plan);

#ifdef __cplusplus
}
#endif
#endif
