/* SPDX-License-Identifier: BSD-3-Clause */
/* starfmm evaluate: potentials and gradients of a file of points and charges. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/environment.h"
#include "tool/commands.h"
#include "tool/plan_settings.h"
#include "tool/report.h"
#include "tool/result.h"
#include "tool/timeline.h"

/* Repetition r before the last turns the charges by r x TURN rows: a prime, so that near
 * points get charges from afar. */
#define TURN 7919

typedef struct settings {
    tool_plan_settings plan;
    const char *output, *plan_out, *timeline;
    int m2l, format;
    int no_balance, deterministic;
    int n_crit, group_size, max_depth;
    int repeat, json;
} settings;

static const tool_option options[] = {
    {"output", 'o', TOOL_TEXT, offsetof(settings, output), "FILE", 0, 0, NULL,
     "File to write.  Needed."},
    TOOL_PLAN_OPTIONS(settings),
    {"n-crit", 0, TOOL_INTEGER, offsetof(settings, n_crit), "N", 1, 1e6, NULL,
     "Split a node that holds more points.  Default: by a cost model."},
    {"group-size", 0, TOOL_INTEGER, offsetof(settings, group_size), "N", 1, 1 << 30, NULL,
     "Nodes per task.  Default: by a cost model."},
    {"max-depth", 0, TOOL_INTEGER, offsetof(settings, max_depth), "L", 1, 21, NULL,
     "Deepest level of the tree.  Default 21."},
    {"no-balance", 0, TOOL_FLAG, offsetof(settings, no_balance), NULL, 0, 0, NULL,
     "Let adjacent leaves differ by more than one level."},
    {"deterministic", 0, TOOL_FLAG, offsetof(settings, deterministic), NULL, 0, 0, NULL,
     "The same bits on any number of workers and with any scheduler."},
    {"m2l", 0, TOOL_CHOICE, offsetof(settings, m2l), NULL, 0, 0, sfm_m2l_names,
     "Method of the M2L operator.  Default auto."},
    {"repeat", 'r', TOOL_INTEGER, offsetof(settings, repeat), "R", 1, 1e6, NULL,
     "Evaluate R times on one plan, each time with other charges: in repetition\n"
     "r = R-1, ..., 1, 0 point i has charge (i + 7919 r) mod N of the file, over r + 1.\n"
     "The last is the file's own, and it is written.  Default 1."},
    {"format", 0, TOOL_CHOICE, offsetof(settings, format), NULL, 0, 0, tool_format_names,
     "Format of the output.  Default auto: text where the name ends in .csv, .tsv,\n"
     ".txt or .dat, else HDF5."},
    {"plan-out", 0, TOOL_TEXT, offsetof(settings, plan_out), "FILE", 0, 0, NULL,
     "Write tree, lists and groups to an HDF5 file too."},
    {"timeline", 0, TOOL_TEXT, offsetof(settings, timeline), "FILE", 0, 0, NULL,
     "Write when and where each task of the last evaluation ran, as columns operator,\n"
     "level, group, worker, start, end (seconds since the first submission).  The script\n"
     "perf/trace.sh of the sources draws them and makes traces for ViTE."},
    {"json", 'j', TOOL_FLAG, offsetof(settings, json), NULL, 0, 0, NULL,
     "Print one JSON object instead of the table: times in seconds, memory in bytes."},
    {0}};

/* One call of the command, while it lasts. */
typedef struct job {
    const settings *s;
    tool_problem problem;
    tool_result result;
    tool_run run;
    void *charges; /* (n_sources x n_rhs), in the plan's precision */
    tool_output out;
} job;

/* ---- before ------------------------------------------------------------------------ */

static int check(const settings *s)
{
    if (s->output == NULL) return tool_fail(TOOL_USAGE, "evaluate: -o FILE is needed");
    return tool_plan_check(&s->plan, "evaluate");
}

/* The library writes the plan under a temporary name of its own; here only whether it can.
 */
static int check_plan_out(const settings *s, const char *input)
{
    tool_output probe;
    if (s->plan_out == NULL) return TOOL_OK;
    TOOL_TRY(tool_output_open(&probe, s->plan_out, TOOL_FORMAT_HDF5, input));
    tool_output_discard(&probe);
    return TOOL_OK;
}

