/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * starfmm evaluate: potentials and gradients of a file of points and charges.  Outputs are
 * checked, the input is read, StarPU started, the plan made, evaluated so many times, and
 * what came out is written and reported (report.c).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "plan/environment.h"
#include "tool/data.h"
#include "tool/options.h"
#include "tool/report.h"

/* Repetition r before the last turns the charges by r x TURN rows: a prime, so that near
 * points get charges from afar. */
#define TURN 7919

typedef struct settings {
    const char *output, *targets, *plan_out, *timeline;
    const char *sources, *results; /* kinds; NULL: the kernel's first */
    int digits, order, check_order, grade, check, points;
    int kernel, precision, gradient, m2l;
    double tolerance; /* 0: not given */
    double param;     /* NAN: not given */
    int n_crit, group_size, max_depth, no_balance, deterministic;
    int workers, repeat, format, json;
} settings;

static const tool_option options[] = {
    {"output", 'o', TOOL_TEXT, offsetof(settings, output), "FILE",
     .help = "File to write.  Needed."},
    {"digits", 'd', TOOL_INTEGER, offsetof(settings, digits), "D", 1, 12,
     .help =
         "Short for --tolerance 1e-D: 1 to 12 in double, 1 to 5 in float.  Default 6 in\n"
         "double, 4 in float."},
    {"tolerance", 0, TOOL_REAL, offsetof(settings, tolerance), "T", 1e-300, 0.999,
     .help = "Errors of potentials, and with --gradient of gradients, at most T: relative\n"
             "L2 errors over all targets, or as --grade says."},
    {"grade", 0, TOOL_CHOICE, offsetof(settings, grade), .choices = tool_grade_names,
     .help = "What a tolerance bounds.  strict: the error of every single target relative\n"
             "to sum |K| |q|, for any set of points.  Default ordinary."},
    {"check", 0, TOOL_FLAG, offsetof(settings, check),
     .help = "Estimate the errors of the result by direct sums at some targets, in less\n"
             "than a tenth of an evaluation's time."},
    {"order", 'p', TOOL_INTEGER, offsetof(settings, order), "P", 1, 20,
     .help = "Points per edge of the equivalent surfaces, instead of digits."},
    {"check-order", 0, TOOL_INTEGER, offsetof(settings, check_order), "P", 1, 22,
     .help = "Points per edge of the check surfaces, at least the order.  Default: chosen\n"
             "with the order."},
    {"kernel", 'k', TOOL_CHOICE, offsetof(settings, kernel),
     .choices = (const char *const *)tool_kernel_names,
     .help = "See 'starfmm kernels'.  Default laplace."},
    {"param", 0, TOOL_REAL, offsetof(settings, param), "P", -1e300, 1e300,
     .help = "The kernel's parameter.  Needed where it has one."},
    {"kappa", 0, TOOL_REAL, offsetof(settings, param), "K", 0, 1e300,
     .help = "The same, as yukawa calls it."},
    {"sources", 0, TOOL_TEXT, offsetof(settings, sources), "KIND",
     .help =
         "What the charges are, as 'charge', 'dipole' or 'force'.  Default: the kernel's\n"
         "first kind."},
    {"results", 0, TOOL_TEXT, offsetof(settings, results), "KIND",
     .help =
         "What targets receive, as 'potential', 'gradient' or 'hessian'.  Default: the\n"
         "kernel's first kind."},
    {"precision", 0, TOOL_CHOICE, offsetof(settings, precision),
     .choices = tool_precision_names,
     .help = "Precision of charges, arithmetic and output.  Default double, whatever the\n"
             "input's."},
    {"gradient", 'g', TOOL_FLAG, offsetof(settings, gradient),
     .help = "The same as --results gradient."},
    {"targets", 't', TOOL_TEXT, offsetof(settings, targets), "FILE",
     .help = "Evaluate at these targets: text columns x y z, or HDF5 dataset targets.\n"
             "Default: those in IN, else the sources."},
    {"workers", 'w', TOOL_INTEGER, offsetof(settings, workers), "W", 1, 4096,
     .help = "Number of CPU workers.  Default: STARPU_NCPU, else one per core."},
    {"n-crit", 0, TOOL_INTEGER, offsetof(settings, n_crit), "N", 1, SFM_MAX_N_CRIT,
     .help = "Split a node that holds more points.  Default: by a cost model."},
    {"group-size", 0, TOOL_INTEGER, offsetof(settings, group_size), "N", 1,
     SFM_MAX_GROUP_SIZE, .help = "Nodes per task.  Default: by a cost model."},
    {"max-depth", 0, TOOL_INTEGER, offsetof(settings, max_depth), "L", 1, 21,
     .help = "Deepest level of the tree.  Default 21."},
    {"no-balance", 0, TOOL_FLAG, offsetof(settings, no_balance),
     .help = "Let adjacent leaves differ by more than one level."},
    {"deterministic", 0, TOOL_FLAG, offsetof(settings, deterministic),
     .help = "The same bits on any number of workers and with any scheduler."},
    {"m2l", 0, TOOL_CHOICE, offsetof(settings, m2l), .choices = sfm_m2l_names,
     .help = "Method of the M2L operator.  Default auto."},
    {"repeat", 'r', TOOL_INTEGER, offsetof(settings, repeat), "R", 1, 1e6,
     .help = "Evaluate R times on one plan, each time with other charges: in repetition\n"
             "r = R-1, ..., 1, 0 point i has charge (i + 7919 r) mod N of the file, over\n"
             "r + 1.  The last is the file's own, and it is written.  Default 1."},
    {"format", 0, TOOL_CHOICE, offsetof(settings, format), .choices = tool_format_names,
     .help = "Format of the output.  " tool_format_rule},
    {"points", 0, TOOL_FLAG, offsetof(settings, points),
     .help =
         "Write the targets' coordinates too, before the results.  VTK always has them."},
    {"plan-out", 0, TOOL_TEXT, offsetof(settings, plan_out), "FILE",
     .help = "Write tree, lists and groups to an HDF5 file too."},
    {"timeline", 0, TOOL_TEXT, offsetof(settings, timeline), "FILE",
     .help = "Write when and where each task of the last evaluation ran, as columns\n"
             "operator, level, group, worker, start, end (seconds since the first\n"
             "submission).  'trace.py FOLDER', of /usr/share/starfmm or perf/ of the\n"
             "sources, draws them where FILE is FOLDER/timeline.csv."},
    {"json", 'j', TOOL_FLAG, offsetof(settings, json),
     .help = "Print one JSON object instead of the table; seconds and bytes."},
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

/* Options that are wrong together; each alone is the table's matter. */
static int check_settings(const settings *s)
{
    if (s->output == NULL) return tool_fail(TOOL_USAGE, "evaluate: -o FILE is needed");
    if ((s->digits != 0) + (s->tolerance != 0) + (s->order != 0) > 1)
        return tool_fail(TOOL_USAGE,
                         "evaluate: give one of --digits, --tolerance, --order, not both");
    const sfm_kernel *kernel = sfm_kernel_get((starfmm_kernel)s->kernel);
    if (kernel->n_params && isnan(s->param))
        return tool_fail(TOOL_USAGE, "evaluate: --kernel %s needs --param: %s",
                         kernel->name, kernel->param[0].name);
    if (!kernel->n_params && !isnan(s->param))
        return tool_fail(TOOL_USAGE, "evaluate: --kernel %s has no parameter",
                         kernel->name);
    if (s->gradient && s->results)
        return tool_fail(TOOL_USAGE, "evaluate: give --gradient or --results, not both");
    return TOOL_OK;
}

/* The settings in the library's words; what is not given stays automatic. */
static starfmm_options plan_options(const settings *s, const tool_kernel *kernel)
{
    starfmm_options o;
    starfmm_options_init(&o);
    tool_kernel_options(kernel, &o);
    o.precision = (starfmm_precision)s->precision;
    o.digits = s->digits;
    o.tolerance = s->tolerance;
    o.grade = (starfmm_grade)s->grade;
    o.order = s->order;
    o.check_order = s->check_order;
    o.n_crit = s->n_crit;
    o.group_size = s->group_size;
    o.max_depth = s->max_depth;
    o.balance = s->no_balance ? STARFMM_OFF : STARFMM_AUTO;
    o.deterministic = s->deterministic ? STARFMM_ON : STARFMM_AUTO;
    o.m2l = (starfmm_m2l)s->m2l;
    return o;
}

/* Once for all repetitions; the plan's precision, in which the result is written. */
static int allocate_arrays(job *j)
{
    const tool_problem *p = &j->problem;
    tool_result *r = &j->result;
    size_t row = p->n_rhs * tool_real_size(r->precision);
    r->n_targets = p->n_targets;
    r->n_rhs = p->n_rhs;
    r->is_vector = p->is_vector;
    TOOL_TRY(tool_alloc(&j->charges, p->n_sources, p->n_components * row, "charges"));
    TOOL_TRY(
        tool_alloc(&r->potentials, r->n_targets, r->kernel.n_first * row, "potentials"));
    if (r->kernel.n_rest)
        TOOL_TRY(
            tool_alloc(&r->gradients, r->n_targets, r->kernel.n_rest * row, "gradients"));
    return tool_alloc((void **)&j->run.evaluate_seconds, (size_t)j->s->repeat,
                      sizeof(double), "times");
}

/* ---- the evaluations --------------------------------------------------------------- */

/* The library's word on how far it is.  It is not asked to stop. */
static int show_progress(size_t done, size_t total, void *payload)
{
    (void)payload;
    tool_progress_share(done, total);
    return 0;
}

/* One blocking evaluation, timed from the call to its return. */
static int evaluate_once(job *j, starfmm_plan *plan, int repetition)
{
    int step = j->s->repeat - 1 - repetition; /* 0: the file's charges (see --repeat) */
    TOOL_TRY(tool_problem_charges(&j->problem, j->result.precision, (size_t)step * TURN,
                                  1.0 / (step + 1), j->charges));
    tool_progress("evaluating, %d of %d", repetition + 1, j->s->repeat);
    double start = sfm_now();
    starfmm_status status = starfmm_evaluate(plan, j->problem.n_rhs, j->charges,
                                             j->result.potentials, j->result.gradients);
    j->run.evaluate_seconds[repetition] = sfm_now() - start;
    return tool_check(status, "evaluation");
}

/* The tasks of the last evaluation, one per line, for perf/trace.py and spreadsheets. */
static int write_timeline(const char *path, const starfmm_plan *plan)
{
    size_t n, size;
    char *text;
    starfmm_task_record *records;
    TOOL_TRY(tool_check(starfmm_plan_get_timeline(plan, 0, NULL, &n), "timeline"));
    TOOL_TRY(tool_alloc((void **)&records, n, sizeof(*records), "the timeline"));
    starfmm_status status = starfmm_plan_get_timeline(plan, n, records, &n);
    FILE *f = open_memstream(&text, &size);
    if (f != NULL) {
        fprintf(f, "operator,level,group,worker,start,end\n");
        for (const starfmm_task_record *r = records; r < records + n; r++)
            fprintf(f, "%s,%d,%d,%d,%.9f,%.9f\n", starfmm_operator_name(r->op), r->level,
                    r->group, r->worker, r->start, r->end);
        if (fclose(f) != 0) status = STARFMM_ENOMEM;
        if (status == STARFMM_OK) status = sfm_replace_file(path, text, size);
        free(text);
    } else
        status = STARFMM_ENOMEM;
    free(records);
    return tool_check(status, "timeline");
}

/* What plan, runtime and system tell of the run, for the report. */
static int collect_figures(job *j, const starfmm_plan *plan)
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
    TOOL_TRY(tool_check(status, "profile"));
    getrusage(RUSAGE_SELF, &usage);
    run->peak_memory_bytes = (size_t)usage.ru_maxrss * 1024; /* Linux counts in KiB */
    j->result.tolerance = run->info.tolerance;
    j->result.grade = run->info.grade;
    j->result.order = run->info.order;
    j->result.check_order = run->info.check_order;
    return TOOL_OK;
}

