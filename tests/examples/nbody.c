/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * N bodies with masses m and electric charges q, in time: two plans on the same points, one
 * for gravity (Laplace) and one for the screened electric force (Yukawa), whose graphs
 * share the workers.  Kicks and drifts are tasks behind them; each step waits once, for the
 * new positions, and moves the points of both plans.
 *
 *     a_i = sum_j grad 1 / (4 pi r) m_j - q_i / m_i sum_j grad exp(-kappa r) / (4 pi r) q_j
 *
 * Leapfrog (kick-drift-kick); the check is the same integration with brute-force sums.
 *
 *   cc -std=c11 -D_GNU_SOURCE nbody.c -o nbody \
 *      $(pkg-config --cflags --libs starfmm starpu-1.3) -lm
 */
#include <math.h>
#include <starfmm_starpu.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIDE = 8, N = SIDE * SIDE * SIDE, STEPS = 8, GRAVITY = 0, ELECTRIC = 1, FIELDS = 2 };

static const double dt = 1e-4, kappa = 2;

typedef double row[3];
typedef struct bodies {
    row x[N], v[N];
    double source[FIELDS][N];    /* masses, charges */
    double potential[FIELDS][N]; /* of the last forces */
    row gradient[FIELDS][N];
} bodies;

static void check(starfmm_status status)
{
    if (status == STARFMM_OK) return;
    fprintf(stderr, "starfmm: %s\n", starfmm_last_error());
    exit(1);
}

/* ---- physics --------------------------------------------------------------------- */

/* v += h a */
static void kick(const double *m, const double *q, const row *gravity, const row *electric,
                 double h, row *v)
{
    for (int i = 0; i < N; i++)
        for (int k = 0; k < 3; k++)
            v[i][k] += h * (gravity[i][k] - q[i] / m[i] * electric[i][k]);
}

static void drift(const row *v, double h, row *x)
{
    for (int i = 0; i < N; i++)
        for (int k = 0; k < 3; k++) x[i][k] += h * v[i][k];
}

static double energy(const bodies *b)
{
    double sum = 0;
    for (int i = 0; i < N; i++) {
        double m = b->source[GRAVITY][i], q = b->source[ELECTRIC][i];
        for (int k = 0; k < 3; k++) sum += 0.5 * m * b->v[i][k] * b->v[i][k];
        sum += 0.5 * (q * b->potential[ELECTRIC][i] - m * b->potential[GRAVITY][i]);
    }
    return sum;
}

/* A shaken lattice: no two bodies meet at once. */
static void make_bodies(bodies *b)
{
    srand(1);
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < 3; k++) {
            int cell = (k == 0 ? i : k == 1 ? i / SIDE : i / (SIDE * SIDE)) % SIDE;
            b->x[i][k] = (cell + 0.5 * rand() / RAND_MAX) / SIDE;
            b->v[i][k] = rand() / (double)RAND_MAX - 0.5;
        }
        b->source[GRAVITY][i] = 1 + rand() / (double)RAND_MAX;
        b->source[ELECTRIC][i] = i % 2 ? 1 : -1;
    }
}

static void make_options(starfmm_options options[FIELDS])
{
    for (int f = 0; f < FIELDS; f++) {
        check(starfmm_options_init(&options[f]));
        options[f].gradient = STARFMM_ON;
        options[f].digits = 8;
        options[f].n_crit = 30; /* so that this small set makes a tree */
    }
    options[ELECTRIC].kernel = STARFMM_YUKAWA;
    options[ELECTRIC].params[0] = kappa;
}

/* ---- brute force ----------------------------------------------------------------- */

static void direct_forces(bodies *b, const starfmm_options *options)
{
    for (int f = 0; f < FIELDS; f++)
        check(starfmm_direct(&options[f], N, b->x[0], 0, NULL, 1, b->source[f], N, NULL,
                             b->potential[f], b->gradient[f][0]));
}

static void direct_kick(bodies *b, double h)
{
    kick(b->source[GRAVITY], b->source[ELECTRIC], (const row *)b->gradient[GRAVITY],
         (const row *)b->gradient[ELECTRIC], h, b->v);
}

static void integrate_directly(bodies *b, const starfmm_options *options)
{
    direct_forces(b, options);
    direct_kick(b, dt / 2);
    for (int step = 1; step <= STEPS; step++) {
        drift((const row *)b->v, dt, b->x);
        direct_forces(b, options);
        direct_kick(b, step == STEPS ? dt / 2 : dt);
    }
}

/* ---- the same as tasks ----------------------------------------------------------- */

typedef struct simulation {
    bodies *b;
    starfmm_plan *plan[FIELDS];
    starfmm_request *request[FIELDS];
    starpu_data_handle_t x, v, source[FIELDS], potential[FIELDS], gradient[FIELDS];
} simulation;

#define ROWS_OF(k) ((row *)STARPU_VECTOR_GET_PTR(buffers[k]))
#define VECTOR(k) ((double *)STARPU_VECTOR_GET_PTR(buffers[k]))

static void kick_task(void *buffers[], void *argument)
{
    double h;
    starpu_codelet_unpack_args(argument, &h);
    kick(VECTOR(0), VECTOR(1), (const row *)ROWS_OF(2), (const row *)ROWS_OF(3), h,
         ROWS_OF(4));
}

