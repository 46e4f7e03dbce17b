/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The rows of the operators (operators/operator.h) against what their code does.  Every buffer
 * is memory of its own, exactly as long as it must be, holding NaN, and closed but to tasks
 * that declare it, in the way that they declare it.  Run like that in the order of the table,
 * and in any other order that the declarations allow, an evaluation is the direct sum.
 */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "tests/support/boxes.h"
#include "tests/support/errors.h"
#include "tests/support/guarded.h"
#include "tests/support/points.h"
#include "tests/support/serial.h"
#include "tests/support/test.h"

/* ---- the table ------------------------------------------------------------------------ */

static void check_row(int op)
{
    const sfm_operator *o = sfm_operator_table[op];
    int n_out = 0;
    CHECKF(o->rank >= 0 && o->rank <= 1 && o->rank + o->rank_slope >= 0 &&
               o->rank + o->rank_slope <= 1,
           "%s: rank %g + %g", o->name, o->rank, o->rank_slope);
    CHECKF(o->n_uses > 0 && o->n_uses <= SFM_MAX_USES && o->exists && o->color &&
               o->code[STARFMM_DOUBLE] && o->code[STARFMM_FLOAT],
           "%s", o->name);
    for (int u = 0; u < o->n_uses; u++) {
        int reads = o->use[u].access == SFM_READ;
        CHECKF(!reads || n_out == 0, "%s: use %d is read after one is written", o->name, u);
        CHECKF(reads || !o->use[u].of, "%s: use %d writes to other groups", o->name, u);
        n_out += !reads && o->use[u].buffer < SFM_N_BUFFERS;
    }
    CHECKF(n_out <= 2, "%s: %d buffers written", o->name, n_out);
    CHECKF(strncmp(o->codelet, "starfmm_", 8) == 0, "%s: %s", o->name, o->codelet);
    for (size_t i = 0; i <= strlen(o->name); i++)
        CHECKF(o->codelet[8 + i] == tolower(o->name[i]), "%s: %s", o->name, o->codelet);
    for (int other = 0; other < op; other++)
        CHECKF(strcmp(sfm_operator_table[other]->name, o->name) != 0, "%s twice", o->name);
}

SFM_CASE(table)
{
    int times[STARFMM_N_OPERATORS] = {0};
    for (int op = 0; op < SFM_N_ROWS; op++) check_row(op);
    for (int i = 0; i < STARFMM_N_OPERATORS; i++) times[sfm_operator_order[i]]++;
    for (int op = 0; op < STARFMM_N_OPERATORS; op++) {
        CHECKF(times[op] == 1, "operator %d stands %d times in the order", op, times[op]);
        CHECK(strcmp(sfm_operator_table[op]->name,
                     starfmm_operator_name((starfmm_operator)op)) == 0);
    }
}

/* ---- a plan whose buffers are closed --------------------------------------------------- */

typedef struct task {
    int op;
    int32_t group;
} task;

/* What a task may do with one buffer. */
typedef struct declared {
    sfm_test_guarded *memory;
    sfm_access access;
    sfm_buffer_kind kind;
    int32_t group;
} declared;

typedef struct rows_plan {
    sfm_test_serial s;
    sfm_fmm fmm;                             /* of s, or of other targets */
    sfm_test_guarded *buffer[SFM_N_BUFFERS]; /* [n_groups] */
    task *task;                              /* in the order of submission */
    int n_tasks, n_tasks_of[SFM_N_ROWS];
    /* the caller's arrays, in the plan's precision, as chunks */
    void *charges, *potentials, *gradients;
    size_t begin[2][4], n_bytes; /* of sources, of targets; of one value */
    void *data[3][3];
    sfm_rows rows[3];
} rows_plan;

/* Three chunks of a caller's array of n rows, row_bytes each. */
static void cut_rows(rows_plan *p, int array, int set, size_t n, char *at, size_t row_bytes)
{
    const size_t cuts[4] = {0, n / 3, n / 3 + n / 7, n};
    memcpy(p->begin[set], cuts, sizeof cuts);
    for (int i = 0; i < 3; i++) p->data[array][i] = at + cuts[i] * row_bytes;
    p->rows[array] = (sfm_rows){3, p->begin[set], p->data[array]};
}