static int estimate_error(job *j, const starfmm_plan *plan)
{
    starfmm_error_estimate *e = &j->run.estimate;
    e->size = sizeof *e;
    tool_progress("checking");
    return tool_check(starfmm_estimate_error(plan, j->problem.n_rhs, j->charges,
                                             j->result.potentials, j->result.gradients, e),
                      "check");
}

static int evaluate_plan(job *j, starfmm_plan *plan)
{
    const settings *s = j->s;
    if (s->plan_out) TOOL_TRY(tool_check(starfmm_plan_write(plan, s->plan_out), "plan"));
    TOOL_TRY(allocate_arrays(j));
    TOOL_TRY(tool_check(starfmm_plan_set_progress(plan, show_progress, NULL), "progress"));
    for (int r = 0; r < s->repeat; r++) TOOL_TRY(evaluate_once(j, plan, r));
    if (s->timeline) TOOL_TRY(write_timeline(s->timeline, plan));
    if (s->check) TOOL_TRY(estimate_error(j, plan));
    return collect_figures(j, plan);
}

/* With StarPU running: make the plan, evaluate it. */
static int make_and_evaluate(job *j)
{
    starfmm_plan *plan;
    const tool_problem *p = &j->problem;
    const starfmm_options o = plan_options(j->s, &j->result.kernel);
    tool_progress("setting up %zu sources, %zu targets", p->n_sources, p->n_targets);
    double start = sfm_now();
    starfmm_status status =
        starfmm_plan_create(&plan, &o, p->n_sources, p->sources, p->n_targets, p->targets);
    j->run.setup_seconds = sfm_now() - start;
    TOOL_TRY(tool_check(status, "setup"));
    int code = evaluate_plan(j, plan);
    starfmm_plan_destroy(plan);
    return code;
}

