/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A task-based GMRES(m): products with the FMM, dot products and vector updates are tasks
 * of one graph, and every scalar is StarPU data, too.  A whole cycle of m iterations is
 * submitted without a wait; the only one is for the residual at its end.
 *
 * The system is a boundary integral equation of the second kind on the unit sphere, with N
 * points of equal weight w = 4 pi / N (Nystroem's method, the singular term left out):
 *
 *     sigma u_i + w sum_{j != i} u_j / (4 pi |x_i - x_j|) = b_i
 *
 * Method: Y. Saad, M. H. Schultz, SIAM J. Sci. Stat. Comput. 7 (1986) 856-869, with
 * modified Gram-Schmidt.
 *
 *   cc -std=c11 -D_GNU_SOURCE gmres.c -o gmres \
 *      $(pkg-config --cflags --libs starfmm starpu-1.3) -lm
 */
#include <math.h>
#include <starfmm_starpu.h>
#include <stdio.h>
#include <stdlib.h>

enum { N = 500, CHUNKS = 4, ROWS = N / CHUNKS, M = 8, MAX_CYCLES = 20 };

static const double pi = 3.14159265358979323846, sigma = 0.5, tolerance = 1e-10;
static double x[N][3];

static void check(starfmm_status status)
{
    if (status == STARFMM_OK) return;
    fprintf(stderr, "starfmm: %s\n", starfmm_last_error());
    exit(1);
}

/* ---- codelets: y is written last, a scalar is entry `i` of a small vector -------- */

#define VECTOR(k) ((double *)STARPU_VECTOR_GET_PTR(buffers[k]))
#define LENGTH(k) ((int)STARPU_VECTOR_GET_NX(buffers[k]))

/* y = w y + sigma v, where y holds the sums of the FMM */
static void add_identity(void *buffers[], void *argument)
{
    const double *v = VECTOR(0), w = 4 * pi / N;
    double *y = VECTOR(1);
    (void)argument;
    for (int k = 0; k < LENGTH(1); k++) y[k] = w * y[k] + sigma * v[k];
}

/* y = b - y */
static void subtract_from(void *buffers[], void *argument)
{
    const double *b = VECTOR(0);
    double *y = VECTOR(1);
    (void)argument;
    for (int k = 0; k < LENGTH(1); k++) y[k] = b[k] - y[k];
}

/* s[i] += a . b */
static void dot(void *buffers[], void *argument)
{
    const double *a = VECTOR(0), *b = VECTOR(1);
    int i;
    starpu_codelet_unpack_args(argument, &i);
    for (int k = 0; k < LENGTH(0); k++) VECTOR(2)[i] += a[k] * b[k];
}

/* s[i] = 0, or the square root of s[i] */
static void clear(void *buffers[], void *argument)
{
    int i;
    starpu_codelet_unpack_args(argument, &i);
    VECTOR(0)[i] = 0;
}
static void root(void *buffers[], void *argument)
{
    int i;
    starpu_codelet_unpack_args(argument, &i);
    VECTOR(0)[i] = sqrt(VECTOR(0)[i]);
}

/* y += sign s[i] v */
static void axpy(void *buffers[], void *argument)
{
    const double *s = VECTOR(0), *v = VECTOR(1);
    double *y = VECTOR(2), sign;
    int i;
    starpu_codelet_unpack_args(argument, &i, &sign);
    for (int k = 0; k < LENGTH(2); k++) y[k] += sign * s[i] * v[k];
}

/* y = v / s[i]; a zero s ends the Krylov space, and zero vectors then change nothing */
static void divide(void *buffers[], void *argument)
{
    const double *s = VECTOR(0), *v = VECTOR(1);
    double *y = VECTOR(2);
    int i;
    starpu_codelet_unpack_args(argument, &i);
    for (int k = 0; k < LENGTH(2); k++) y[k] = s[i] > 0 ? v[k] / s[i] : 0;
}

/* y = argmin |beta e_1 - H y|: buffers are the M columns of H, beta and y */
static void least_squares(void *buffers[], void *argument)
{
    double h[M][M + 1], g[M + 1] = {VECTOR(M)[0]}, *y = VECTOR(M + 1);
    (void)argument;
    for (int j = 0; j < M; j++)
        for (int i = 0; i <= j + 1; i++) h[j][i] = VECTOR(j)[i];
    for (int j = 0; j < M; j++) { /* rotate row j + 1 away */
        double r = hypot(h[j][j], h[j][j + 1]);
        double c = r > 0 ? h[j][j] / r : 1, s = r > 0 ? h[j][j + 1] / r : 0;
        for (int k = j; k < M; k++) {
            double up = h[k][j], down = h[k][j + 1];
            h[k][j] = c * up + s * down;
            h[k][j + 1] = c * down - s * up;
        }
        g[j + 1] = -s * g[j];
        g[j] *= c;
    }
    for (int i = M - 1; i >= 0; i--) {
        double sum = g[i];
        for (int j = i + 1; j < M; j++) sum -= h[j][i] * y[j];
        y[i] = h[i][i] != 0 ? sum / h[i][i] : 0;
    }
}

#define CODELET(function)                                                                  \
    {                                                                                      \
        .cpu_funcs = {function}, .nbuffers = STARPU_VARIABLE_NBUFFERS, .name = #function   \
    }
static struct starpu_codelet cl_add_identity = CODELET(add_identity),
                             cl_subtract_from = CODELET(subtract_from),
                             cl_dot = CODELET(dot), cl_clear = CODELET(clear),
                             cl_root = CODELET(root), cl_axpy = CODELET(axpy),
                             cl_divide = CODELET(divide),
                             cl_least_squares = CODELET(least_squares);

/* ---- vectors in chunks, and what is done with them: each call submits tasks ------ */

typedef struct vector {
    double value[N];
    starpu_data_handle_t chunk[CHUNKS];
} vector;

static starpu_data_handle_t new_handle(double *values, size_t n)
{
    starpu_data_handle_t handle;
    starpu_vector_data_register(&handle, STARPU_MAIN_RAM, (uintptr_t)values, (uint32_t)n,
                                sizeof *values);
    return handle;
}

static void new_vector(vector *v)
{
    for (int c = 0; c < CHUNKS; c++) v->chunk[c] = new_handle(v->value + c * ROWS, ROWS);
}

static void free_vector(vector *v)
{
    for (int c = 0; c < CHUNKS; c++) starpu_data_unregister(v->chunk[c]);
}

/* y = A v */
static void multiply(starfmm_plan *plan, vector *v, vector *y)
{
    check(starfmm_plan_submit(plan, (starfmm_chunks){CHUNKS, v->chunk},
                              (starfmm_chunks){CHUNKS, y->chunk}, NULL, NULL));
    for (int c = 0; c < CHUNKS; c++)
        starpu_task_insert(&cl_add_identity, STARPU_R, v->chunk[c], STARPU_RW, y->chunk[c],
                           0);
}

/* s[i] = a . b */
static void submit_dot(vector *a, vector *b, starpu_data_handle_t s, int i)
{
    starpu_task_insert(&cl_clear, STARPU_RW, s, STARPU_VALUE, &i, sizeof i, 0);
    for (int c = 0; c < CHUNKS; c++)
        starpu_task_insert(&cl_dot, STARPU_R, a->chunk[c], STARPU_R, b->chunk[c],
                           STARPU_RW | STARPU_COMMUTE, s, STARPU_VALUE, &i, sizeof i, 0);
}

/* s[i] = |v| */
static void submit_norm(vector *v, starpu_data_handle_t s, int i)
{
    /* StarPU lets a task read a handle twice. */
    submit_dot(v, v, s, i);
    starpu_task_insert(&cl_root, STARPU_RW, s, STARPU_VALUE, &i, sizeof i, 0);
}

static void submit_axpy(double sign, starpu_data_handle_t s, int i, vector *v, vector *y)
{
    for (int c = 0; c < CHUNKS; c++)
        starpu_task_insert(&cl_axpy, STARPU_R, s, STARPU_R, v->chunk[c], STARPU_RW,
                           y->chunk[c], STARPU_VALUE, &i, sizeof i, STARPU_VALUE, &sign,
                           sizeof sign, 0);
}

static void submit_divide(starpu_data_handle_t s, int i, vector *v, vector *y)
{
    for (int c = 0; c < CHUNKS; c++)
        starpu_task_insert(&cl_divide, STARPU_R, s, STARPU_R, v->chunk[c], STARPU_W,
                           y->chunk[c], STARPU_VALUE, &i, sizeof i, 0);
}

/* ---- the solver ------------------------------------------------------------------ */

typedef struct solver {
    vector basis[M + 1], w;         /* Krylov vectors, and the next in the making */
    double h[M][M + 1], beta, y[M]; /* Hessenberg columns, residual norm, solution */
    starpu_data_handle_t column[M], norm, coefficients;
} solver;

static void new_solver(solver *s)
{
    new_vector(&s->w);
    for (int j = 0; j <= M; j++) new_vector(&s->basis[j]);
    for (int j = 0; j < M; j++) s->column[j] = new_handle(s->h[j], M + 1);
    s->norm = new_handle(&s->beta, 1);
    s->coefficients = new_handle(s->y, M);
}

static void free_solver(solver *s)
{
    free_vector(&s->w);
    for (int j = 0; j <= M; j++) free_vector(&s->basis[j]);
    for (int j = 0; j < M; j++) starpu_data_unregister(s->column[j]);
    starpu_data_unregister(s->norm);
    starpu_data_unregister(s->coefficients);
}

/* basis[0] = w / |w| with w = b - A u, norm = |w| */
static void submit_residual(solver *s, starfmm_plan *plan, vector *b, vector *u)
{
    multiply(plan, u, &s->w);
    for (int c = 0; c < CHUNKS; c++)
        starpu_task_insert(&cl_subtract_from, STARPU_R, b->chunk[c], STARPU_RW,
                           s->w.chunk[c], 0);
    submit_norm(&s->w, s->norm, 0);
    submit_divide(s->norm, 0, &s->w, &s->basis[0]);
}

/* u += the best correction in the Krylov space of dimension M */
static void submit_cycle(solver *s, starfmm_plan *plan, vector *u)
{
    struct starpu_data_descr data[M + 2];
    for (int j = 0; j < M; j++) {
        multiply(plan, &s->basis[j], &s->w);
        for (int i = 0; i <= j; i++) {
            submit_dot(&s->w, &s->basis[i], s->column[j], i);
            submit_axpy(-1, s->column[j], i, &s->basis[i], &s->w);
        }
        submit_norm(&s->w, s->column[j], j + 1);
        submit_divide(s->column[j], j + 1, &s->w, &s->basis[j + 1]);
        data[j] = (struct starpu_data_descr){s->column[j], STARPU_R};
    }
    data[M] = (struct starpu_data_descr){s->norm, STARPU_R};
    data[M + 1] = (struct starpu_data_descr){s->coefficients, STARPU_W};
    starpu_task_insert(&cl_least_squares, STARPU_DATA_MODE_ARRAY, data, M + 2, 0);
    for (int j = 0; j < M; j++) submit_axpy(1, s->coefficients, j, &s->basis[j], u);
}

/* Norm of the residual of u: the only wait. */
static double wait_for_norm(solver *s)
{
    starpu_data_acquire(s->norm, STARPU_R);
    double norm = s->beta;
    starpu_data_release(s->norm);
    return norm;
}

/* Solve A u = b from u = 0; the number of cycles, or -1. */
static int solve(starfmm_plan *plan, vector *b, vector *u)
{
    static solver s;
    double first = 0;
    int cycle = 0, converged = 0;
    new_solver(&s);
    for (;; cycle++) {
        submit_residual(&s, plan, b, u);
        double norm = wait_for_norm(&s);
        printf("cycle %d: residual %.2e\n", cycle, norm);
        if (cycle == 0) first = norm;
        converged = norm <= tolerance * first;
        if (converged || cycle == MAX_CYCLES) break;
        submit_cycle(&s, plan, u);
    }
    free_solver(&s);
    return converged ? cycle : -1;
}

/* ---- the same by Gaussian elimination -------------------------------------------- */

static void solve_dense(const double *b, double *u)
{
    static double a[N][N];
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            double r = sqrt(pow(x[i][0] - x[j][0], 2) + pow(x[i][1] - x[j][1], 2) +
                            pow(x[i][2] - x[j][2], 2));
            a[i][j] = i == j ? sigma : 1 / (N * r);
        }
    /* The matrix is symmetric positive definite: no pivoting. */
    for (int i = 0; i < N; i++) u[i] = b[i];
    for (int k = 0; k < N; k++)
        for (int i = k + 1; i < N; i++) {
            double factor = a[i][k] / a[k][k];
            for (int j = k; j < N; j++) a[i][j] -= factor * a[k][j];
            u[i] -= factor * u[k];
        }
    for (int i = N - 1; i >= 0; i--) {
        for (int j = i + 1; j < N; j++) u[i] -= a[i][j] * u[j];
        u[i] /= a[i][i];
    }
}