static void make_caller_arrays(rows_plan *p)
{
    const sfm_test_serial *s = &p->s;
    size_t n_rhs = s->n_rhs, n_in = s->n_sources * n_rhs, n_out = s->n_targets * n_rhs;
    int is_double = s->plan.settings.precision == STARFMM_DOUBLE;
    size_t bytes = p->n_bytes = is_double ? sizeof(double) : sizeof(float);
    p->charges = malloc(n_in * bytes);
    p->potentials = malloc(n_out * bytes);
    p->gradients = malloc(3 * n_out * bytes);
    for (size_t i = 0; i < n_in; i++)
        if (is_double)
            ((double *)p->charges)[i] = s->charges[i];
        else
            ((float *)p->charges)[i] = (float)s->charges[i];
    cut_rows(p, 0, 0, s->n_sources, p->charges, n_rhs * bytes);
    cut_rows(p, 1, 1, s->n_targets, p->potentials, n_rhs * bytes);
    cut_rows(p, 2, 1, s->n_targets, p->gradients, 3 * n_rhs * bytes);
}

static void list_tasks(rows_plan *p)
{
    const sfm_groups *groups = &p->fmm.schedule->groups;
    int depth = p->fmm.geometry->tree.depth;
    p->task = malloc((size_t)groups->n * STARFMM_N_OPERATORS * sizeof *p->task);
    for (int i = 0; i < STARFMM_N_OPERATORS; i++)
        for (int k = 0; k <= depth; k++) {
            int op = sfm_operator_order[i];
            int level = sfm_operator_table[op]->upward ? depth - k : k;
            for (int32_t g = groups->level_begin[level]; g < groups->level_begin[level + 1];
                 g++)
                if (sfm_operator_exists(&p->fmm, op, g)) {
                    p->task[p->n_tasks++] = (task){op, g};
                    p->n_tasks_of[op]++;
                }
        }
}

/* Local expansions of the first level that has them are clear where nobody writes them
 * (plan/buffers.c). */
static void clear_top(rows_plan *p)
{
    const sfm_schedule *s = p->fmm.schedule;
    for (int32_t g = 0; g < s->groups.n; g++)
        if (s->groups.group[g].level == s->top_level && p->buffer[SFM_BUFFER_D][g].at)
            memset(p->buffer[SFM_BUFFER_D][g].at, 0, p->buffer[SFM_BUFFER_D][g].bytes);
}

/* Buffers as an evaluation finds them: coordinates in S and T, else NaN. */
static void open_evaluation(rows_plan *p)
{
    const sfm_fmm *f = &p->fmm;
    for (int kind = 0; kind < SFM_N_BUFFERS; kind++)
        for (int32_t g = 0; g < f->schedule->groups.n; g++) {
            const sfm_test_guarded *m = &p->buffer[kind][g];
            sfm_test_guarded_open(m, SFM_TEST_WRITABLE);
            if (m->at) memset(m->at, 0xff, m->bytes);
            if (m->at && (kind == SFM_BUFFER_S || kind == SFM_BUFFER_T))
                sfm_buffer_place_points(f, (sfm_buffer_kind)kind, g,
                                        kind == SFM_BUFFER_S ? p->s.sources : p->s.targets,
                                        m->at);
        }
    clear_top(p);
    for (int kind = 0; kind < SFM_N_BUFFERS; kind++)
        for (int32_t g = 0; g < f->schedule->groups.n; g++)
            sfm_test_guarded_open(&p->buffer[kind][g], SFM_TEST_CLOSED);
    memset(p->potentials, 0xff, p->s.n_targets * p->s.n_rhs * p->n_bytes);
    memset(p->gradients, 0xff, 3 * p->s.n_targets * p->s.n_rhs * p->n_bytes);
}

/* What a plan is made of. */
typedef struct rows_spec {
    const char *kind;
    size_t n_sources, n_targets, n_rhs;
    starfmm_precision precision;
    starfmm_kernel kernel;
    starfmm_m2l m2l;
    int n_crit, group_size, balance, gradient;
} rows_spec;

static starfmm_options options_of(const rows_spec *spec)
{
    starfmm_options o;
    starfmm_options_init(&o);
    o.precision = spec->precision;
    o.kernel = spec->kernel;
    o.params[0] = spec->kernel == STARFMM_YUKAWA ? 2.5 : 0;
    o.order = 4;
    o.check_order = 6;
    o.m2l = spec->m2l;
    o.n_crit = spec->n_crit;
    o.group_size = spec->group_size;
    o.balance = spec->balance ? STARFMM_ON : STARFMM_OFF;
    o.gradient = spec->gradient ? STARFMM_ON : STARFMM_OFF;
    return o;
}