/* From the input to the written output. */
static int evaluate_file(job *j, const char *input)
{
    double start = sfm_now();
    TOOL_TRY(tool_problem_read(&j->problem, input, j->s->targets));
    TOOL_TRY(tool_problem_fit(&j->problem, input, &j->result.kernel));
    j->run.read_seconds = sfm_now() - start;
    start = sfm_now();
    starfmm_status status = starfmm_runtime_start(j->s->workers);
    j->run.runtime_seconds = sfm_now() - start;
    TOOL_TRY(tool_check(status, "StarPU"));
    int code = make_and_evaluate(j);
    starfmm_runtime_stop();
    TOOL_TRY(code);
    if (j->s->points || j->out.format == TOOL_FORMAT_VTP)
        j->result.points = j->problem.targets ? j->problem.targets : j->problem.sources;
    tool_progress("writing %s", j->s->output);
    return tool_result_write(&j->result, &j->out);
}

static void report(const job *j)
{
    int got = j->run.profile.n_workers;
    tool_progress_end();
    if (j->s->workers > got)
        tool_warn("%d workers asked for, StarPU gave %d; see 'starfmm info'", j->s->workers,
                  got);
    if (j->s->json)
        tool_report_json(&j->run);
    else
        tool_report_table(&j->run);
}

