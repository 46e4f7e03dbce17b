/* SPDX-License-Identifier: BSD-3-Clause */
#include "tool/timeline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/output.h"

int tool_timeline_check(const char *path, const char *input)
{
    tool_output probe;
    TOOL_TRY(tool_output_open(&probe, path, TOOL_FORMAT_TEXT, input));
    tool_output_discard(&probe);
    return TOOL_OK;
}

static int write_rows(FILE *f, size_t n, const starfmm_task_record *records)
{
    fprintf(f, "operator,level,group,worker,start,end\n");
    for (size_t i = 0; i < n; i++) {
        const starfmm_task_record *r = &records[i];
        fprintf(f, "%s,%d,%d,%d,%.9f,%.9f\n", starfmm_operator_name(r->op), r->level,
                r->group, r->worker, r->start, r->end);
    }
    return ferror(f);
}

static int write_file(const char *path, size_t n, const starfmm_task_record *records)
{
    sfm_replacement r;
    if (sfm_replacement_open(&r, path) != STARFMM_OK)
        return tool_fail(TOOL_OUTPUT, "%s", sfm_get_error());
    FILE *f = fopen(r.temporary, "w");
    int failed = f == NULL || write_rows(f, n, records);
    int error = errno;
    if (f && fclose(f) != 0 && !failed) failed = 1, error = errno;
    if (!failed && sfm_replacement_commit(&r) == STARFMM_OK) return TOOL_OK;
    sfm_replacement_discard(&r);
    return failed ? tool_fail(TOOL_OUTPUT, "cannot write %s: %s", path, strerror(error))
                  : tool_fail(TOOL_OUTPUT, "%s", sfm_get_error());
}

int tool_timeline_write(const char *path, const starfmm_plan *plan)
{
    size_t n;
    starfmm_task_record *records = NULL;
    starfmm_status status = starfmm_plan_get_timeline(plan, 0, NULL, &n);
    if (status != STARFMM_OK) return tool_fail_status(status, "timeline");
    TOOL_TRY(tool_alloc((void **)&records, n, sizeof(*records), "the timeline"));
    status = starfmm_plan_get_timeline(plan, n, records, &n);
    int code = status == STARFMM_OK ? write_file(path, n, records)
                                    : tool_fail_status(status, "timeline");
    free(records);
    return code;
}
