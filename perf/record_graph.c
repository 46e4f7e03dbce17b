/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tasks of one evaluation, as StarPU gets them, with the time that each takes on one
 * worker; perf/simulate.c runs them again on cores that this machine does not have.
 *
 *   record_graph OUT.csv [CORES [KIND [N [DIGITS [REPEAT]]]]]
 *                                      default: 64 cores, cube 1000000 6 3
 *
 * CORES are those that the groups are cut for.  OUT.csv has a line per task in the order of
 * submission:
 *
 *   operator, level, priority, seconds, submit, accesses
 *
 * where submit are the seconds that the submitting thread needed for the task and accesses
 * are numbers of data with r (read), w (write) or c (commute).  Both times are CPU times of
 * the thread, so that a busy machine does not lengthen them, and the least of REPEAT
 * evaluations. On stdout, as CSV: cores, n, tasks, groups, the sums of these times, the
 * best evaluation's wall time and workers.
 *
 * The linker puts this file's starpu_task_submit and clock_gettime in the place of those
 * that the library calls.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "codelets/codelets.h"
#include "graph/graph.h"
#include "tool/points.h"

typedef struct recorded {
    starfmm_operator op;
    int32_t group;
    int priority, n;
    size_t first;  /* of its accesses */
    double submit; /* seconds */
} recorded;

typedef struct recording {
    recorded *task;
    struct starpu_data_descr *access;
    size_t n_tasks, n_accesses, room_tasks, room_accesses;
    double begin; /* of the submission under way; its thread's CPU time */
} recording;

static recording graph; /* of the last evaluation: one thread submits */

int __real_starpu_task_submit(struct starpu_task *task);
int __real_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_starpu_task_submit(struct starpu_task *task);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time);

static void must(starfmm_status status)
{
    if (status == STARFMM_OK) return;
    fprintf(stderr, "record_graph: %s\n", starfmm_last_error());
    exit(1);
}

static void *must_have(void *p)
{
    if (p) return p;
    fprintf(stderr, "record_graph: no memory\n");
    exit(1);
}

static double wall(void)
{
    struct timespec t;
    __real_clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Operators begin and end on one thread. */
int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
    return __real_clock_gettime(clock == CLOCK_MONOTONIC ? CLOCK_THREAD_CPUTIME_ID : clock,
                                time);
}

static void make_room(int n)
{
    if (graph.n_tasks == graph.room_tasks) {
        size_t room = 2 * graph.room_tasks + 1024;
        graph.task = must_have(realloc(graph.task, room * sizeof *graph.task));
        memset(graph.task + graph.room_tasks, 0,
               (room - graph.room_tasks) * sizeof *graph.task);
        graph.room_tasks = room;
    }
    while (graph.n_accesses + (size_t)n > graph.room_accesses) {
        graph.room_accesses = 2 * graph.room_accesses + 1024;
        graph.access =
            must_have(realloc(graph.access, graph.room_accesses * sizeof *graph.access));
    }
}

static double least(double before, double now)
{
    return before > 0 && before < now ? before : now;
}

/* Evaluations submit the same tasks in the same order. */
static void note(const struct starpu_task *task, starfmm_operator op)
{
    const sfm_task *argument = task->cl_arg;
    int n = task->nbuffers;
    make_room(n);
    recorded *t = &graph.task[graph.n_tasks++];
    *t = (recorded){op, argument->group, task->priority, n, graph.n_accesses, t->submit};
    for (int i = 0; i < n; i++)
        graph.access[graph.n_accesses++] = (struct starpu_data_descr){
            STARPU_TASK_GET_HANDLE(task, i), STARPU_TASK_GET_MODE(task, i)};
}

int __wrap_starpu_task_submit(struct starpu_task *task)
{
    int op = 0;
    while (op < STARFMM_N_OPERATORS && sfm_codelet_of(op) != task->cl) op++;
    if (op == STARFMM_N_OPERATORS) return __real_starpu_task_submit(task);
    double begin = graph.begin, noting = sfm_now();
    note(task, (starfmm_operator)op);
    noting = sfm_now() - noting;
    int error = __real_starpu_task_submit(task);
    graph.begin = sfm_now();
    recorded *t = &graph.task[graph.n_tasks - 1];
    t->submit = least(t->submit, graph.begin - begin - noting);
    return error;
}

/* The least time of every task so far: seconds[group][operator]. */
static void take_times(const starfmm_plan *plan, double *seconds)
{
    size_t n;
    must(starfmm_plan_get_timeline(plan, 0, NULL, &n));
    starfmm_task_record *r = must_have(malloc(n * sizeof *r));
    must(starfmm_plan_get_timeline(plan, n, r, &n));
    for (size_t i = 0; i < n; i++) {
        int32_t g = plan->core.schedule.groups.level_begin[r[i].level] + r[i].group;
        double *time = &seconds[(size_t)g * STARFMM_N_OPERATORS + r[i].op];
        *time = least(*time, r[i].end - r[i].start);
    }
    free(r);
}

static int by_handle(const void *a, const void *b)
{
    starpu_data_handle_t x = *(const starpu_data_handle_t *)a;
    starpu_data_handle_t y = *(const starpu_data_handle_t *)b;
    return (x > y) - (x < y);
}