static int make_plan(rows_plan *p, const rows_spec *spec)
{
    starfmm_options o = options_of(spec);
    memset(p, 0, sizeof *p);
    if (!sfm_test_serial_make(&p->s, &o, spec->kind, spec->n_sources, spec->n_targets,
                              spec->n_rhs))
        return 0;
    p->fmm = p->s.plan.fmm;
    size_t n = (size_t)p->fmm.schedule->groups.n;
    for (int kind = 0; kind < SFM_N_BUFFERS; kind++) {
        p->buffer[kind] = malloc(n * sizeof **p->buffer);
        for (size_t g = 0; g < n; g++)
            p->buffer[kind][g] = sfm_test_guarded_make(
                sfm_buffer_reals(&p->fmm, (sfm_buffer_kind)kind, (int32_t)g, spec->n_rhs) *
                sfm_real_bytes(p->fmm.settings));
    }
    make_caller_arrays(p);
    list_tasks(p);
    open_evaluation(p);
    return 1;
}

static void free_plan(rows_plan *p)
{
    for (int kind = 0; kind < SFM_N_BUFFERS; kind++) {
        for (int32_t g = 0; p->buffer[kind] && g < p->fmm.schedule->groups.n; g++)
            sfm_test_guarded_free(&p->buffer[kind][g]);
        free(p->buffer[kind]);
    }
    free(p->task);
    free(p->charges);
    free(p->potentials);
    free(p->gradients);
    sfm_test_serial_free(&p->s);
}

/* ---- a task --------------------------------------------------------------------------- */

/* The buffers that a task declares, in their order; *declared is malloc'ed. */
static int list_declared(const rows_plan *p, task t, declared **list)
{
    const sfm_operator *o = sfm_operator_table[t.op];
    size_t room = SFM_MAX_USES * ((size_t)p->fmm.schedule->groups.n + 1);
    int n = 0;
    *list = malloc(room * sizeof **list);
    for (int u = 0; u < o->n_uses; u++) {
        if (o->use[u].buffer >= SFM_N_BUFFERS) continue;
        sfm_group_list groups = sfm_use_groups(&o->use[u], &p->fmm, t.group);
        for (int32_t i = 0; i < groups.n; i++) {
            int32_t g = groups.group ? groups.group[i] : groups.first + i;
            (*list)[n++] = (declared){&p->buffer[o->use[u].buffer][g], o->use[u].access,
                                      o->use[u].buffer, g};
        }
    }
    return n;
}

/* The arguments of a task, and its operator. */
typedef struct call {
    sfm_op_args args;
    void (*run)(sfm_op_args *args);
} call;

static void run_call(void *arg)
{
    call *c = arg;
    c->run(&c->args);
}

/* Pointers as a codelet makes them of the declared buffers (codelets/codelets.c). */
static void set_buffers(const rows_plan *p, task t, const declared *d, int clears, call *c,
                        const void **in)
{
    const sfm_operator *o = sfm_operator_table[t.op];
    int n_out = 0, at = 0;
    for (int u = 0; u < o->n_uses; u++) {
        const sfm_use *use = &o->use[u];
        if (use->buffer >= SFM_N_BUFFERS) continue;
        int n = sfm_use_groups(use, &p->fmm, t.group).n;
        if (use->access != SFM_READ) {
            c->args.out[n_out++] = n ? d[at].memory->at : NULL;
            if (n && use->access == SFM_OVERWRITE)
                memset(d[at].memory->at, 0xff, d[at].memory->bytes);
            if (n && clears && sfm_buffer_is_cleared(use->buffer))
                memset(d[at].memory->at, 0, d[at].memory->bytes);
            at += n;
        } else
            while (n-- > 0) *in++ = d[at++].memory->at;
    }
}

