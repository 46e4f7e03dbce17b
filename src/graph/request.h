/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A request: one evaluation under way, its tasks' shared context, their count, its end.
 *
 *   create   the plan has one more live request
 *   (the caller's arrays or chunks into the request)
 *   launch   memory, then the task graph (graph/submit.c)
 *   end      in a worker's thread: in the callback of the last task to end, or, where the
 *            submission outlasts all tasks or there are none, in that of a task of its own.
 *            So an end callback that submits never has another below it on the stack.
 *   release  by the caller and by the end, in any order
 *
 * The end itself is one function, see "end" in request.c; include/starfmm_starpu.h tells callers
 * its order.
 */
#ifndef SFM_REQUEST_H
#define SFM_REQUEST_H

#include "graph/chunks.h"
#include "graph/graph.h"
#include "starfmm_starpu.h"

/* The public starfmm_request. */
typedef struct starfmm_request {
    sfm_plan *plan;   /* until the end */
    sfm_graph *graph; /* the same plan's */
    sfm_workspace *workspace;
    sfm_other_targets *other; /* owned; NULL: this is an evaluation */
    sfm_fmm view;             /* the plan's, with these */
    int deterministic;        /* sums in one order */
    unsigned n_workers;
    char **scratch; /* [n_workers] of other targets, whose tasks may need more */
    sfm_task_context context;
    /* [n_groups] the tasks' arguments; of other targets the first of each of its groups */
    sfm_task (*task)[STARFMM_N_OPERATORS];
    double flops[SFM_N_ROWS]; /* of the tasks submitted */
    sfm_names *table;
    const char (*names)[STARFMM_N_OPERATORS][SFM_TASK_NAME]; /* [n_groups] that table's */
    struct starpu_data_descr *descriptors;     /* of the task under construction */
    sfm_chunks charges, potentials, gradients; /* no handles in a blocking call */
    sfm_layout *layouts;                       /* of the chunks of other targets */
    int min_priority, max_priority, priority_base;
    double start, submit_seconds;

    int use_end_tag;
    starpu_tag_t end_tag;
    starfmm_end_callback callback;
    starfmm_progress progress;
    void *payload;
    struct starfmm_request *next_blocking; /* in the graph's list, under its lock */

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t ended;
    size_t pending; /* tasks submitted and not ended, plus one while submission goes on */
    size_t total, done; /* tasks */
    int references;     /* the caller's and the runtime's */
    int has_ended;      /* the status is final */
    int is_over;        /* and the callback has returned */
    starfmm_status status;
    char message[256];
} sfm_request;

/* A request for n_rhs vectors, with two references; prefix of task names as of
 * sfm_names_get.  Other targets (NULL: an evaluation) are the request's from then on,
 * also on failure.  ENOMEM. */
starfmm_status sfm_request_create(sfm_request **request, starfmm_plan *plan, size_t n_rhs,
                                  const char *prefix, sfm_other_targets *other);

/* Submit it.  OK: its end will come, whatever fails from now on.  Else nothing is under way,
 * and the request is gone.  ENOMEM, ERUNTIME. */
starfmm_status sfm_request_launch(sfm_request *r);

/* Undo create: nothing has been submitted. */
void sfm_request_discard(sfm_request *r);

/* ---- for the submission ---------------------------------------------------------------- */

/* The first failure is kept. */
void sfm_request_fail(sfm_request *r, starfmm_status status, const char *message);

/* One more task is about to be submitted; it has ended (its callback); StarPU refused it. */
void sfm_request_add(sfm_request *r);
void sfm_request_done(void *request);
void sfm_request_refused(sfm_request *r);

/* All tasks have been submitted.  Answers as of sfm_request_launch, but discards nothing. */
starfmm_status sfm_request_submitted(sfm_request *r);

/* ---- for the caller ---------------------------------------------------------------------- */

/* As starfmm_request_wait, _test and _cancel. */
starfmm_status sfm_request_wait(sfm_request *r);
int sfm_request_has_ended(const sfm_request *r);
starfmm_status sfm_request_cancel(sfm_request *r);

/* Give back a reference. */
void sfm_request_release(sfm_request *r);

#endif
