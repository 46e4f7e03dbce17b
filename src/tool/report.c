/* SPDX-License-Identifier: BSD-3-Clause */
/* The figures of a run, in the order in which they come about: problem, tree, times, and
 * what each operator did.  Seconds of operators are summed over the workers, so that their
 * GFlop/s are those of one core. */
#include "tool/report.h"

#include <math.h>
#include <stdio.h>

#include "plan/environment.h"
#include "tool/json.h"
#include "tool/tool.h"

static const char *const list_names[] = {"u", "v", "w", "x"};
#define N_LISTS 4

/* Over all operators. */
static double total(const double v[STARFMM_N_OPERATORS])
{
    double sum = 0;
    for (int op = 0; op < STARFMM_N_OPERATORS; op++) sum += v[op];
    return sum;
}

static size_t total_tasks(const starfmm_profile *p)
{
    size_t sum = 0;
    for (int op = 0; op < STARFMM_N_OPERATORS; op++) sum += p->tasks[op];
    return sum;
}

/* A rate; 0 where nothing was measured. */
static double per(double amount, double seconds)
{
    return seconds > 0 ? amount / seconds : 0;
}

/* ---- JSON -------------------------------------------------------------------------- */

static void json_plan(const tool_run *run)
{
    const starfmm_info *i = &run->info;
    const starfmm_list_stats *lists[N_LISTS] = {&i->u, &i->v, &i->w, &i->x};
    json_text("kernel", tool_kernel_names[i->kernel]);
    json_text("precision", tool_precision_names[i->precision]);
    json_text("sources", run->sources);
    json_text("results", run->results);
    json_real("tolerance", i->tolerance);
    json_text("grade", tool_grade_names[i->grade]);
    json_integer("digits", i->digits);
    json_integer("order", i->order);
    json_integer("check_order", i->check_order);
    json_text("m2l", sfm_m2l_names[i->m2l]);
    json_bool("deterministic", i->deterministic);
    json_integer("n_crit", i->n_crit);
    json_integer("max_depth", i->max_depth);
    json_bool("balanced", i->balanced);
    json_integer("group_size", i->group_size);
    json_integer("n_groups", i->n_groups);
    json_open("tree", '{');
    json_count("nodes", i->n_nodes);
    json_count("leaves", i->n_leaves);
    json_integer("depth", i->depth);
    json_open("root_centre", '[');
    for (int d = 0; d < 3; d++) json_real(NULL, i->root_centre[d]);
    json_close(']');
    json_real("root_half_side", i->root_half_side);
    for (int l = 0; l < N_LISTS; l++) {
        json_open(list_names[l], '{');
        json_real("mean", lists[l]->mean_all);
        json_real("mean_leaves", lists[l]->mean_leaves);
        json_integer("max", lists[l]->max);
        json_close('}');
    }
    json_close('}');
}

static void json_times(const tool_run *run)
{
    const starfmm_info *i = &run->info;
    const starfmm_profile *p = &run->profile;
    json_real("read_seconds", run->read_seconds);
    json_real("runtime_seconds", run->runtime_seconds);
    json_real("setup_seconds", run->setup_seconds);
    json_open("setup", '{');
    json_real("tree_seconds", i->tree_seconds);
    json_real("operators_seconds", i->operators_seconds);
    json_close('}');
    json_open("evaluate_seconds", '[');
    for (int r = 0; r < run->repeat; r++) json_real(NULL, run->evaluate_seconds[r]);
    json_close(']');
    json_real("wall_seconds", p->wall_seconds);
    json_real("submit_seconds", p->submit_seconds);
    json_real("codelet_share", p->codelet_share);
    json_count("tasks", total_tasks(p));
    json_real("gflops", 1e-9 * per(total(p->flops), p->wall_seconds));
    json_open("operators", '{');
    for (int op = 0; op < STARFMM_N_OPERATORS; op++) {
        json_open(starfmm_operator_name((starfmm_operator)op), '{');
        json_count("tasks", p->tasks[op]);
        json_real("seconds", p->seconds[op]);
        json_real("flops", p->flops[op]);
        json_real("gflops", 1e-9 * per(p->flops[op], p->seconds[op]));
        json_close('}');
    }
    json_close('}');
}

static void json_estimate(const starfmm_error_estimate *e, int gradient)
{
    json_open("estimate", '{');
    json_count("samples", e->n_samples);
    json_real("confidence", e->confidence);
    json_real("potential", e->potential);
    json_real("potential_bound", e->potential_bound);
    if (gradient) json_real("gradient", e->gradient);
    if (gradient) json_real("gradient_bound", e->gradient_bound);
    json_close('}');
}