static int run_evaluate(const tool_command *self, int argc, char **argv)
{
    settings s = {.param = NAN, .repeat = 1};
    const char *operands[TOOL_MAX_OPERANDS];
    TOOL_TRY(tool_parse(self, argc, argv, &s, operands));
    TOOL_TRY(check_settings(&s));
    TOOL_TRY(tool_output_check(s.plan_out, TOOL_FORMAT_HDF5, operands[0]));
    TOOL_TRY(tool_output_check(s.timeline, TOOL_FORMAT_TEXT, operands[0]));
    job j = {.s = &s};
    TOOL_TRY(tool_kernel_choose(&j.result.kernel, tool_kernel_names[s.kernel], s.sources,
                                s.results, s.gradient));
    j.result.kernel.param = isnan(s.param) ? 0 : s.param;
    j.run.sources = j.result.kernel.kernel->source[j.result.kernel.source].name;
    j.run.results = j.result.kernel.kernel->target[j.result.kernel.target].name;
    j.result.precision = (starfmm_precision)s.precision;
    TOOL_TRY(tool_output_open(&j.out, s.output, (tool_format)s.format, operands[0]));
    int code = evaluate_file(&j, operands[0]);
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
        "    (M x 3), float or double.  Where a charge has C components, the charges are\n"
        "    (N x C), or (N x K x C).\n"
        "IN, text: columns x y z q1 q2 ..., parted by commas, blanks or tabs; '#' begins "
        "a\n"
        "    comment; one header line may come first.\n"
        "OUT, HDF5: datasets potentials (M, or M x K) and gradients (M x 3, or M x K x 3) "
        "in\n"
        "    the precision computed; attributes kernel, source_kind, target_kind, param,\n"
        "    precision, tolerance, grade, order, check_order, starfmm_version, "
        "components,\n"
        "    formula; of each dataset meaning, units, axes.  Where the\n"
        "    kernel's first kind of targets has several components, potentials have them "
        "as a\n"
        "    last dimension; gradients have what --results has beyond them.  The "
        "attribute\n"
        "    components names all of them.\n"
        "OUT, text: the same as columns, the attributes as comment lines '# name = "
        "value'.\n"
        "OUT, VTK: the targets as vertices with data potential and gradient (potential1,\n"
        "    gradient1, potential2 ... of several charge vectors).\n"
        "OUT appears whole or not at all.  - is standard input or output; with -o - what "
        "is\n"
        "    printed goes to standard error.",
    .examples = "starfmm evaluate in.h5 -o out.h5 --digits 6\n"
                "starfmm evaluate in.csv -o out.csv --gradient --kernel yukawa --kappa 2\n"
                "STARPU_SCHED=prio starfmm evaluate in.h5 -o out.h5 --repeat 5 --json",
    .run = run_evaluate,
};