/* One task with what it declares open, and nothing else; scratch as long as it says. */
static void run_task(rows_plan *p, task t)
{
    const sfm_operator_code *code = sfm_operator_code_of(&p->fmm, t.op);
    const char *name = sfm_operator_table[t.op]->name;
    declared *d;
    int n = list_declared(p, t, &d);
    int clears = t.op < STARFMM_N_OPERATORS && sfm_operator_clears(&p->fmm, t.op, t.group);
    const void **in = malloc(((size_t)n + 1) * sizeof *in);
    sfm_test_guarded scratch = sfm_test_guarded_make(
        code->scratch ? code->scratch(&p->fmm, t.group, p->s.n_rhs) : 0);
    call c = {.run = code->run};
    c.args = (sfm_op_args){
        .fmm = &p->fmm,
        .group = t.group,
        .n_rhs = p->s.n_rhs,
        .in = in,
        .charges = &p->rows[0],
        .potentials = &p->rows[1],
        .gradients = sfm_gradient_components(p->fmm.settings) ? &p->rows[2] : NULL,
        .bad_row = SIZE_MAX,
        .scratch = {scratch.at, 0, scratch.bytes}};
    for (int i = 0; i < n; i++) {
        CHECKF(d[i].memory->at != NULL, "%s of group %d declares a buffer that is not",
               name, t.group);
        for (int k = 0; k < i; k++)
            CHECKF(d[k].memory != d[i].memory, "%s of group %d declares a buffer twice",
                   name, t.group);
        sfm_test_guarded_open(d[i].memory, SFM_TEST_WRITABLE);
    }
    set_buffers(p, t, d, clears, &c, in);
    for (int i = 0; i < n; i++)
        if (d[i].access == SFM_READ) sfm_test_guarded_open(d[i].memory, SFM_TEST_READABLE);
    CHECKF(sfm_test_guarded_run(run_call, &c),
           "%s of group %d touches what it has not declared, or no more than reads", name,
           t.group);
    CHECKF(c.args.scratch.used <= scratch.bytes,
           "%s of group %d: %zu bytes of scratch, has %zu", name, t.group,
           c.args.scratch.used, scratch.bytes);
    CHECKF(c.args.bad_row == SIZE_MAX, "%s of group %d: charge %zu", name, t.group,
           c.args.bad_row);
    for (int i = 0; i < n; i++) sfm_test_guarded_open(d[i].memory, SFM_TEST_CLOSED);
    sfm_test_guarded_free(&scratch);
    free(in);
    free(d);
}

/* ---- evaluations ---------------------------------------------------------------------- */

static double value_at(const rows_plan *p, const void *array, size_t i)
{
    return p->fmm.settings->precision == STARFMM_DOUBLE ? ((const double *)array)[i]
                                                        : (double)((const float *)array)[i];
}

/* Results (n_targets rows) against the direct sum at some of the targets. */
static void check_results(const rows_plan *p, const rows_spec *spec, const char *what,
                          size_t n_targets, const double *targets)
{
    const size_t n_rows = n_targets < 60 ? n_targets : 60, width = spec->n_rhs;
    const double tolerance = 2e-3;
    size_t rows[60];
    double exact[60 * 4], exact_gradient[3 * 60 * 4], got[60 * 4], got_gradient[3 * 60 * 4];
    starfmm_options o = options_of(spec);
    o.precision = STARFMM_DOUBLE;
    for (size_t i = 0; i < n_rows; i++) rows[i] = i * n_targets / n_rows;
    CHECK_OK(starfmm_direct(&o, spec->n_sources, p->s.sources, n_targets, targets, width,
                            p->s.charges, n_rows, rows, exact,
                            spec->gradient ? exact_gradient : NULL));
    for (size_t i = 0; i < n_rows; i++) {
        for (size_t k = 0; k < width; k++)
            got[i * width + k] = value_at(p, p->potentials, rows[i] * width + k);
        for (size_t k = 0; k < 3 * width && spec->gradient; k++)
            got_gradient[3 * i * width + k] =
                value_at(p, p->gradients, 3 * rows[i] * width + k);
    }
    double error = sfm_test_distance(n_rows * width, got, exact);
    CHECKF(error < tolerance, "%s, %s: %g", what, spec->kind, error);
    if (!spec->gradient) return;
    error = sfm_test_distance(3 * n_rows * width, got_gradient, exact_gradient);
    CHECKF(error < 20 * tolerance, "%s, %s, gradient: %g", what, spec->kind, error);
}

/* Do two tasks use one buffer in ways that do not change places? */
static int must_keep_order(const declared *a, int n_a, const declared *b, int n_b,
                           int a_clears, int b_clears)
{
    for (int i = 0; i < n_a; i++)
        for (int k = 0; k < n_b; k++) {
            int read = a[i].access == SFM_READ && b[k].access == SFM_READ;
            int add =
                a[i].access == SFM_ADD && b[k].access == SFM_ADD && !a_clears && !b_clears;
            if (a[i].memory == b[k].memory && !read && !add) return 1;
        }
    return 0;
}