/* All handles, sorted. */
static starpu_data_handle_t *number_handles(size_t *n)
{
    starpu_data_handle_t *h = must_have(malloc((graph.n_accesses + 1) * sizeof *h));
    for (size_t i = 0; i < graph.n_accesses; i++) h[i] = graph.access[i].handle;
    qsort(h, graph.n_accesses, sizeof *h, by_handle);
    *n = 0;
    for (size_t i = 0; i < graph.n_accesses; i++)
        if (*n == 0 || h[i] != h[*n - 1]) h[(*n)++] = h[i];
    return h;
}

static char letter(enum starpu_data_access_mode mode)
{
    if (mode & STARPU_COMMUTE) return 'c';
    return mode & STARPU_W ? 'w' : 'r';
}

static void write_graph(FILE *f, const sfm_fmm *fmm, const double *seconds)
{
    size_t n;
    starpu_data_handle_t *handles = number_handles(&n);
    fprintf(f, "operator,level,priority,seconds,submit,accesses\n");
    for (const recorded *t = graph.task; t < graph.task + graph.n_tasks; t++) {
        fprintf(f, "%s,%d,%d,%.9f,%.9f,", starfmm_operator_name(t->op),
                fmm->schedule->groups.group[t->group].level, t->priority,
                seconds[(size_t)t->group * STARFMM_N_OPERATORS + t->op], t->submit);
        for (size_t i = t->first; i < t->first + (size_t)t->n; i++) {
            starpu_data_handle_t *h =
                bsearch(&graph.access[i].handle, handles, n, sizeof *h, by_handle);
            fprintf(f, "%s%zu%c", i == t->first ? "" : " ", (size_t)(h - handles),
                    letter(graph.access[i].mode));
        }
        fputc('\n', f);
    }
    free(handles);
}

/* A plan whose groups are cut for `cores`, whatever the workers of this process. */
static starfmm_plan *make_plan(const starfmm_options *o, int cores, size_t n,
                               const double *x)
{
    starfmm_plan *plan;
    must(starfmm_plan_create(&plan, o, n < 1000 ? n : 1000, x, 0, NULL));
    plan->core.n_workers = cores;
    must(starfmm_plan_move(plan, n, x, 0, NULL));
    return plan;
}

static double evaluate(starfmm_plan *plan, int repeat, const double *q, double *p,
                       double *seconds)
{
    double best = 0;
    for (int i = 0; i < repeat; i++) {
        graph.n_tasks = graph.n_accesses = 0;
        double start = wall();
        graph.begin = sfm_now();
        must(starfmm_evaluate(plan, 1, q, p, NULL));
        double took = wall() - start;
        best = i == 0 || took < best ? took : best;
        take_times(plan, seconds);
    }
    return best;
}

static void record(FILE *f, int cores, const char *kind, size_t n, int digits, int repeat)
{
    starfmm_options o;
    starfmm_options_init(&o);
    o.digits = digits;
    double *x = must_have(malloc(3 * n * sizeof *x)), *q = must_have(malloc(n * sizeof *q));
    double *p = must_have(malloc(n * sizeof *p)), sum = 0, submit = 0;
    tool_points_fill(tool_points_find(kind), 1, 0, n, x);
    for (size_t i = 0; i < n; i++) q[i] = 1 + (double)(i % 7);
    starfmm_plan *plan = make_plan(&o, cores, n, x);
    size_t n_times = (size_t)plan->core.schedule.groups.n * STARFMM_N_OPERATORS;
    double *seconds = must_have(calloc(n_times, sizeof *seconds));
    double best = evaluate(plan, repeat, q, p, seconds);
    for (size_t i = 0; i < n_times; i++) sum += seconds[i];
    for (size_t i = 0; i < graph.n_tasks; i++) submit += graph.task[i].submit;
    write_graph(f, &plan->core.fmm, seconds);
    printf("cores,n,tasks,groups,task_seconds,submit_seconds,wall_seconds,workers\n");
    printf("%d,%zu,%zu,%d,%.6f,%.6f,%.6f,%u\n", cores, n, graph.n_tasks,
           plan->core.schedule.groups.n, sum, submit, best, starpu_cpu_worker_get_count());
    must(starfmm_plan_destroy(plan));
    free(seconds);
    free(x);
    free(q);
    free(p);
}

int main(int argc, char **argv)
{
    int cores = argc > 2 ? atoi(argv[2]) : 64;
    const char *kind = argc > 3 ? argv[3] : "cube";
    double n = argc > 4 ? atof(argv[4]) : 1e6;
    int digits = argc > 5 ? atoi(argv[5]) : 6, repeat = argc > 6 ? atoi(argv[6]) : 3;
    FILE *f = argc > 1 ? fopen(argv[1], "w") : NULL;
    if (!f || cores < 1 || n < 1 || repeat < 1 || tool_points_find(kind) < 0) {
        fprintf(stderr,
                "usage: record_graph OUT.csv [CORES [KIND [N [DIGITS [REPEAT]]]]]\n");
        return 2;
    }
    setenv("STARPU_NCPU", "1", 0);
    must(starfmm_runtime_start(0));
    record(f, cores, kind, (size_t)n, digits, repeat);
    starfmm_runtime_stop();
    free(graph.task);
    free(graph.access);
    if (fclose(f) == 0) return 0;
    fprintf(stderr, "record_graph: cannot write %s\n", argv[1]);
    return 1;
}
