/* SPDX-License-Identifier: BSD-3-Clause */
/* One evaluation under way: its tasks' shared context, their count, its end. */
#ifndef SFM_REQUEST_H
#define SFM_REQUEST_H

#include "codelets/codelets.h"
#include "graph/chunks.h"
#include "graph/workspace.h"
#include "starfmm_starpu.h"

/* The public starfmm_request. */
typedef struct starfmm_request {
    starfmm_plan *plan;
    sfm_workspace *workspace;
    sfm_other_targets *other; /* owned; NULL: this is an evaluation */
    sfm_fmm view;             /* the plan's, with these */
    size_t other_scratch;     /* bytes that their tasks need */
    int deterministic;        /* sums in one order */
    unsigned n_workers;
    char **scratch; /* [n_workers] of other targets, whose tasks may need more */
    sfm_task_context context;
    sfm_task (*task)[STARFMM_N_OPERATORS]; /* [n_groups] the tasks' arguments; of other targets
                                              the first of each of its groups */
    const char (*names)[STARFMM_N_OPERATORS][SFM_TASK_NAME]; /* [n_groups] their names */
    struct starpu_data_descr *descriptors;     /* of the task under construction */
    sfm_chunks charges, potentials, gradients; /* no handles in a blocking call */
    sfm_layout *layouts;                       /* of the chunks of other targets */
    int min_priority, max_priority, priority_base;
    int use_end_tag;
    starpu_tag_t end_tag;
    double start, submit_seconds;

    starfmm_end_callback callback;
    starfmm_progress progress;
    void *payload;

    pthread_mutex_t lock;
    pthread_cond_t ended;
    size_t pending; /* tasks submitted and not ended, plus one while submission goes on */
    size_t total, done;
    int references; /* the caller's and the runtime's */
    int has_ended;  /* the status is final */
    int is_over;    /* and the callback has returned */
    starfmm_status status;
    char message[256];
} sfm_request;

/* Everything but the caller's arrays.  Two references.  Other targets (NULL: an evaluation) is
 * the request's from then on, also on failure.  ENOMEM, ERUNTIME. */
starfmm_status sfm_request_create(sfm_request **request, starfmm_plan *plan, size_t n_rhs,
                                  sfm_other_targets *other);

/* Undo create before anything was submitted. */
void sfm_request_discard(sfm_request *r);

/* The first failure is kept. */
void sfm_request_fail(sfm_request *r, starfmm_status status, const char *message);

/* One more task / one task (or the submission) less; the last one ends the request. */
void sfm_request_add(sfm_request *r);
void sfm_request_done(void *request);

/* Wait for the end; the status, its message as the thread's. */
starfmm_status sfm_request_wait(sfm_request *r);

/* Give back the caller's reference. */
void sfm_request_release(sfm_request *r);

#endif
