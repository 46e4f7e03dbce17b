/* SPDX-License-Identifier: BSD-3-Clause */
/* Both M2L methods against the double sum over pairs and surface points that they stand
 * for, with the long double kernel. */
#include "tests/support/kernel_value.h"
#include "tests/support/test.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "operators/m2l/m2l.h"
#include "operators/m2l/m2l_method.h"
#include "operators/surface.h"
#include "tests/support/m2l_works.h"
#include "tests/support/random_reals.h"

#define MAX_POINTS (6 * 15 * 15 + 2)
#define TOLERANCE (SFM_PRECISION == 64 ? 1e-13 : 3e-6)

typedef starfmm_status (*create_fn)(SFM(m2l) **, const sfm_block_kernel *, int, double,
                                    sfm_isa);

static const create_fn methods[] = {SFM(m2l_fourier_create), SFM(m2l_dense_create)};
enum { FOURIER, DENSE, N_METHODS };

static sfm_isa best_isa(void)
{
    sfm_isa isa = SFM_ISA_PORTABLE;
    CHECK_OK(sfm_isa_select(NULL, &isa));
    return isa;
}

/* ---- a problem: a work, expansions of its sources, check potentials --------------------- */

typedef struct problem {
    sfm_m2l_work work;
    const sfm_kernel *kernel;
    double params[STARFMM_MAX_PARAMS];
    int order, n_e;
    size_t n_rhs;
    real **m;    /* [n_slots] -> [nodes * n_rhs][n_e] */
    real *check; /* [n_trg * n_rhs][n_e] before M2L */
} problem;

static size_t rows_of(const problem *p, int slot)
{
    return (size_t)p->work.slot_nodes[slot] * p->n_rhs;
}

static problem problem_new(const work_shape *shape, starfmm_kernel kernel, double param,
                           int order, size_t n_rhs)
{
    problem p = {.kernel = sfm_kernel_get(kernel), .params = {param}, .order = order};
    p.n_e = sfm_surface_count(order);
    p.n_rhs = n_rhs;
    work_build(&p.work, shape);
    p.m = malloc((size_t)shape->n_slots * sizeof *p.m);
    for (int i = 0; i < shape->n_slots; i++)
        p.m[i] = random_reals(rows_of(&p, i) * (size_t)p.n_e, (uint64_t)i + 1);
    p.check = random_reals((size_t)p.work.n_trg * n_rhs * (size_t)p.n_e, 99);
    return p;
}

static void problem_free(problem *p)
{
    for (int i = 0; i < p->work.n_slots; i++) sfm_free(p->m[i]);
    free(p->m);
    sfm_free(p->check);
    work_free(&p->work);
}

static void apply(const problem *p, const SFM(m2l) * m2l, real *const *f, real *check)
{
    size_t bytes = m2l->method->apply_scratch(m2l, &p->work, p->n_rhs);
    void *scratch = sfm_alloc(1, bytes);
    memset(scratch, 0xff, bytes); /* NaN */
    m2l->method->apply(m2l, &p->work, p->n_rhs, (const real *const *)f, check, scratch);
    sfm_free(scratch);
}

static sfm_settings settings_of(const SFM(m2l) * m2l)
{
    return (sfm_settings){.kernel = sfm_kernel_get(STARFMM_LAPLACE),
                          .precision = SFM_PRECISION == 64 ? STARFMM_DOUBLE : STARFMM_FLOAT,
                          .order = m2l->order,
                          .n_e = m2l->n_e,
                          .m2l = m2l->method->id};
}

static size_t source_reals(const SFM(m2l) * m2l, size_t rows)
{
    sfm_settings s = settings_of(m2l);
    return sfm_m2l_source_reals(&s, rows);
}

/* Check potentials after M2L by a method, of the problem's expansions; the caller frees. */
static real *solve(const problem *p, int method, sfm_isa isa)
{
    size_t size = (size_t)p->work.n_trg * p->n_rhs * (size_t)p->n_e;
    real *check = sfm_alloc(size, sizeof *check), **f = malloc(sizeof *f * p->work.n_slots);
    SFM(m2l) *m2l = NULL;
    memcpy(check, p->check, size * sizeof *check);
    const sfm_block_kernel kernel = sfm_block_kernel_of(p->kernel, 0, 0, p->params);
    CHECK_OK(methods[method](&m2l, &kernel, p->order, SFM_INNER_FORM.alpha, isa));
    for (int i = 0; i < p->work.n_slots; i++) {
        size_t rows = rows_of(p, i);
        void *scratch = sfm_alloc(1, m2l->method->transform_scratch(m2l, rows));
        size_t reals = source_reals(m2l, rows);
        f[i] = sfm_alloc(reals, sizeof *f[i]);
        memset(f[i], 0xff, reals * sizeof *f[i]);
        m2l->method->transform(m2l, rows, p->m[i], f[i], scratch);
        sfm_free(scratch);
    }
    apply(p, m2l, f, check);
    for (int i = 0; i < p->work.n_slots; i++) sfm_free(f[i]);
    free(f);
    m2l->method->free(m2l);
    return check;
}

