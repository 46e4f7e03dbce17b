/* SPDX-License-Identifier: BSD-3-Clause */
/* One evaluation under way: its tasks' shared context, their count, its end. */
#ifndef SFM_REQUEST_H
#define SFM_REQUEST_H

#include "codelets/codelets.h"
#include "graph/workspace.h"

typedef struct sfm_request {
    starfmm_plan *plan;
    sfm_workspace *workspace;
    sfm_task_context context;
    sfm_task (*task)[STARFMM_N_OPERATORS]; /* [n_groups] the tasks' arguments */
    struct starpu_data_descr *descriptors; /* of the task under construction */
    int min_priority, max_priority;
    double start, submit_seconds;

    pthread_mutex_t lock;
    pthread_cond_t ended;
    size_t pending; /* tasks submitted and not ended, plus one while submission goes on */
    starfmm_status status;
    char message[256];
} sfm_request;

/* Everything but the caller's arrays.  ENOMEM, ERUNTIME. */
starfmm_status sfm_request_create(sfm_request **request, starfmm_plan *plan, size_t n_rhs);

/* The first failure is kept. */
void sfm_request_fail(sfm_request *r, starfmm_status status, const char *message);

/* One more task / one task (or the submission) less; the last one wakes the waiter. */
void sfm_request_add(sfm_request *r);
void sfm_request_done(void *request);

/* Wait for the end; the status and the message of the request; profile into the plan. */
starfmm_status sfm_request_wait(sfm_request *r);

void sfm_request_free(sfm_request *r);

#endif
