/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How well StarPU's performance models predict our tasks.  Calibrates them by evaluations,
 * asks them for every task, evaluates some more times, compares with each task's median.
 * CSV on stdout, a line per operator:
 *
 *   case, operator, tasks, footprints, known (share of the tasks with a prediction),
 *   median_ms, median_error (median of |predicted - measured| / measured), p90_error,
 *   total_error (predicted / measured - 1 of the sum over all tasks); no errors where no
 *   task is known
 *
 *   bench_models [KIND [N [DIGITS]]]        default: cube 1000000 6
 *
 * The models are kept where STARPU_PERF_MODEL_DIR or STARPU_HOME says: begin with an empty
 * folder, models taken on a busy machine are wrong for ever.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codelets/codelets.h"
#include "graph/graph.h"
#include "tool/points.h"

#define CALIBRATION 15 /* evaluations; StarPU believes a history of 10 */
#define MEASURED 9     /* evaluations after that */

typedef struct sample {
    double predicted, measured; /* seconds; predicted NAN: the model does not know */
    uint32_t footprint;
} sample;

static void must(starfmm_status status)
{
    if (status == STARFMM_OK) return;
    fprintf(stderr, "bench_models: %s\n", starfmm_last_error());
    exit(1);
}

static void *must_have(void *p)
{
    if (p) return p;
    fprintf(stderr, "bench_models: no memory\n");
    exit(1);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int by_footprint(const void *a, const void *b)
{
    uint32_t x = ((const sample *)a)->footprint, y = ((const sample *)b)->footprint;
    return (x > y) - (x < y);
}

static size_t count_footprints(sample *s, size_t n)
{
    size_t distinct = n > 0;
    qsort(s, n, sizeof *s, by_footprint);
    for (size_t i = 1; i < n; i++) distinct += s[i].footprint != s[i - 1].footprint;
    return distinct;
}

static double quantile(double *v, size_t n, double q)
{
    qsort(v, n, sizeof *v, by_value);
    return n ? v[(size_t)(q * (double)(n - 1))] : NAN;
}

static void print_operator(const char *name, starfmm_operator op, sample *s, size_t n)
{
    double *error = must_have(malloc((n + 1) * sizeof *error));
    double *ms = must_have(malloc((n + 1) * sizeof *ms)), predicted = 0, measured = 0;
    size_t known = 0;
    for (size_t i = 0; i < n; i++) {
        ms[i] = 1e3 * s[i].measured;
        if (isnan(s[i].predicted)) continue;
        error[known++] = fabs(s[i].predicted - s[i].measured) / s[i].measured;
        predicted += s[i].predicted;
        measured += s[i].measured;
    }
    printf("%s,%s,%zu,%zu,%.3f,%.4f,", name, starfmm_operator_name(op), n,
           count_footprints(s, n), (double)known / (double)n, quantile(ms, n, 0.5));
    if (known)
        printf("%.4f,%.4f,%.4f\n", quantile(error, known, 0.5), quantile(error, known, 0.9),
               predicted / measured - 1);
    else
        printf(",,\n");
    free(error);
    free(ms);
}

/* What the models expect of the tasks in the timeline, before they run again. */
static void predict(const starfmm_plan *plan, const starfmm_task_record *r, size_t n,
                    sample *s)
{
    struct starpu_perfmodel_arch *arch = starpu_worker_get_perf_archtype(0, 0);
    for (size_t i = 0; i < n; i++) {
        int32_t g = plan->core.schedule.groups.level_begin[r[i].level] + r[i].group;
        s[i].footprint =
            sfm_task_footprint(&plan->core.fmm, g, plan->core.task_flops[g][r[i].op], 1);
        s[i].predicted = 1e-6 * starpu_perfmodel_history_based_expected_perf(
                                    sfm_codelet_of(r[i].op)->model, arch, s[i].footprint);
    }
}

/* The median time of every task over some evaluations; all timelines list the tasks by
 * group and operator. */
static void measure(starfmm_plan *plan, const double *q, double *p, size_t n, sample *s)
{
    starfmm_task_record *r = must_have(malloc(n * sizeof *r));
    double(*times)[MEASURED] = must_have(malloc(n * sizeof *times));
    for (int k = 0; k < MEASURED; k++) {
        must(starfmm_evaluate(plan, 1, q, p, NULL));
        must(starfmm_plan_get_timeline(plan, n, r, &n));
        for (size_t i = 0; i < n; i++) times[i][k] = r[i].end - r[i].start;
    }
    for (size_t i = 0; i < n; i++) s[i].measured = quantile(times[i], MEASURED, 0.5);
    free(times);
    free(r);
}

static void report(const char *name, const starfmm_task_record *task, size_t n,
                   const sample *all)
{
    sample *of_op = must_have(malloc(n * sizeof *of_op));
    for (int op = 0; op < STARFMM_N_OPERATORS; op++) {
        size_t found = 0;
        for (size_t i = 0; i < n; i++)
            if ((int)task[i].op == op) of_op[found++] = all[i];
        if (found) print_operator(name, (starfmm_operator)op, of_op, found);
    }
    free(of_op);
}

static void compare(const char *name, starfmm_plan *plan, const double *q, double *p)
{
    size_t n;
    must(starfmm_plan_get_timeline(plan, 0, NULL, &n));
    starfmm_task_record *task = must_have(malloc(n * sizeof *task));
    sample *s = must_have(malloc(n * sizeof *s));
    must(starfmm_plan_get_timeline(plan, n, task, &n));
    predict(plan, task, n, s);
    measure(plan, q, p, n, s);
    report(name, task, n, s);
    free(task);
    free(s);
}

int main(int argc, char **argv)
{
    const char *kind = argc > 1 ? argv[1] : "cube";
    size_t n = argc > 2 ? (size_t)atof(argv[2]) : 1000000;
    starfmm_options o;
    starfmm_plan *plan;
    starfmm_options_init(&o);
    o.digits = argc > 3 ? atoi(argv[3]) : 6;
    double *x = must_have(malloc(3 * n * sizeof *x)), *q = must_have(malloc(n * sizeof *q));
    double *p = must_have(malloc(n * sizeof *p));
    if (tool_points_find(kind) < 0) {
        fprintf(stderr, "bench_models: there is no kind '%s'\n", kind);
        return 2;
    }
    tool_points_fill(tool_points_find(kind), 1, 0, n, x);
    for (size_t i = 0; i < n; i++) q[i] = 1 + (double)(i % 7);
    setenv("STARPU_CALIBRATE", "1", 0);
    must(starfmm_runtime_start(0));
    must(starfmm_plan_create(&plan, &o, n, x, 0, NULL));
    for (int i = 0; i < CALIBRATION; i++) must(starfmm_evaluate(plan, 1, q, p, NULL));
    printf("case,operator,tasks,footprints,known,median_ms,median_error,p90_error,total_"
           "error\n");
    compare(kind, plan, q, p);
    must(starfmm_plan_destroy(plan));
    starfmm_runtime_stop();
    free(x);
    free(q);
    free(p);
    return 0;
}
