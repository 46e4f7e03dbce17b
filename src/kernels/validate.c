/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whether the definition of a kernel is what it says: tried on random pairs, at distances from
 * 1/8 to 8, with the parameters at the middle and at the ends of their ranges.
 */
#include <math.h>
#include <string.h>

#include "kernels/kernel.h"

#define N_PAIRS 12
#define TOLERANCE 1e-9 /* of declared laws; plain functions are in double */
#define FAR 1024.0     /* at which distance, relative to 1, a kernel must have ... */
#define FALLEN 0.03125 /* ... become smaller than this part */
#define MAX_BLOCK (STARFMM_MAX_COMPONENTS * STARFMM_MAX_COMPONENTS)

double sfm_kernel_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(int64_t)*state * 0x1p-63;
}

/* ---- how values turn ---------------------------------------------------------------------- */

/* Rows and columns of the components of a symmetric tensor. */
static const int sym_row[6] = {0, 0, 0, 1, 1, 2}, sym_column[6] = {0, 1, 2, 1, 2, 2};

/* One run of `rank` tensor components that lie `step` apart. */
static void turn_run(int n, int step, const double map[3][3], const long double *v,
                     long double *out)
{
    if (n == 1) out[0] = v[0];
    for (int i = 0; i < 3 && n == 3; i++)
        out[i * step] = map[i][0] * v[0] + map[i][1] * v[step] + map[i][2] * v[2 * step];
    if (n < 6) return;
    long double t[3][3], turned[3][3] = {{0}};
    for (int k = 0; k < n; k++) {
        int i = n == 9 ? k / 3 : sym_row[k], j = n == 9 ? k % 3 : sym_column[k];
        t[i][j] = v[k * step];
        if (n == 6) t[j][i] = v[k * step];
    }
    for (int k = 0; k < 81; k++) {
        int i = k / 27, j = k / 9 % 3, a = k / 3 % 3, b = k % 3;
        turned[i][j] += map[i][a] * t[a][b] * map[j][b];
    }
    for (int k = 0; k < n; k++)
        out[k * step] = n == 9 ? turned[k / 3][k % 3] : turned[sym_row[k]][sym_column[k]];
}

void sfm_kind_turn(const starfmm_kind *kind, int is_complex, const double map[3][3],
                   const long double *value, long double *turned)
{
    const int step = is_complex ? 2 : 1;
    for (int at = 0, run = 0; at < kind->dim; at += step * kind->tensor[run++])
        for (int part = 0; part < step; part++)
            turn_run(kind->tensor[run], step, map, value + at + part, turned + at + part);
}

/* ---- what is declared --------------------------------------------------------------------- */

static starfmm_status check_kind(const sfm_kernel *k, const starfmm_kind *kind)
{
    const int numbers = kind->dim / (k->properties & STARFMM_COMPLEX ? 2 : 1);
    int covered = 0;
    if (kind->name == NULL || kind->dim < 1 || kind->dim > STARFMM_MAX_COMPONENTS)
        return sfm_fail(
            STARFMM_EINVAL, "kernel '%s', kind '%s': %d components, not 1 to %d", k->name,
            kind->name ? kind->name : "NULL", kind->dim, STARFMM_MAX_COMPONENTS);
    for (int i = 0; i < kind->dim && covered < numbers; i++) {
        int n = kind->tensor[i];
        if (n != 1 && n != 3 && n != 6 && n != 9) break;
        covered += n;
    }
    if (covered != numbers)
        return sfm_fail(
            STARFMM_EINVAL,
            "kernel '%s', kind '%s': tensors of 1, 3, 6 or 9 that cover %d of %d "
            "components",
            k->name, kind->name, covered, numbers);
    return STARFMM_OK;
}