/* ---- the oracle ------------------------------------------------------------------------- */

static double surface[3][MAX_POINTS];

/* sum_j K(x_i - y_j) m_j for a check point i of a target and a source `offset` away. */
static double direct_pair(const problem *p, const int offset[3], int i, const real *m)
{
    double sum = 0.0;
    for (int j = 0; j < p->n_e; j++) {
        long double d[3];
        for (int k = 0; k < 3; k++)
            d[k] = (long double)surface[k][i] - surface[k][j] - 2 * offset[k];
        sum += (double)sfm_kernel_value(p->kernel, d, p->params) * (double)m[j];
    }
    return sum;
}

/* Potential at check point i of octant t of a parent, right-hand side r. */
static double direct(const problem *p, int parent, int t, size_t r, int i)
{
    const sfm_m2l_work *w = &p->work;
    size_t n_e = (size_t)p->n_e, row = (size_t)w->trg_index[8 * parent + t] * p->n_rhs + r;
    double sum = p->check[row * n_e + (size_t)i];
    for (int d = 0; d < 27; d++) {
        int32_t halo = w->halo_of[27 * parent + d];
        for (int s = 0, o[3]; halo >= 0 && s < 8; s++) {
            if (!(w->halo_mask[halo] >> s & 1) || !work_offset(d, s, t, o)) continue;
            size_t source = (size_t)w->halo_index[8 * halo + s] * p->n_rhs + r;
            sum += direct_pair(p, o, i, p->m[w->halo_slot[8 * halo + s]] + source * n_e);
        }
    }
    return sum;
}

/* Largest error at random check points, over the largest potential among them. */
static double error_of(const problem *p, const real *check, int n_samples)
{
    uint64_t seed = 12345;
    double error = 0.0, scale = 0.0;
    sfm_surface_points(p->order, SFM_INNER_FORM, surface[0], surface[1], surface[2], NULL);
    while (n_samples > 0) {
        int parent = (int)(fabs(random_in_1(&seed)) * p->work.n_parents);
        int t = (int)(fabs(random_in_1(&seed)) * 8);
        int i = (int)(fabs(random_in_1(&seed)) * p->n_e);
        if (!(p->work.trg_mask[parent] >> t & 1)) continue;
        size_t r = (size_t)n_samples % p->n_rhs;
        size_t row = (size_t)p->work.trg_index[8 * parent + t] * p->n_rhs + r;
        double value = direct(p, parent, t, r, i);
        double e = fabs((double)check[row * (size_t)p->n_e + (size_t)i] - value);
        scale = fmax(scale, fabs(value));
        if (!(e <= error)) error = e;
        n_samples--;
    }
    return error / scale;
}

static const uint64_t mask_seed = 2024;

static work_shape random_shape(int x, int y, int z)
{
    return (work_shape){{x, y, z}, 3, work_half, work_half, &mask_seed};
}

static work_shape full_shape(int x, int y, int z)
{
    return (work_shape){{x, y, z}, 2, work_everywhere, work_everywhere, NULL};
}

static void check_method(int method, const work_shape *shape, starfmm_kernel kernel,
                         double param, int order, size_t n_rhs, sfm_isa isa, int n_samples)
{
    problem p = problem_new(shape, kernel, param, order, n_rhs);
    real *check = solve(&p, method, isa);
    double error = error_of(&p, check, n_samples);
    CHECKF(error < TOLERANCE,
           "method %d %s(%g) order %d, %d parents, %zu rhs, %s: error %g", method,
           p.kernel->name, param, order, p.work.n_parents, n_rhs, sfm_isa_name(isa), error);
    sfm_free(check);
    problem_free(&p);
}

/* ---- cases ------------------------------------------------------------------------------ */

static void check_orders(int method)
{
    work_shape shape = random_shape(4, 3, 5);
    for (int i = 0; i < SFM_N_ISA; i++) {
        sfm_isa isa;
        if (sfm_isa_select(sfm_isa_name((sfm_isa)i), &isa) != STARFMM_OK) continue;
        for (int order = 1; order <= 8; order++)
            check_method(method, &shape, STARFMM_LAPLACE, 0, order, order % 2 ? 1 : 3, isa,
                         12);
    }
}