static void drift_task(void *buffers[], void *argument)
{
    (void)argument;
    drift((const row *)ROWS_OF(0), dt, ROWS_OF(1));
}

static struct starpu_codelet cl_kick = {
    .cpu_funcs = {kick_task},
    .nbuffers = 5,
    .modes = {STARPU_R, STARPU_R, STARPU_R, STARPU_R, STARPU_RW},
    .name = "kick"};
static struct starpu_codelet cl_drift = {.cpu_funcs = {drift_task},
                                         .nbuffers = 2,
                                         .modes = {STARPU_R, STARPU_RW},
                                         .name = "drift"};

static void submit_forces(simulation *s)
{
    for (int f = 0; f < FIELDS; f++) {
        starfmm_submit_options options;
        check(starfmm_submit_options_init(&options));
        options.name = f == GRAVITY ? "gravity" : "electric";
        options.gradients = (starfmm_chunks){1, &s->gradient[f]};
        check(starfmm_plan_submit(s->plan[f], (starfmm_chunks){1, &s->source[f]},
                                  (starfmm_chunks){1, &s->potential[f]}, &options,
                                  &s->request[f]));
    }
}

static void submit_kick(simulation *s, double h)
{
    starpu_task_insert(&cl_kick, STARPU_R, s->source[GRAVITY], STARPU_R,
                       s->source[ELECTRIC], STARPU_R, s->gradient[GRAVITY], STARPU_R,
                       s->gradient[ELECTRIC], STARPU_RW, s->v, STARPU_VALUE, &h, sizeof h,
                       0);
}

static void end_requests(simulation *s)
{
    for (int f = 0; f < FIELDS; f++) {
        check(starfmm_request_wait(s->request[f]));
        starfmm_request_free(s->request[f]);
    }
}

/* Wait for the forces, kick and drift under way, then move the points. */
static void move_points(simulation *s)
{
    end_requests(s);
    starpu_data_acquire(s->x, STARPU_R);
    for (int f = 0; f < FIELDS; f++)
        check(starfmm_plan_move(s->plan[f], N, s->b->x[0], 0, NULL));
    starpu_data_release(s->x);
}

static void integrate(simulation *s)
{
    submit_forces(s);
    submit_kick(s, dt / 2);
    for (int step = 1; step <= STEPS; step++) {
        starpu_task_insert(&cl_drift, STARPU_R, s->v, STARPU_RW, s->x, 0);
        move_points(s);
        submit_forces(s);
        submit_kick(s, step == STEPS ? dt / 2 : dt);
    }
    end_requests(s);
}

static starpu_data_handle_t new_handle(void *values, uint32_t n)
{
    starpu_data_handle_t handle;
    starpu_vector_data_register(&handle, STARPU_MAIN_RAM, (uintptr_t)values, n,
                                sizeof(double));
    return handle;
}

static void start(simulation *s, bodies *b, const starfmm_options *options)
{
    s->b = b;
    s->x = new_handle(b->x, 3 * N);
    s->v = new_handle(b->v, 3 * N);
    for (int f = 0; f < FIELDS; f++) {
        check(starfmm_plan_create(&s->plan[f], &options[f], N, b->x[0], 0, NULL));
        s->source[f] = new_handle(b->source[f], N);
        s->potential[f] = new_handle(b->potential[f], N);
        s->gradient[f] = new_handle(b->gradient[f], 3 * N);
    }
}

/* Afterwards the results are in the bodies' arrays. */
static void stop(simulation *s)
{
    starpu_data_unregister(s->x);
    starpu_data_unregister(s->v);
    for (int f = 0; f < FIELDS; f++) {
        starpu_data_unregister(s->source[f]);
        starpu_data_unregister(s->potential[f]);
        starpu_data_unregister(s->gradient[f]);
        check(starfmm_plan_destroy(s->plan[f]));
    }
}

/* ---- check ----------------------------------------------------------------------- */

/* |a - b| / |b - c|: against how far the bodies went. */
static double difference(const row *a, const row *b, const row *c)
{
    double error = 0, norm = 0;
    for (int i = 0; i < N; i++)
        for (int k = 0; k < 3; k++) {
            error += pow(a[i][k] - b[i][k], 2);
            norm += pow(b[i][k] - c[i][k], 2);
        }
    return sqrt(error / norm);
}

int main(void)
{
    static bodies initial, fast, direct;
    static simulation s;
    starfmm_options options[FIELDS];
    make_options(options);
    make_bodies(&initial);
    direct_forces(&initial, options);
    fast = direct = initial;

    if (starpu_init(NULL) != 0) return 1;
    start(&s, &fast, options);
    integrate(&s);
    stop(&s);
    starpu_shutdown();
    integrate_directly(&direct, options);

    double moved =
        difference((const row *)fast.x, (const row *)direct.x, (const row *)initial.x);
    double before = energy(&initial), drifted = fabs(energy(&fast) / before - 1);
    printf("%d steps: positions differ by %.1e of the way from the brute-force ones; "
           "energy drift %.1e, brute force %.1e\n",
           STEPS, moved, drifted, fabs(energy(&direct) / before - 1));
    return moved < 1e-6 && drifted < 1e-4 ? 0 : 1;
}