static void fill_options(const settings *s, starfmm_options *o)
{
    tool_plan_fill(&s->plan, o);
    o->n_crit = s->n_crit;
    o->group_size = s->group_size;
    o->max_depth = s->max_depth;
    o->balance = s->no_balance ? STARFMM_OFF : STARFMM_AUTO;
    o->deterministic = s->deterministic ? STARFMM_ON : STARFMM_AUTO;
    o->m2l = (starfmm_m2l)s->m2l;
}

/* ---- the evaluations --------------------------------------------------------------- */

static int allocate(job *j)
{
    const tool_problem *p = &j->problem;
    tool_result *r = &j->result;
    size_t real = tool_real_size(r->precision);
    r->n_targets = p->n_targets;
    r->n_rhs = p->n_rhs;
    r->is_vector = p->is_vector;
    TOOL_TRY(tool_alloc(&j->charges, p->n_sources, p->n_rhs * real, "charges"));
    TOOL_TRY(tool_alloc(&r->potentials, r->n_targets, r->n_rhs * real, "potentials"));
    if (j->s->plan.gradient)
        TOOL_TRY(tool_alloc(&r->gradients, r->n_targets, 3 * r->n_rhs * real, "gradients"));
    return tool_alloc((void **)&j->run.evaluate_seconds, (size_t)j->s->repeat,
                      sizeof(double), "times");
}

/* The charges of repetition `step`, 0 being the file's own (see the help of --repeat). */
static int fill_charges(job *j, int step)
{
    return tool_plan_charges(&j->problem, j->result.precision, (size_t)step * TURN,
                             1.0 / (step + 1), j->charges);
}

static int evaluate_once(job *j, starfmm_plan *plan, int repetition)
{
    TOOL_TRY(fill_charges(j, j->s->repeat - 1 - repetition));
    tool_progress("evaluating, %d of %d", repetition + 1, j->s->repeat);
    double start = sfm_now();
    starfmm_status status = starfmm_evaluate(plan, j->problem.n_rhs, j->charges,
                                             j->result.potentials, j->result.gradients);
    j->run.evaluate_seconds[repetition] = sfm_now() - start;
    return status == STARFMM_OK ? TOOL_OK : tool_fail_status(status, "evaluation");
}

static int write_plan(const job *j, const starfmm_plan *plan)
{
    if (j->s->plan_out == NULL) return TOOL_OK;
    starfmm_status status = starfmm_plan_write(plan, j->s->plan_out);
    if (status == STARFMM_OK) return TOOL_OK;
    int code = tool_fail_status(status, "plan");
    return status == STARFMM_EIO ? TOOL_OUTPUT : code;
}

static int collect(job *j, const starfmm_plan *plan)
{
    struct rusage usage;
    tool_run *run = &j->run;
    run->info.size = sizeof(run->info);
    run->profile.size = sizeof(run->profile);
    run->n_rhs = j->problem.n_rhs;
    run->repeat = j->s->repeat;
    starfmm_status status = starfmm_plan_get_info(plan, &run->info);
    if (status == STARFMM_OK) status = starfmm_plan_get_profile(plan, &run->profile);
    if (status == STARFMM_OK) status = sfm_runtime_describe(&run->runtime);
    if (status != STARFMM_OK) return tool_fail_status(status, "profile");
    getrusage(RUSAGE_SELF, &usage);
    run->peak_memory_bytes = (size_t)usage.ru_maxrss * 1024; /* Linux counts in KiB */
    j->result.digits = run->info.digits;
    j->result.order = run->info.order;
    j->result.check_order = run->info.check_order;
    return TOOL_OK;
}

static int write_timeline(const job *j, const starfmm_plan *plan)
{
    return j->s->timeline ? tool_timeline_write(j->s->timeline, plan) : TOOL_OK;
}

static int with_plan(job *j, starfmm_plan *plan)
{
    TOOL_TRY(write_plan(j, plan));
    TOOL_TRY(allocate(j));
    for (int r = 0; r < j->s->repeat; r++) TOOL_TRY(evaluate_once(j, plan, r));
    TOOL_TRY(write_timeline(j, plan));
    return collect(j, plan);
}