SFM_CASE(fourier_is_the_direct_sum)
{
    check_orders(FOURIER);
}

SFM_CASE(dense_is_the_direct_sum)
{
    check_orders(DENSE);
}

SFM_CASE(yukawa)
{
    static const double kappa[] = {0.0, 1.0, 10.0};
    work_shape shape = random_shape(2, 3, 2);
    for (int method = 0; method < N_METHODS; method++)
        for (int k = 0; k < 3; k++)
            for (int order = 3; order <= 6; order += 3)
                check_method(method, &shape, STARFMM_YUKAWA, kappa[k], order, 1, best_isa(),
                             12);
}

SFM_CASE(high_orders)
{
    work_shape shape = random_shape(1, 1, 2);
    check_method(FOURIER, &shape, STARFMM_LAPLACE, 0, 10, 1, best_isa(), 4);
    check_method(FOURIER, &shape, STARFMM_YUKAWA, 1, 12, 2, best_isa(), 4);
}

/* Full sibling sets, and groups of more than one batch. */
SFM_CASE(uniform_sets)
{
    work_shape small = full_shape(2, 2, 2), large = full_shape(5, 4, 7);
    for (int order = 3; order <= 4; order++) {
        check_method(FOURIER, &small, STARFMM_LAPLACE, 0, order, 1, best_isa(), 12);
        check_method(FOURIER, &large, STARFMM_LAPLACE, 0, order, 1, best_isa(), 12);
        check_method(FOURIER, &large, STARFMM_LAPLACE, 0, order, 3, best_isa(), 12);
    }
}

/* More right-hand sides than fit a batch. */
SFM_CASE(many_right_hand_sides)
{
    work_shape shape = random_shape(1, 2, 1);
    check_method(FOURIER, &shape, STARFMM_LAPLACE, 0, 2, 100, best_isa(), 100);
    check_method(DENSE, &shape, STARFMM_LAPLACE, 0, 2, 300, best_isa(), 100);
}

/* K = 1 on one point per box counts the members of V(B): exact, adjacent ones left out. */
SFM_CASE(counts_are_exact)
{
    work_shape shapes[] = {full_shape(5, 4, 5), random_shape(6, 5, 4)};
    for (int method = 0; method < N_METHODS; method++)
        for (int i = 0; i < 2; i++) {
            problem p = problem_new(&shapes[i], STARFMM_COUNT, 0, 1, 1);
            double total = 0.0, bad = 0;
            for (int s = 0; s < p.work.n_slots; s++)
                for (size_t row = 0; row < rows_of(&p, s); row++) p.m[s][row] = 1;
            memset(p.check, 0, (size_t)p.work.n_trg * sizeof *p.check);
            real *check = solve(&p, method, best_isa());
            for (int t = 0; t < p.work.n_trg; t++) {
                total += (double)check[t];
                bad += i == 0 ? check[t] != 189 : check[t] != rint((double)check[t]);
            }
            CHECKF(total == work_count_pairs(&p.work) && bad == 0,
                   "%g of %g pairs, %g targets wrong", total, work_count_pairs(&p.work),
                   bad);
            sfm_free(check);
            problem_free(&p);
        }
}

/* Expansions in one parent only: its neighbours' children that touch a source child see
 * that child not at all. */
SFM_CASE(adjacent_boxes_do_not_interact)
{
    work_shape shape = full_shape(3, 3, 3);
    for (int method = 0; method < N_METHODS; method++)
        for (int s = 0; s < 8; s++) {
            problem p = problem_new(&shape, STARFMM_LAPLACE, 0, 4, 1);
            size_t n_e = (size_t)p.n_e, size = n_e * (size_t)p.work.n_trg;
            int halo = p.work.halo_of[0 + 14], bad = 0,
                o[3]; /* of parent 0 in direction +x */
            for (int i = 0; i < p.work.n_slots; i++)
                memset(p.m[i], 0, rows_of(&p, i) * n_e * sizeof(real));
            for (size_t e = 0; e < n_e; e++)
                p.m[p.work.halo_slot[8 * halo + s]]
                   [(size_t)p.work.halo_index[8 * halo + s] * n_e + e] = 1;
            memset(p.check, 0, size * sizeof(real));
            real *check = solve(&p, method, best_isa());
            for (int t = 0; t < 8; t++) {
                const real *c = check + (size_t)p.work.trg_index[t] * n_e;
                int far = work_offset(14, s, t, o);
                for (size_t e = 0; e < n_e; e++) bad += far ? !(c[e] > 0) : c[e] != 0;
            }
            CHECKF(bad == 0, "method %d source octant %d: %d points wrong", method, s, bad);
            sfm_free(check);
            problem_free(&p);
        }
}

