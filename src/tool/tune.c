/* SPDX-License-Identifier: BSD-3-Clause */
/* starfmm tune: a short search for what is fastest here, kept for later plans. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/environment.h"
#include "plan/tuning.h"
#include "tool/commands.h"
#include "tool/json.h"
#include "tool/search.h"

typedef struct settings {
    tool_plan_settings plan;
    int repeat, dry_run, json;
    double seconds;
} settings;

static const tool_option options[] = {
    TOOL_PLAN_OPTIONS(settings),
    {"profile", 0, TOOL_TEXT, offsetof(settings, plan.profile), "FILE", 0, 0, NULL,
     "File to keep the result in.  Default: see ENVIRONMENT."},
    {"seconds", 's', TOOL_REAL, offsetof(settings, seconds), "S", 0, 1e6, NULL,
     "Begin no new trial after S seconds.  Default 120."},
    {"repeat", 'r', TOOL_INTEGER, offsetof(settings, repeat), "R", 1, 50, NULL,
     "Compare each candidate in R pairs of evaluations.  Default 3."},
    {"dry-run", 'n', TOOL_FLAG, offsetof(settings, dry_run), NULL, 0, 0, NULL,
     "Keep nothing."},
    {"json", 'j', TOOL_FLAG, offsetof(settings, json), NULL, 0, 0, NULL,
     "Print one JSON object instead of the table."},
    {0}};

/* Where the result goes, and what is there. */
typedef struct target {
    char path[4096];
    sfm_tunings tunings;
} target;

static int save(const target *to)
{
    starfmm_status status = sfm_tunings_save(to->path, &to->tunings);
    if (status == STARFMM_OK) return TOOL_OK;
    int code = tool_fail_status(status, "profile");
    return status == STARFMM_EIO ? TOOL_OUTPUT : code;
}

static int open_target(const settings *s, target *to)
{
    starfmm_options o = {.profile = s->plan.profile, .cache_dir = s->plan.cache_dir};
    int named;
    starfmm_status status = sfm_tuning_path(&o, to->path, sizeof to->path, &named);
    if (status != STARFMM_OK) return tool_fail_status(status, "profile");
    if (s->dry_run) return TOOL_OK;
    if (to->path[0] == '\0')
        return tool_fail(TOOL_USAGE,
                         "tune: there is no cache folder: name the profile with --profile");
    status = sfm_tunings_load(to->path, &to->tunings);
    if (status != STARFMM_OK) {
        int code = tool_fail_status(status, "profile");
        return status == STARFMM_EIO ? TOOL_INPUT : code;
    }
    return save(to); /* so that a search is not for nothing */
}

/* What the user fixed by variables is what the search is about, and the baseline has no
 * profile.
 */
static void forget_choices(void)
{
    static const sfm_variable choices[] = {SFM_VARIABLE_N_CRIT, SFM_VARIABLE_GROUP,
                                           SFM_VARIABLE_M2L};
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        const char *name = sfm_variable_name(choices[i]), *value = getenv(name);
        if (value && value[0]) tool_warn("tune does not heed %s=%s", name, value);
        unsetenv(name);
    }
    setenv(sfm_variable_name(SFM_VARIABLE_PROFILE), "", 1);
}

static const char *policy_of(const tool_search *r)
{
    return r->policy ? r->trial[r->policy].scheduler : "auto";
}

static double best_ratio(const tool_search *r)
{
    return r->trial[r->policy ? r->policy : r->best].ratio;
}

static int keep(const tool_search *r, const settings *s, target *to)
{
    const tool_problem *p = r->problem;
    sfm_point_sets points = {p->n_sources, p->n_targets, p->sources, p->targets, NULL, 0};
    const tool_trial *best = &r->trial[r->best];
    sfm_tuning t;
    if (s->dry_run) return TOOL_OK;
    sfm_tuning_classify(&r->options, &points, &t);
    t.n_crit = best->n_crit;
    t.group_size = best->group_size;
    snprintf(t.m2l, sizeof t.m2l, "%s", sfm_m2l_names[best->m2l]);
    snprintf(t.scheduler, sizeof t.scheduler, "%s", policy_of(r));
    t.ratio = best_ratio(r);
    starfmm_status status = sfm_tunings_put(&to->tunings, &t);
    return status == STARFMM_OK ? save(to) : tool_fail_status(status, "profile");
}

/* ---- the report ------------------------------------------------------------ */

static void print_table(const tool_search *r)
{
    printf("%-18s %9s %7s %11s %7s %8s %8s\n", "tried", "seconds", "ratio", "difference",
           "n_crit", "nodes", "groups");
    for (int i = 0; i < r->n; i++) {
        const tool_trial *t = &r->trial[i];
        printf("%-18s %9.4f %7.3f %11.1e %7d %8zu %8d%s\n", t->what, t->seconds, t->ratio,
               t->difference, t->info.n_crit, t->info.n_nodes, t->info.n_groups,
               t->difference > r->tolerance ? "  refused: not the same sums" : "");
    }
}

