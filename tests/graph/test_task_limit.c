/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * StarPU's limit on submitted tasks makes a submission wait, for which it ends the process in
 * a callback: that is refused before.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/child.h"
#include "tests/support/guest.h"
#include "tests/support/test.h"

static sfm_test_guest guest;
static starfmm_status inside = STARFMM_OK;
static int names_the_limit;

static void submit_again(starfmm_request *request, starfmm_status status, void *payload)
{
    (void)request;
    (void)payload;
    CHECK_OK(status);
    inside = sfm_test_guest_submit(&guest, NULL, NULL);
    names_the_limit =
        strstr(starfmm_last_error(), "STARPU_LIMIT_MAX_SUBMITTED_TASKS") != NULL;
}

static int submit_in_callback(void)
{
    starfmm_options o = sfm_test_guest_options();
    starfmm_submit_options so;
    starfmm_request *request;
    alarm(60);
    if (starfmm_runtime_start(2) != STARFMM_OK) return 70;
    o.group_size = 8;
    sfm_test_guest_make(&guest, 4000, 1, &o, 0);
    memcpy(guest.charges, guest.q, guest.n * sizeof *guest.q);
    starfmm_submit_options_init(&so);
    so.callback = submit_again;
    CHECK_OK(sfm_test_guest_submit(&guest, &so, &request));
    CHECK_OK(starfmm_request_wait(request));
    starfmm_request_free(request);
    sfm_test_guest_free(&guest);
    starfmm_runtime_stop();
    return inside == STARFMM_OK ? 0 : names_the_limit ? (int)inside : 71;
}

SFM_CASE(submission_in_a_callback)
{
    int code = sfm_test_in_child(
        submit_in_callback, (const char *[]){"STARPU_LIMIT_MAX_SUBMITTED_TASKS=50",
                                             "STARPU_LIMIT_MIN_SUBMITTED_TASKS=25", NULL});
    CHECKF(code == STARFMM_ERUNTIME, "exit code %d", code);
    /* StarPU heeds the two together only. */
    code = sfm_test_in_child(submit_in_callback,
                             (const char *[]){"STARPU_LIMIT_MAX_SUBMITTED_TASKS=50", NULL});
    CHECKF(code == 0, "exit code %d", code);
}

/* Elsewhere a submission waits as the limit says, whatever other threads have in flight. */
static int evaluate_under_limit(void)
{
    return inside = STARFMM_OK, submit_in_callback() == STARFMM_ERUNTIME ? 0 : 1;
}

SFM_CASE(smallest_limits)
{
    int code = sfm_test_in_child(
        evaluate_under_limit, (const char *[]){"STARPU_LIMIT_MAX_SUBMITTED_TASKS=1",
                                               "STARPU_LIMIT_MIN_SUBMITTED_TASKS=0", NULL});
    CHECKF(code == 0, "exit code %d", code);
}

SFM_MAIN()