/* Every target, not only samples: two methods that share no code but the kernel samples. */
SFM_CASE(methods_agree)
{
    static const double radius = 8;
    work_shape shapes[] = {{{8, 8, 8}, 5, work_sphere, work_sphere, &radius},
                           random_shape(4, 4, 4),
                           full_shape(3, 3, 3)};
    for (int i = 0; i < 3; i++) {
        problem p = problem_new(&shapes[i], STARFMM_LAPLACE, 0, 3 + i, 2);
        real *a = solve(&p, FOURIER, best_isa()), *b = solve(&p, DENSE, best_isa());
        double error = 0.0, scale = 0.0;
        for (size_t k = 0; k < (size_t)p.work.n_trg * p.n_rhs * (size_t)p.n_e; k++) {
            double e = fabs((double)a[k] - (double)b[k]);
            scale = fmax(scale, fabs((double)b[k]));
            if (!(e <= error)) error = e;
        }
        CHECKF(error < TOLERANCE * scale, "shape %d: error %g of %g", i, error, scale);
        sfm_free(a), sfm_free(b);
        problem_free(&p);
    }
}

/* Targets without any source in reach keep their check potentials, to the bit. */
static int nowhere(const void *data, int x, int y, int z)
{
    (void)data, (void)x, (void)y, (void)z;
    return 0;
}

SFM_CASE(nothing_to_do)
{
    work_shape no_sources = {{2, 2, 2}, 1, nowhere, work_everywhere, NULL};
    work_shape no_targets = {{2, 2, 2}, 1, work_everywhere, nowhere, NULL};
    for (int method = 0; method < N_METHODS; method++) {
        problem p = problem_new(&no_sources, STARFMM_LAPLACE, 0, 3, 1);
        real *check = solve(&p, method, best_isa());
        size_t bytes = (size_t)p.work.n_trg * (size_t)p.n_e * sizeof *check;
        CHECK(memcmp(check, p.check, bytes) == 0);
        sfm_free(check);
        problem_free(&p);
        p = problem_new(&no_targets, STARFMM_LAPLACE, 0, 3, 1);
        sfm_free(solve(&p, method, best_isa()));
        problem_free(&p);
    }
}

SFM_CASE(flops_of_a_pair)
{
    const sfm_block_kernel kernel =
        sfm_block_kernel_of(sfm_kernel_get(STARFMM_LAPLACE), 0, 0, (double[4]){0});
    for (int method = 0; method < N_METHODS; method++) {
        SFM(m2l) * m2l;
        CHECK_OK(methods[method](&m2l, &kernel, 4, SFM_INNER_FORM.alpha, best_isa()));
        double per_pair = method == FOURIER ? 8 * (7 * 7 * 7 + 1) / 2 : 2 * 56 * 56;
        sfm_settings s = settings_of(m2l);
        CHECKF(sfm_m2l_pair_flops(&s) == per_pair, "%g, not %g", sfm_m2l_pair_flops(&s),
               per_pair);
        CHECK(m2l->method->id ==
              (method == FOURIER ? STARFMM_M2L_FOURIER : STARFMM_M2L_DENSE));
        CHECK(m2l->order == 4 && m2l->n_e == 56);
        m2l->method->free(m2l);
    }
}

SFM_CASE(create_reports_lack_of_memory)
{
    const sfm_block_kernel kernel =
        sfm_block_kernel_of(sfm_kernel_get(STARFMM_LAPLACE), 0, 0, (double[4]){0});
    for (int method = 0; method < N_METHODS; method++) {
        starfmm_status status = STARFMM_ENOMEM;
        int failures = 0;
        for (long n = 1; n < 20 && status == STARFMM_ENOMEM; n++, failures++) {
            SFM(m2l) *m2l = NULL;
            sfm_alloc_fail_after(n);
            status =
                methods[method](&m2l, &kernel, 3, SFM_INNER_FORM.alpha, SFM_ISA_PORTABLE);
            sfm_alloc_fail_after(0);
            CHECK((m2l == NULL) == (status != STARFMM_OK));
            if (m2l != NULL) m2l->method->free(m2l);
        }
        CHECK_OK(status);
        CHECKF(failures > 5, "%d allocations", failures);
    }
}

SFM_MAIN()