static starfmm_status check_registers(const sfm_kernel *k, int bytes)
{
#if defined(__x86_64__)
    if ((bytes >= 32 &&
         !(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))) ||
        (bytes == 64 &&
         !(__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl"))))
        return sfm_fail(STARFMM_EUNSUPPORTED,
                        "kernel '%s' was compiled for registers of %d bytes, which this "
                        "machine lacks",
                        k->name, bytes);
#endif
    return STARFMM_OK;
}

/* There is a loop for every pair of kinds. */
static starfmm_status check_loops(const sfm_kernel *k, sfm_isa isa)
{
    const starfmm_loops_f64 *f64 = k->loops_f64[isa];
    const starfmm_loops_f32 *f32 = k->loops_f32[isa];
    if (k->pair != NULL && k->n_sources == 1 && k->n_targets == 1) return STARFMM_OK;
    if (k->pair != NULL)
        return sfm_fail(
            STARFMM_EINVAL,
            "kernel '%s', a plain function: %d kinds of sources and %d of targets, "
            "not 1 and 1",
            k->name, k->n_sources, k->n_targets);
    if (k->reference == NULL || f64 == NULL || f32 == NULL || f64->evaluate[0] == NULL ||
        f32->evaluate[0] == NULL)
        return sfm_fail(STARFMM_EINVAL,
                        "kernel '%s': neither a plain function nor loops and reference",
                        k->name);
    SFM_TRY(check_registers(k, f64->bytes > f32->bytes ? f64->bytes : f32->bytes));
    for (int s = 0; s < k->n_sources; s++)
        for (int t = 0; t < k->n_targets; t++)
            if (!sfm_kernel_has_loops(k, isa, s, t))
                return sfm_fail(STARFMM_EINVAL, "kernel '%s': no loop from %s to %s",
                                k->name, k->source[s].name, k->target[t].name);
    return STARFMM_OK;
}

static starfmm_status check_expansions(const sfm_kernel *k)
{
    for (int i = 0; i < STARFMM_MAX_KINDS; i++)
        if (k->equivalent[i] < 0 || k->equivalent[i] >= k->n_sources || k->check[i] < 0 ||
            k->check[i] >= k->n_targets)
            return sfm_fail(STARFMM_EINVAL,
                            "kernel '%s': equivalent[%d] = %d of %d, check[%d] = %d of %d",
                            k->name, i, k->equivalent[i], k->n_sources, i, k->check[i],
                            k->n_targets);
    return STARFMM_OK;
}

static starfmm_status check_declaration(const sfm_kernel *k)
{
    if (k->size != sizeof *k)
        return sfm_fail(STARFMM_EINVAL, "kernel: definition.size = %zu, must be %zu",
                        k->size, sizeof *k);
    if (k->name == NULL || k->name[0] == '\0')
        return sfm_fail(STARFMM_EINVAL, "kernel: it has no name");
    if (k->n_params < 0 || k->n_params > STARFMM_MAX_PARAMS || k->n_sources < 1 ||
        k->n_sources > STARFMM_MAX_KINDS || k->n_targets < 1 ||
        k->n_targets > STARFMM_MAX_KINDS)
        return sfm_fail(
            STARFMM_EINVAL,
            "kernel '%s': %d parameters (0 to %d), %d kinds of sources and %d of "
            "targets (1 to %d)",
            k->name, k->n_params, STARFMM_MAX_PARAMS, k->n_sources, k->n_targets,
            STARFMM_MAX_KINDS);
    for (int i = 0; i < k->n_params; i++)
        if (k->param[i].name == NULL || !isfinite(k->param[i].min) ||
            !(k->param[i].min <= k->param[i].max))
            return sfm_fail(STARFMM_EINVAL, "kernel '%s', parameter %d: '%s' in [%g, %g]",
                            k->name, i, k->param[i].name ? k->param[i].name : "NULL",
                            k->param[i].min, k->param[i].max);
    if (!isfinite(k->factor) || k->factor == 0)
        return sfm_fail(STARFMM_EINVAL, "kernel '%s': factor = %g", k->name, k->factor);
    for (int i = 0; i < k->n_sources; i++) SFM_TRY(check_kind(k, &k->source[i]));
    for (int i = 0; i < k->n_targets; i++) {
        const starfmm_kind *kind = &k->target[i];
        const size_t n = (size_t)k->target[0].dim;
        SFM_TRY(check_kind(k, kind));
        if (kind->dim < k->target[0].dim ||
            memcmp(kind->degree, k->target[0].degree, n * sizeof *kind->degree) != 0)
            return sfm_fail(STARFMM_EINVAL,
                            "kernel '%s': targets '%s' do not begin with the %zu "
                            "components of '%s'",
                            k->name, kind->name, n, k->target[0].name);
    }
    return STARFMM_OK;
}

/* ---- what is so --------------------------------------------------------------------------- */

/* One pair of kinds: K of them, and sizes. */
typedef struct trial {
    const sfm_kernel *kernel;
    int source, target, n_src, n_trg;
    const double *params;
} trial;

static void evaluate_at(const trial *t, const double *params, const long double d[3],
                        double s, long double *k)
{
    long double scaled[3] = {s * d[0], s * d[1], s * d[2]};
    sfm_kernel_reference(t->kernel, t->source, t->target, scaled, params, k);
}

static long double largest(const long double *k, int n)
{
    long double max = 0;
    for (int i = 0; i < n; i++) max = fmaxl(max, fabsl(k[i]));
    return max;
}

/* a, expected to be b, with the values of where they differ most. */
static starfmm_status expect_equal(const trial *t, const char *law, const long double d[3],
                                   const long double *a, const long double *b)
{
    const int n = t->n_src * t->n_trg;
    int worst = 0;
    for (int i = 1; i < n; i++)
        if (!(fabsl(a[i] - b[i]) <= fabsl(a[worst] - b[worst]))) worst = i;
    if (fabsl(a[worst] - b[worst]) <= TOLERANCE * largest(b, n)) return STARFMM_OK;
    return sfm_fail(
        STARFMM_EINVAL,
        "kernel '%s', %s to %s, at (%Lg, %Lg, %Lg): it is not %s: component %d of "
        "source component %d is %Lg, not %Lg",
        t->kernel->name, t->kernel->source[t->source].name,
        t->kernel->target[t->target].name, d[0], d[1], d[2], law, worst / t->n_src,
        worst % t->n_src, a[worst], b[worst]);
}

static starfmm_status check_finite(const trial *t, const long double d[3],
                                   const long double *k)
{
    for (int i = 0; i < t->n_src * t->n_trg; i++)
        if (!isfinite(k[i]))
            return sfm_fail(STARFMM_EINVAL, "kernel '%s', %s to %s: %Lg at (%Lg, %Lg, %Lg)",
                            t->kernel->name, t->kernel->source[t->source].name,
                            t->kernel->target[t->target].name, k[i], d[0], d[1], d[2]);
    return STARFMM_OK;
}

/* K(s d) by the degrees. */
static starfmm_status check_scaling(const trial *t, const long double d[3], double s)
{
    const sfm_kernel *kernel = t->kernel;
    long double k[MAX_BLOCK], large[MAX_BLOCK];
    double scaled[STARFMM_MAX_PARAMS];
    sfm_kernel_scale_params(kernel, t->params, s, scaled);
    evaluate_at(t, t->params, d, s, large);
    evaluate_at(t, scaled, d, 1, k);
    for (int i = 0; i < t->n_src * t->n_trg; i++)
        k[i] *= powl(s, kernel->degree + kernel->source[t->source].degree[i % t->n_src] +
                            kernel->target[t->target].degree[i / t->n_src]);
    return expect_equal(t, "of the degrees declared", d, large, k);
}

/* K(R d) R_s = R_t K(d), for maps that generate all of the cube's. */
static starfmm_status check_isotropy(const trial *t, const long double d[3],
                                     const long double *k)
{
    static const double maps[3][3][3] = {{{0, 1, 0}, {-1, 0, 0}, {0, 0, 1}},
                                         {{1, 0, 0}, {0, 0, 1}, {0, -1, 0}},
                                         {{-1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    const int is_complex = (t->kernel->properties & STARFMM_COMPLEX) != 0;
    for (int m = 0; m < 3; m++) {
        long double e[3], turned_k[MAX_BLOCK], left[MAX_BLOCK], right[MAX_BLOCK];
        for (int i = 0; i < 3; i++)
            e[i] = maps[m][i][0] * d[0] + maps[m][i][1] * d[1] + maps[m][i][2] * d[2];
        evaluate_at(t, t->params, e, 1, turned_k);
        for (int a = 0; a < t->n_src; a++) {
            long double q[STARFMM_MAX_COMPONENTS] = {0}, turned_q[STARFMM_MAX_COMPONENTS];
            long double u[STARFMM_MAX_COMPONENTS], turned_u[STARFMM_MAX_COMPONENTS];
            q[a] = 1;
            sfm_kind_turn(&t->kernel->source[t->source], is_complex, maps[m], q, turned_q);
            for (int b = 0; b < t->n_trg; b++) u[b] = k[b * t->n_src + a];
            sfm_kind_turn(&t->kernel->target[t->target], is_complex, maps[m], u, turned_u);
            for (int b = 0; b < t->n_trg; b++) {
                left[b * t->n_src + a] = 0;
                for (int c = 0; c < t->n_src; c++)
                    left[b * t->n_src + a] += turned_k[b * t->n_src + c] * turned_q[c];
                right[b * t->n_src + a] = turned_u[b];
            }
        }
        SFM_TRY(expect_equal(t, "isotropic", d, left, right));
    }
    return STARFMM_OK;
}

/* SYMMETRIC, EVEN and ODD, which are of kinds 0 alone, and COMPLEX. */
static starfmm_status check_symmetries(const trial *t, const long double d[3],
                                       const long double *k)
{
    const unsigned properties = t->kernel->properties;
    const int n = t->n_src, first = t->source == 0 && t->target == 0;
    long double back[MAX_BLOCK], expected[MAX_BLOCK];
    evaluate_at(t, t->params, d, -1, back);
    if (first && (properties & STARFMM_EVEN)) SFM_TRY(expect_equal(t, "even", d, back, k));
    for (int i = 0; i < n * t->n_trg; i++) expected[i] = -k[i];
    if (first && (properties & STARFMM_ODD))
        SFM_TRY(expect_equal(t, "odd", d, back, expected));
    if (first && (properties & STARFMM_SYMMETRIC)) {
        if (n != t->n_trg)
            return sfm_fail(STARFMM_EINVAL,
                            "kernel '%s': not symmetric with %d x %d components",
                            t->kernel->name, t->n_trg, n);
        /* Of complex numbers (re, im), [re -im; im re]: the transpose turns numbers, not these. */
        int size = properties & STARFMM_COMPLEX ? 2 : 1;
        for (int b = 0; b < n; b++)
            for (int a = 0; a < n; a++)
                expected[b * n + a] =
                    k[(a / size * size + b % size) * n + b / size * size + a % size];
        SFM_TRY(expect_equal(t, "symmetric", d, back, expected));
    }
    if (!(properties & STARFMM_COMPLEX)) return STARFMM_OK;
    for (int i = 0; i < n * t->n_trg; i++) {
        int b = i / n, a = i % n;
        expected[i] = a % 2 == 0 ? k[i]
                      : b % 2    ? k[(b - 1) * n + a - 1]
                                 : -k[(b + 1) * n + a - 1];
    }
    return expect_equal(t, "complex", d, k, expected);
}

/* All kinds of targets begin with kind 0. */
static starfmm_status check_beginning(const trial *t, const long double d[3],
                                      const long double *k)
{
    trial first = *t;
    long double expected[MAX_BLOCK];
    first.target = 0;
    first.n_trg = t->kernel->target[0].dim;
    evaluate_at(&first, t->params, d, 1, expected);
    return expect_equal(&first, "the same in all kinds of targets", d, k, expected);
}

static starfmm_status check_decay(const trial *t, const long double d[3])
{
    const int n = t->n_src * t->n_trg;
    long double k[MAX_BLOCK], far[MAX_BLOCK];
    evaluate_at(t, t->params, d, 1, k);
    evaluate_at(t, t->params, d, FAR, far);
    if (largest(far, n) <= FALLEN * largest(k, n)) return STARFMM_OK;
    return sfm_fail(STARFMM_EINVAL,
                    "kernel '%s' does not decay: |K| = %Lg at distance 1, %Lg at %g",
                    t->kernel->name, largest(k, n), largest(far, n), FAR);
}

static starfmm_status check_kinds(const trial *t)
{
    uint64_t state = 1;
    long double k[MAX_BLOCK];
    const long double zero[3] = {0};
    evaluate_at(t, t->params, zero, 1, k);
    SFM_TRY(check_finite(t, zero, k));
    for (int i = 0; i < N_PAIRS; i++) {
        long double d[3], r2 = 0;
        for (int c = 0; c < 3; c++) d[c] = sfm_kernel_random(&state), r2 += d[c] * d[c];
        for (int c = 0; c < 3; c++) d[c] /= sqrtl(r2);
        if (i == 0 && t->source == 0 && t->target == 0) SFM_TRY(check_decay(t, d));
        for (int c = 0; c < 3; c++) d[c] *= ldexp(1 + 0.1 * i, i % 6 - 3);
        evaluate_at(t, t->params, d, 1, k);
        SFM_TRY(check_finite(t, d, k));
        SFM_TRY(check_beginning(t, d, k));
        SFM_TRY(check_scaling(t, d, i % 2 ? 0.25 : 4));
        if (t->kernel->properties & STARFMM_ISOTROPIC) SFM_TRY(check_isotropy(t, d, k));
        SFM_TRY(check_symmetries(t, d, k));
    }
    return STARFMM_OK;
}

starfmm_status sfm_kernel_validate(const sfm_kernel *kernel, sfm_isa isa)
{
    SFM_TRY(check_declaration(kernel));
    SFM_TRY(check_expansions(kernel));
    SFM_TRY(check_loops(kernel, isa));
    for (int set = 0; set < 2; set++) {
        double params[STARFMM_MAX_PARAMS] = {0};
        for (int i = 0; i < kernel->n_params; i++) {
            const starfmm_parameter *p = &kernel->param[i];
            double max = isfinite(p->max) ? p->max : p->min + 1.5;
            params[i] = set == 0 || p->above_min ? p->min + 0.6 * (max - p->min) : p->min;
        }
        for (int s = 0; s < kernel->n_sources; s++)
            for (int t = 0; t < kernel->n_targets; t++)
                SFM_TRY(check_kinds(&(trial){kernel, s, t, kernel->source[s].dim,
                                             kernel->target[t].dim, params}));
        SFM_TRY(sfm_kernel_try_loops_f64(kernel, isa, params));
        SFM_TRY(sfm_kernel_try_loops_f32(kernel, isa, params));
    }
    return STARFMM_OK;
}