void tool_report_json(const tool_run *run)
{
    json_open(NULL, '{');
    json_text("version", starfmm_version());
    json_count("n_sources", run->info.n_sources);
    json_count("n_targets", run->info.n_targets);
    json_count("n_rhs", run->n_rhs);
    json_plan(run);
    json_times(run);
    json_integer("workers", run->profile.n_workers);
    json_text("scheduler", run->runtime.scheduler);
    json_text("starpu", run->runtime.version);
    json_text("isa", run->info.isa);
    if (run->estimate.n_samples > 0) json_estimate(&run->estimate, run->info.gradient);
    json_count("plan_memory_bytes", run->info.memory_bytes);
    json_count("peak_memory_bytes", run->peak_memory_bytes);
    json_close('}');
}

/* ---- for people -------------------------------------------------------------------- */

static void print_plan(const tool_run *run)
{
    const starfmm_info *i = &run->info;
    const starfmm_list_stats *lists[N_LISTS] = {&i->u, &i->v, &i->w, &i->x};
    printf("problem     %zu sources, %zu targets, %zu vector%s, %s: %s to %s, %s\n",
           i->n_sources, i->n_targets, run->n_rhs, run->n_rhs == 1 ? "" : "s",
           tool_kernel_names[i->kernel], run->sources, run->results,
           tool_precision_names[i->precision]);
    printf("accuracy    ");
    if (i->tolerance > 0)
        printf("%s %.3g: ", i->grade ? "every target" : "tolerance", i->tolerance);
    printf("order %d, check order %d, M2L %s%s\n", i->order, i->check_order,
           sfm_m2l_names[i->m2l], i->deterministic ? ", deterministic" : "");
    printf("tree        %zu nodes, %zu leaves, depth %d, n_crit %d%s\n", i->n_nodes,
           i->n_leaves, i->depth, i->n_crit, i->balanced ? ", balanced" : "");
    printf("lists       mean over nodes (max):");
    for (int l = 0; l < N_LISTS; l++)
        printf(" %s %.1f (%d)", list_names[l], lists[l]->mean_all, lists[l]->max);
    printf("\ngroups      %d, of at most %d nodes\n", i->n_groups, i->group_size);
}

static void print_estimate(const starfmm_error_estimate *e, int gradient)
{
    printf("errors      relative L2, from %zu targets: potentials %.2e", e->n_samples,
           e->potential);
    if (gradient) printf(", gradients %.2e", e->gradient);
    printf("; with a probability of %.0f %% at most %.2e", 100 * e->confidence,
           e->potential_bound);
    if (gradient) printf(", %.2e", e->gradient_bound);
    putchar('\n');
}

static void print_times(const tool_run *run)
{
    const starfmm_info *i = &run->info;
    const starfmm_profile *p = &run->profile;
    double best = run->evaluate_seconds[0];
    for (int r = 1; r < run->repeat; r++) best = fmin(best, run->evaluate_seconds[r]);
    printf("setup       %.3f s: tree %.3f, operators %.3f\n", run->setup_seconds,
           i->tree_seconds, i->operators_seconds);
    printf("evaluation  %.3f s", run->evaluate_seconds[run->repeat - 1]);
    if (run->repeat > 1) printf(", best of %d: %.3f s", run->repeat, best);
    printf("; %d worker%s, scheduler %s, %s\n", p->n_workers, p->n_workers == 1 ? "" : "s",
           run->runtime.scheduler, i->isa);
    printf("codelets    %.1f %% of the workers' time, %.3f s to submit %zu tasks\n",
           100 * p->codelet_share, p->submit_seconds, total_tasks(p));
    printf("memory      plan %.1f MB, peak of the process %.1f MB\n\n",
           1e-6 * (double)i->memory_bytes, 1e-6 * (double)run->peak_memory_bytes);
}

/* One operator, or all: tasks, seconds over the workers, their share, GFlop/s of a core. */
static void print_row(const char *name, size_t tasks, double seconds, double all_seconds,
                      double flops)
{
    printf("%-10s %8zu %10.4f %6.1f %%", name, tasks, seconds,
           100 * per(seconds, all_seconds));
    if (flops > 0)
        printf(" %9.2f\n", 1e-9 * per(flops, seconds));
    else
        printf(" %9s\n", "-");
}

void tool_report_table(const tool_run *run)
{
    const starfmm_profile *p = &run->profile;
    double seconds = total(p->seconds);
    print_plan(run);
    if (run->estimate.n_samples > 0) print_estimate(&run->estimate, run->info.gradient);
    print_times(run);
    printf("%-10s %8s %10s %8s %9s\n", "operator", "tasks", "seconds", "share", "GFlop/s");
    for (int op = 0; op < STARFMM_N_OPERATORS; op++)
        if (p->tasks[op] > 0)
            print_row(starfmm_operator_name((starfmm_operator)op), p->tasks[op],
                      p->seconds[op], seconds, p->flops[op]);
    print_row("all", total_tasks(p), seconds, seconds, total(p->flops));
}
