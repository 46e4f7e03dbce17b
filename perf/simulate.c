/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Run the tasks that perf/record_graph.c has recorded on the cores of a machine that
 * StarPU's SimGrid build is told of: same data, modes, priorities and order of submission,
 * each task as long as it was.  perf/scaling.py drives it.
 *
 *   simulate GRAPH.csv [SUBMIT]
 *
 * One thread submits; SUBMIT, default 1, scales what a submission costs it (0: nothing).
 * Prints as CSV the simulated cores, seconds from the first submission to the end of the
 * last task, and seconds of submission.
 */
#include <starpu.h>
#include <starpu_config.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef STARPU_SIMGRID
#error "this StarPU is no SimGrid build: perf/build_starpu.sh PREFIX --fast --simgrid"
#endif

/* What execution costs beyond the codelet per task and per datum of a task, in seconds.
 * Measured with tasks of 0 to 200 data that do nothing. */
static const double run_task = 0.6e-6, run_datum = 0.14e-6;

/* SimGrid rounds times to 1e-5 s: shorter waits are put together. */
static const double shortest_wait = 1e-4;

#define MOST_DATA 16384 /* of one task */

typedef struct data_set {
    starpu_data_handle_t *handle;
    size_t n;
} data_set;

static double expected_us(struct starpu_task *task, struct starpu_perfmodel_arch *arch,
                          unsigned nimpl)
{
    (void)arch, (void)nimpl;
    return 1e6 * *(const double *)task->cl_arg;
}

static void never_run(void *buffers[], void *arg)
{
    (void)buffers, (void)arg;
}

static struct starpu_perfmodel model = {.type = STARPU_PER_ARCH,
                                        .symbol = "starfmm_recorded",
                                        .arch_cost_function = expected_us};
static struct starpu_codelet codelet = {.cpu_funcs = {never_run},
                                        .cpu_funcs_name = {"never_run"},
                                        .nbuffers = STARPU_VARIABLE_NBUFFERS,
                                        .name = "recorded",
                                        .model = &model};

static void *must_have(void *p)
{
    if (p) return p;
    fprintf(stderr, "simulate: no memory\n");
    exit(1);
}

static starpu_data_handle_t datum(data_set *d, size_t i)
{
    static char content[1]; /* of all data: no task looks at it */
    if (i >= d->n) {
        size_t n = 2 * i + 1024;
        d->handle = must_have(realloc(d->handle, n * sizeof(*d->handle)));
        memset(d->handle + d->n, 0, (n - d->n) * sizeof(*d->handle));
        d->n = n;
    }
    if (!d->handle[i])
        starpu_variable_data_register(&d->handle[i], STARPU_MAIN_RAM, (uintptr_t)content,
                                      sizeof content);
    return d->handle[i];
}

static enum starpu_data_access_mode mode_of(char letter)
{
    if (letter == 'r') return STARPU_R;
    return letter == 'c' ? STARPU_RW | STARPU_COMMUTE : STARPU_RW;
}

/* Accesses such as "12r 4c"; returns how many. */
static int read_accesses(char *text, data_set *d, struct starpu_data_descr *access)
{
    int n = 0;
    for (char *end; *text >= '0' && *text <= '9' && n < MOST_DATA; text = end) {
        access[n].handle = datum(d, strtoul(text, &end, 10));
        access[n++].mode = mode_of(*end++);
        if (*end == ' ') end++;
    }
    return n;
}

/* The thread is busy for this long; returns the same. */
static double spend(double seconds)
{
    static double debt;
    debt += seconds;
    if (debt >= shortest_wait) {
        starpu_sleep((float)debt);
        debt = 0;
    }
    return seconds;
}

static void submit(int priority, double seconds, int n,
                   const struct starpu_data_descr *access)
{
    struct starpu_task *task = must_have(starpu_task_create());
    double *length = must_have(malloc(sizeof *length));
    *length = seconds + run_task + n * run_datum;
    task->cl = &codelet;
    task->cl_arg = length;
    task->cl_arg_size = sizeof *length;
    task->cl_arg_free = 1;
    task->priority = priority;
    task->nbuffers = n;
    task->dyn_handles = must_have(malloc(((size_t)n + 1) * sizeof *task->dyn_handles));
    task->dyn_modes = must_have(malloc(((size_t)n + 1) * sizeof *task->dyn_modes));
    for (int i = 0; i < n; i++) {
        task->dyn_handles[i] = access[i].handle;
        task->dyn_modes[i] = access[i].mode;
    }
    if (starpu_task_submit(task) == 0) return;
    fprintf(stderr, "simulate: StarPU refuses a task\n");
    exit(1);
}

/* The lines are read before the first is submitted: data are registered beforehand. */
static double submit_all(FILE *f, data_set *d, double scale, int only_register)
{
    struct starpu_data_descr *access = must_have(malloc(MOST_DATA * sizeof *access));
    char *line = NULL;
    size_t room = 0;
    double total = 0;
    rewind(f);
    while (getline(&line, &room, f) > 0) {
        int priority, at;
        double seconds, wait;
        if (sscanf(line, "%*[^,],%*d,%d,%lf,%lf,%n", &priority, &seconds, &wait, &at) != 3)
            continue;
        int n = read_accesses(line + at, d, access);
        if (only_register) continue;
        total += spend(scale * wait);
        submit(priority, seconds, n, access);
    }
    free(line);
    free(access);
    return total;
}

int main(int argc, char **argv)
{
    data_set d = {0};
    FILE *f = argc > 1 ? fopen(argv[1], "r") : NULL;
    if (!f) {
        fprintf(stderr, "usage: simulate GRAPH.csv [SUBMIT]\n");
        return 2;
    }
    /* StarPU's own guesses of what it costs: see above what takes their place. */
    setenv("STARPU_SIMGRID_TASK_SUBMIT_COST", "0", 1);
    setenv("STARPU_SIMGRID_TASK_PUSH_COST", "0", 1);
    setenv("STARPU_SIMGRID_FETCHING_INPUT_COST", "0", 1);
    setenv("STARPU_SIMGRID_QUEUE_MALLOC_COST", "0", 1);
    if (starpu_init(NULL) != 0) return 1;
    submit_all(f, &d, 0, 1);
    double start = starpu_timing_now();
    double submission = submit_all(f, &d, argc > 2 ? atof(argv[2]) : 1, 0);
    starpu_task_wait_for_all();
    printf("cores,seconds,submit_seconds\n%u,%.6f,%.6f\n", starpu_cpu_worker_get_count(),
           1e-6 * (starpu_timing_now() - start), submission);
    for (size_t i = 0; i < d.n; i++)
        if (d.handle[i]) starpu_data_unregister(d.handle[i]);
    starpu_shutdown();
    free(d.handle);
    fclose(f);
    return 0;
}