/* waits[t][u]: task t comes after task u, by what they declare. */
static char **find_dependencies(const rows_plan *p)
{
    size_t n = (size_t)p->n_tasks;
    declared **d = malloc(n * sizeof *d);
    int *count = malloc(n * sizeof *count), *clears = malloc(n * sizeof *clears);
    char **waits = malloc(n * sizeof *waits);
    for (size_t t = 0; t < n; t++) {
        count[t] = list_declared(p, p->task[t], &d[t]);
        clears[t] = sfm_operator_clears(&p->fmm, p->task[t].op, p->task[t].group);
        waits[t] = calloc(n, 1);
        for (size_t u = 0; u < t; u++)
            waits[t][u] =
                (char)must_keep_order(d[t], count[t], d[u], count[u], clears[t], clears[u]);
    }
    for (size_t t = 0; t < n; t++) free(d[t]);
    free(d);
    free(count);
    free(clears);
    return waits;
}

/* Run all tasks in an order that is any of those that the declarations allow. */
static void run_in_any_order(rows_plan *p, char *const *waits, uint64_t seed)
{
    int n = p->n_tasks, left = n;
    char *done = calloc((size_t)n, 1);
    while (left > 0) {
        int t = (int)(sfm_test_next(&seed) % (uint64_t)n), u = 0;
        if (done[t]) continue;
        while (u < t && (done[u] || !waits[t][u])) u++;
        if (u < t) continue;
        run_task(p, p->task[t]);
        done[t] = 1;
        left--;
    }
    free(done);
}

/* An evaluation at other targets: inside the tree, round it, and the sources themselves. */
static void check_other(rows_plan *p, const rows_spec *spec)
{
    const size_t n = p->s.n_targets < 300 ? p->s.n_targets : 300;
    const sfm_tree *tree = &p->fmm.geometry->tree;
    const sfm_settings *s = p->fmm.settings;
    double *x = sfm_test_points("cube", n, 9);
    sfm_other_targets o;
    for (size_t i = 0; i < 3 * n; i++)
        x[i] =
            i < n ? p->s.sources[i] : tree->centre[i % 3] + 2.5 * tree->half * (x[i] - 0.5);
    CHECK_OK(sfm_other_targets_build(&o, p->fmm.geometry, p->fmm.schedule, s->n_e, s->n_c,
                                     n, x, NULL));
    p->fmm.other = &o;
    cut_rows(p, 1, 1, n, p->potentials, p->s.n_rhs * p->n_bytes);
    cut_rows(p, 2, 1, n, p->gradients, 3 * p->s.n_rhs * p->n_bytes);
    for (int32_t g = 0; g < o.groups.n; g++) run_task(p, (task){SFM_OP_OTHER, g});
    check_results(p, spec, "other targets", n, x);
    p->fmm.other = NULL;
    cut_rows(p, 1, 1, p->s.n_targets, p->potentials, p->s.n_rhs * p->n_bytes);
    cut_rows(p, 2, 1, p->s.n_targets, p->gradients, 3 * p->s.n_rhs * p->n_bytes);
    sfm_other_targets_free(&o);
    free(x);
}

/* Trees with all lists, one set and two, of which either may be missing in a group. */
static const rows_spec specs[] = {
    {"plummer", 6000, 0, 1, STARFMM_DOUBLE, STARFMM_LAPLACE, STARFMM_M2L_FOURIER, 120, 7, 0,
     0},
    {"plummer", 5000, 4000, 3, STARFMM_DOUBLE, STARFMM_LAPLACE, STARFMM_M2L_DENSE, 100, 9,
     0, 1},
    {"plummer", 5000, 4000, 2, STARFMM_FLOAT, STARFMM_LAPLACE, STARFMM_M2L_FOURIER, 100, 1,
     0, 0},
    {"sphere", 4000, 0, 2, STARFMM_FLOAT, STARFMM_YUKAWA, STARFMM_M2L_FOURIER, 60, 3, 1, 1},
    {"clusters", 3000, 300, 1, STARFMM_DOUBLE, STARFMM_YUKAWA, STARFMM_M2L_DENSE, 70, 1, 1,
     1},
    {"plummer", 1012, 0, 2, STARFMM_DOUBLE, STARFMM_LAPLACE, STARFMM_M2L_FOURIER, 140, 1, 0,
     0},
    {"cube", 300, 20, 1, STARFMM_DOUBLE, STARFMM_LAPLACE, STARFMM_M2L_FOURIER, 400, 1, 1,
     0},
};
#define N_SPECS ((int)(sizeof specs / sizeof *specs))