static void print_result(const tool_search *r, const settings *s, const char *path)
{
    const tool_trial *best = &r->trial[r->best];
    print_table(r);
    printf("\n");
    if (r->out_of_time)
        printf("cut short after %g s; --seconds gives more time\n", r->budget);
    if (r->best == 0 && r->policy == 0)
        printf("best: the automatic choice, within 2 %%\n");
    else
        printf(
            "best: n_crit %d, group size %d, M2L %s, policy %s (0: automatic); %.3f of the "
            "automatic time\n",
            best->n_crit, best->group_size, sfm_m2l_names[best->m2l], policy_of(r),
            best_ratio(r));
    if (s->dry_run)
        printf("not kept\n");
    else
        printf("kept in %s\n", path);
}

static void print_json(const tool_search *r, const settings *s, const char *path)
{
    json_open(NULL, '{');
    json_open("trials", '[');
    for (int i = 0; i < r->n; i++) {
        const tool_trial *t = &r->trial[i];
        json_open(NULL, '{');
        json_text("what", t->what);
        json_real("seconds", t->seconds);
        json_real("ratio", t->ratio);
        json_real("difference", t->difference);
        json_integer("n_crit", t->info.n_crit);
        json_count("nodes", t->info.n_nodes);
        json_integer("groups", t->info.n_groups);
        json_text("m2l", sfm_m2l_names[t->info.m2l]);
        json_close('}');
    }
    json_close(']');
    json_integer("n_crit", r->trial[r->best].n_crit);
    json_integer("group_size", r->trial[r->best].group_size);
    json_text("m2l", sfm_m2l_names[r->trial[r->best].m2l]);
    json_text("scheduler", policy_of(r));
    json_real("ratio", best_ratio(r));
    json_bool("complete", !r->out_of_time);
    json_text("profile", s->dry_run ? "" : path);
    json_close('}');
}

static int search(const settings *s, const char *input, target *to)
{
    tool_problem problem;
    tool_search r = {.problem = &problem,
                     .workers = s->plan.workers,
                     .repeat = s->repeat,
                     .budget = s->seconds,
                     .policies = getenv("STARPU_SCHED") == NULL};
    tool_plan_fill(&s->plan, &r.options);
    r.options.profile = "";
    TOOL_TRY(tool_problem_read(&problem, input, s->plan.targets));
    int code = problem.n_sources && problem.n_targets
                   ? tool_search_run(&r)
                   : tool_fail(TOOL_INPUT, "%s: nothing to sum", input);
    tool_progress_end();
    if (code == TOOL_OK) code = keep(&r, s, to);
    if (code == TOOL_OK && s->json) print_json(&r, s, to->path);
    if (code == TOOL_OK && !s->json) print_result(&r, s, to->path);
    tool_search_free(&r);
    tool_problem_free(&problem);
    return code;
}

static int run(const tool_command *self, int argc, char **argv)
{
    settings s = {.plan.kappa = NAN, .repeat = 3, .seconds = 120};
    const char *operands[TOOL_MAX_OPERANDS];
    target to = {{0}, {0}};
    TOOL_TRY(tool_parse(self, argc, argv, &s, operands));
    TOOL_TRY(tool_plan_check(&s.plan, "tune"));
    int code = open_target(&s, &to);
    forget_choices();
    if (code == TOOL_OK) code = search(&s, operands[0], &to);
    sfm_tunings_free(&to.tunings);
    return code;
}

static const char *const operand_names[] = {"IN", NULL};

const tool_command tool_tune = {
    .name = "tune",
    .brief = "find what is fastest for a problem on this machine, and keep it",
    .synopsis = "IN [OPTIONS]",
    .description =
        "Evaluates IN with other n_crit, M2L methods, group sizes and scheduling "
        "policies,\n"
        "each in turn with the automatic choice, and prints what was tried: the best "
        "time,\n"
        "the ratio to the automatic choice, and how far the potentials are from its own\n"
        "(what differs by more than the digits allow is never chosen).  What is faster by\n"
        "2 % at least is kept in a profile, a text file with a line per problem, and "
        "taken\n"
        "by later plans for such problems on this machine: the same kernel, precision and\n"
        "accuracy, points of the same kind within a factor of 1.5 in number.  Options and\n"
        "variables win over it.",
    .options = options,
    .operands = operand_names,
    .files = "IN: as for 'starfmm evaluate'.",
    .examples = "starfmm tune in.h5 --digits 6\n"
                "starfmm tune in.h5 --digits 3 --precision float --dry-run\n"
                "STARFMM_PROFILE=cluster.txt starfmm tune in.h5 --seconds 30",
    .run = run,
};