static int with_runtime(job *j)
{
    starfmm_options o;
    starfmm_plan *plan;
    const tool_problem *p = &j->problem;
    fill_options(j->s, &o);
    tool_progress("setting up %zu sources, %zu targets", p->n_sources, p->n_targets);
    double start = sfm_now();
    starfmm_status status =
        starfmm_plan_create(&plan, &o, p->n_sources, p->sources, p->n_targets, p->targets);
    j->run.setup_seconds = sfm_now() - start;
    if (status != STARFMM_OK) return tool_fail_status(status, "setup");
    int code = with_plan(j, plan);
    starfmm_plan_destroy(plan);
    return code;
}

static int with_problem(job *j)
{
    double start = sfm_now();
    starfmm_status status = starfmm_runtime_start(j->s->plan.workers);
    j->run.runtime_seconds = sfm_now() - start;
    if (status != STARFMM_OK) return tool_fail_status(status, "StarPU");
    int code = with_runtime(j);
    starfmm_runtime_stop();
    return code;
}

static int evaluate(job *j, const char *input)
{
    double start = sfm_now();
    TOOL_TRY(tool_problem_read(&j->problem, input, j->s->plan.targets));
    j->run.read_seconds = sfm_now() - start;
    TOOL_TRY(with_problem(j));
    tool_progress("writing %s", j->s->output);
    return tool_result_write(&j->result, &j->out);
}

static void report(const job *j)
{
    int got = j->run.profile.n_workers;
    tool_progress_end();
    if (j->s->plan.workers > got)
        tool_warn("%d workers asked for, StarPU gave %d; see 'starfmm info'",
                  j->s->plan.workers, got);
    if (j->s->json)
        tool_report_json(&j->run);
    else
        tool_report_table(&j->run);
}

static int run(const tool_command *self, int argc, char **argv)
{
    settings s = {.plan.kappa = NAN, .repeat = 1};
    const char *operands[TOOL_MAX_OPERANDS];
    TOOL_TRY(tool_parse(self, argc, argv, &s, operands));
    TOOL_TRY(check(&s));
    TOOL_TRY(check_plan_out(&s, operands[0]));
    if (s.timeline) TOOL_TRY(tool_timeline_check(s.timeline, operands[0]));
    job j = {.s = &s};
    j.result.kernel = (starfmm_kernel)s.plan.kernel;
    j.result.kappa = isnan(s.plan.kappa) ? 0 : s.plan.kappa;
    j.result.precision = (starfmm_precision)s.plan.precision;
    TOOL_TRY(tool_output_open(&j.out, s.output, (tool_format)s.format, operands[0]));
    int code = evaluate(&j, operands[0]);
    if (code == TOOL_OK) report(&j);
    tool_output_discard(&j.out);
    tool_problem_free(&j.problem);
    tool_result_free(&j.result);
    free(j.charges);
    free(j.run.evaluate_seconds);
    return code;
}

static const char *const operand_names[] = {"IN", NULL};

const tool_command tool_evaluate = {
    .name = "evaluate",
    .brief = "potentials and gradients of points and charges",
    .synopsis = "IN -o OUT [OPTIONS]",
    .description =
        "Reads points and charges, builds a plan, evaluates it on the CPU workers of "
        "StarPU,\n"
        "writes the potentials and prints where the time went: per operator the number of\n"
        "tasks, their seconds summed over the workers, the share, and GFlop/s per worker.",
    .options = options,
    .operands = operand_names,
    .files =
        "IN, HDF5: datasets sources (N x 3), charges (N, or N x K) and optionally targets\n"
        "    (M x 3), float or double.\n"
        "IN, text: columns x y z q1 q2 ..., parted by commas, blanks or tabs; '#' begins "
        "a\n"
        "    comment; one header line may come first.\n"
        "OUT, HDF5: datasets potentials (M, or M x K) and gradients (M x 3, or M x K x 3) "
        "in\n"
        "    the precision computed; attributes kernel, kappa, precision, digits, order,\n"
        "    check_order, starfmm_version.\n"
        "OUT, text: the same as columns, the attributes as comment lines '# name = "
        "value'.\n"
        "OUT appears whole or not at all.",
    .examples = "starfmm evaluate in.h5 -o out.h5 --digits 6\n"
                "starfmm evaluate in.csv -o out.csv --gradient --kernel yukawa --kappa 2\n"
                "STARPU_SCHED=prio starfmm evaluate in.h5 -o out.h5 --repeat 5 --json",
    .run = run,
};