int main(void)
{
    static vector b, u;
    static double exact[N];
    for (int i = 0; i < N; i++) { /* a Fibonacci spiral */
        double z = 1 - (2 * i + 1.0) / N, r = sqrt(1 - z * z), phi = pi * (3 - sqrt(5)) * i;
        x[i][0] = r * cos(phi);
        x[i][1] = r * sin(phi);
        x[i][2] = z;
        b.value[i] = exp(x[i][0]) * (1 + x[i][1] * z);
    }
    if (starpu_init(NULL) != 0) return 1;

    starfmm_options options;
    starfmm_plan *plan;
    check(starfmm_options_init(&options));
    options.digits = 9;
    options.n_crit = 20;
    check(starfmm_plan_create(&plan, &options, N, x[0], 0, NULL));
    new_vector(&b);
    new_vector(&u);
    int cycles = solve(plan, &b, &u);
    free_vector(&b);
    free_vector(&u);
    starpu_task_wait_for_all(); /* no request is alive now */
    check(starfmm_plan_destroy(plan));
    starpu_shutdown();

    double error = 0, norm = 0;
    solve_dense(b.value, exact);
    for (int i = 0; i < N; i++) {
        error += pow(u.value[i] - exact[i], 2);
        norm += pow(exact[i], 2);
    }
    error = sqrt(error / norm);
    printf("%d cycles of %d; relative difference to the dense solution %.1e\n", cycles, M,
           error);
    return cycles >= 0 && error < 1e-6 ? 0 : 1;
}