/* Every task touches what it declares and no more, in its scratch too. */
SFM_CASE(order_of_the_table)
{
    int met[SFM_N_ROWS] = {0};
    for (int k = 0; k < N_SPECS; k++) {
        rows_plan p;
        if (!make_plan(&p, &specs[k])) return;
        for (int i = 0; i < p.n_tasks; i++) run_task(&p, p.task[i]);
        check_results(&p, &specs[k], "order of the table", p.s.n_targets, p.s.targets);
        check_other(&p, &specs[k]);
        for (int op = 0; op < STARFMM_N_OPERATORS; op++) met[op] += p.n_tasks_of[op];
        free_plan(&p);
    }
    for (int op = 0; op < STARFMM_N_OPERATORS; op++)
        CHECKF(met[op] > 0, "no task of %s", sfm_operator_table[op]->name);
}

SFM_CASE(any_order_that_is_allowed)
{
    for (int k = 0; k < N_SPECS; k++) {
        rows_plan p;
        if (!make_plan(&p, &specs[k])) return;
        char **waits = find_dependencies(&p);
        for (uint64_t seed = 1; seed < 4; seed++) {
            open_evaluation(&p);
            run_in_any_order(&p, waits, seed);
            check_results(&p, &specs[k], "any order", p.s.n_targets, p.s.targets);
        }
        for (int t = 0; t < p.n_tasks; t++) free(waits[t]);
        free(waits);
        free_plan(&p);
    }
}

/* ---- clears --------------------------------------------------------------------------- */

/* Of the operators that add to D of a group exactly one clears it, the first; and who reads D
 * finds it written, or of the first level that has some. */
SFM_CASE(clears)
{
    int met[SFM_N_ROWS] = {0};
    for (int k = 0; k < N_SPECS; k++) {
        rows_plan p;
        if (!make_plan(&p, &specs[k])) return;
        int32_t n = p.fmm.schedule->groups.n;
        int *adds = calloc((size_t)n, sizeof *adds),
            *cleared = calloc((size_t)n, sizeof *adds);
        for (int i = 0; i < p.n_tasks; i++) {
            declared *d;
            int n_declared = list_declared(&p, p.task[i], &d);
            int clears = sfm_operator_clears(&p.fmm, p.task[i].op, p.task[i].group),
                any = 0;
            for (int j = 0; j < n_declared; j++) {
                int32_t g = d[j].group;
                if (d[j].kind != SFM_BUFFER_D) continue;
                if (d[j].access == SFM_READ) {
                    int at_top = p.fmm.schedule->groups.group[g].level == 2;
                    CHECKF(adds[g] || at_top ||
                               !sfm_group_holds(&p.fmm.geometry->tree.trg,
                                                &p.fmm.schedule->groups.group[g]),
                           "D of group %d is read before it is written", g);
                    continue;
                }
                any = 1;
                CHECKF(clears == (adds[g] == 0), "%s of group %d, after %d others",
                       sfm_operator_table[p.task[i].op]->name, g, adds[g]);
                adds[g]++;
                cleared[g] += clears;
                met[p.task[i].op] += clears;
            }
            CHECKF(any || !clears, "%s clears", sfm_operator_table[p.task[i].op]->name);
            free(d);
        }
        for (int32_t g = 0; g < n; g++)
            CHECKF(cleared[g] == (adds[g] > 0), "D of group %d: cleared %d times by %d", g,
                   cleared[g], adds[g]);
        free(adds);
        free(cleared);
        free_plan(&p);
    }
    CHECKF(met[STARFMM_OP_M2L] && met[STARFMM_OP_P2L] && met[STARFMM_OP_L2L],
           "cleared by M2L %d, P2L %d, L2L %d times", met[STARFMM_OP_M2L],
           met[STARFMM_OP_P2L], met[STARFMM_OP_L2L]);
}

/* ---- is all that is declared of use? ---------------------------------------------------- */

