/* SPDX-License-Identifier: BSD-3-Clause */
#include "graph/graph.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"

static void names_free(sfm_names *n)
{
    if (!n) return;
    sfm_free(n->prefix);
    sfm_free(n->name);
    sfm_free(n);
}

static void write_names(sfm_names *n, const sfm_groups *groups)
{
    const int room = SFM_TASK_NAME - 24;
    const char *line = n->prefix[0] ? "_" : "";
    for (int32_t g = 0; g < groups->n; g++)
        for (int op = 0; op < STARFMM_N_OPERATORS; op++)
            snprintf(n->name[g][op], SFM_TASK_NAME, "%.*s%s%s_l%d_g%d", room, n->prefix,
                     line, starfmm_operator_name((starfmm_operator)op),
                     groups->group[g].level,
                     (int)(g - groups->level_begin[groups->group[g].level]));
}

starfmm_status sfm_names_get(starfmm_plan *plan, const char *prefix,
                             const char (**names)[STARFMM_N_OPERATORS][SFM_TASK_NAME])
{
    sfm_names *n = plan->names;
    while (n && strcmp(n->prefix, prefix) != 0) n = n->next;
    if (!n) {
        n = sfm_calloc(1, sizeof *n);
        if (n) n->prefix = sfm_alloc(strlen(prefix) + 1, 1);
        if (n) n->name = sfm_alloc((size_t)plan->core.schedule.groups.n, sizeof *n->name);
        if (!n || !n->prefix || !n->name) {
            names_free(n);
            return sfm_fail(STARFMM_ENOMEM, "no memory for the names of %d groups",
                            (int)plan->core.schedule.groups.n);
        }
        memcpy(n->prefix, prefix, strlen(prefix) + 1);
        write_names(n, &plan->core.schedule.groups);
        n->next = plan->names;
        plan->names = n;
    }
    *names = (const char(*)[STARFMM_N_OPERATORS][SFM_TASK_NAME])n->name;
    return STARFMM_OK;
}

void sfm_graph_forget(starfmm_plan *p)
{
    sfm_layouts_free(&p->layouts);
    while (p->names) {
        sfm_names *n = p->names;
        p->names = n->next;
        names_free(n);
    }
    sfm_free(p->timeline);
    p->timeline = NULL;
    p->n_timeline = 0;
    p->profile.size = 0;
}