/* What a task has written: copies of the buffers that it declares as written; free_copies. */
static char **copy_written(const declared *d, int n)
{
    char **copy = calloc((size_t)n + 1, sizeof *copy);
    for (int i = 0; i < n; i++) {
        if (d[i].access == SFM_READ) continue;
        sfm_test_guarded_open(d[i].memory, SFM_TEST_READABLE);
        copy[i] = memcpy(malloc(d[i].memory->bytes), d[i].memory->at, d[i].memory->bytes);
        sfm_test_guarded_open(d[i].memory, SFM_TEST_CLOSED);
    }
    return copy;
}

/* Put copies back; returns whether all was as they say. */
static int restore_written(const declared *d, int n, char *const *copy)
{
    int same = 1;
    for (int i = 0; i < n; i++) {
        if (!copy[i]) continue;
        sfm_test_guarded_open(d[i].memory, SFM_TEST_WRITABLE);
        same = same && memcmp(d[i].memory->at, copy[i], d[i].memory->bytes) == 0;
        memcpy(d[i].memory->at, copy[i], d[i].memory->bytes);
        sfm_test_guarded_open(d[i].memory, SFM_TEST_CLOSED);
    }
    return same;
}

static void free_copies(char **copy, int n)
{
    for (int i = 0; i < n; i++) free(copy[i]);
    free(copy);
}

/* Exchange what a buffer holds for NaN, or for a copy; returns a copy of what it held. */
static char *exchange(const sfm_test_guarded *m, char *copy)
{
    char *held = malloc(m->bytes);
    sfm_test_guarded_open(m, SFM_TEST_WRITABLE);
    memcpy(held, m->at, m->bytes);
    if (copy)
        memcpy(m->at, copy, m->bytes);
    else
        memset(m->at, 0xff, m->bytes);
    sfm_test_guarded_open(m, SFM_TEST_CLOSED);
    free(copy);
    return held;
}

/* Do nodes of a group that is read have to do with nodes of the task's group?  Only asked of
 * M2L and L2L, which read some groups for nothing: M2L those that only touch its targets, L2L
 * those between groups of parents. */
static int is_needed(const rows_plan *p, task t, int32_t read)
{
    const sfm_tree *tree = &p->fmm.geometry->tree;
    const sfm_group *to = &p->fmm.schedule->groups.group[t.group],
                    *from = &p->fmm.schedule->groups.group[read];
    if (t.op != STARFMM_OP_M2L && t.op != STARFMM_OP_L2L) return 1;
    for (int32_t b = to->first; b < to->first + to->count; b++)
        for (int32_t a = from->first; a < from->first + from->count; a++) {
            if (tree->trg.count[b] == 0) continue;
            if (t.op == STARFMM_OP_L2L
                    ? tree->parent[b] == a
                    : tree->src.count[a] > 0 &&
                          !sfm_test_keys_touch(tree->key[a], tree->key[b]) &&
                          sfm_test_keys_touch(tree->key[tree->parent[a]],
                                              tree->key[tree->parent[b]]))
                return 1;
        }
    return 0;
}

/* Run a task, and again with NaN in one after the other of the buffers that it reads. */
static void check_reads(rows_plan *p, task t)
{
    declared *d;
    int n = list_declared(p, t, &d);
    char **before = copy_written(d, n), **after;
    run_task(p, t);
    after = copy_written(d, n);
    for (int i = 0; i < n; i++) {
        if (d[i].access != SFM_READ) continue;
        char *held = exchange(d[i].memory, NULL);
        restore_written(d, n, before);
        run_task(p, t);
        int differs = !restore_written(d, n, after), needed = is_needed(p, t, d[i].group);
        CHECKF(differs == needed, "%s of group %d %s what it reads of group %d",
               sfm_operator_table[t.op]->name, t.group, differs ? "uses" : "does not use",
               d[i].group);
        free(exchange(d[i].memory, held));
    }
    free_copies(before, n);
    free_copies(after, n);
    free(d);
}

SFM_CASE(reads_are_of_use)
{
    for (int k = 0; k < N_SPECS; k++) {
        const int32_t most_groups = SFM_SANITIZED ? 30 : 100; /* more take long */
        rows_plan p;
        if (!make_plan(&p, &specs[k])) return;
        for (int i = 0; i < p.n_tasks && p.fmm.schedule->groups.n <= most_groups; i++)
            check_reads(&p, p.task[i]);
        free_plan(&p);
    }
}

SFM_MAIN()
