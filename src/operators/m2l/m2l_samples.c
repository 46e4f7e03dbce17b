/* SPDX-License-Identifier: BSD-3-Clause */
/* Tables are derived in double whatever the plan's precision. */
#define SFM_PRECISION 64
#include "operators/m2l/m2l_samples.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "kernels/evaluate.h"
#include "base/blas.h"
#include "operators/dft/frequencies.h"

struct sfm_m2l_samples {
    const sfm_kernel *kernel;
    sfm_evaluate_fn_f64 evaluate;
    double params[STARFMM_MAX_PARAMS];
    int order;
    size_t n, count; /* per dimension, n^3 */
    double *x[3];    /* [count] h (i - j) */
    double *value;   /* [count] */
    double *half[2]; /* [count] between the dimensions of the transform */
    double *trig;    /* [n][n] rows: 1, cos, sin, cos 2, sin 2 ... of 2 pi (i - j) / n */
    /* [sfm_dft_count()][8]: what a frequency's eight products of cosines and sines (bit d:
     * sine in dimension d) contribute, and where they lie in the transformed `value`. */
    double *factor;
    int32_t *place;
    double *memory;
};

static void fill_grid(sfm_m2l_samples *s, double alpha)
{
    int last = s->order - 1, n = (int)s->n;
    double h = last ? 2.0 * alpha / last : 0.0;
    for (int i = 0; i < (int)s->count; i++) {
        const int at[3] = {i % n, i / n % n, i / (n * n)};
        for (int d = 0; d < 3; d++) s->x[d][i] = h * (at[d] - last);
    }
    for (int r = 0; r < n; r++)
        for (int i = 0; i < n; i++) {
            double turn = 2.0 * M_PI * ((r + 1) / 2 * (i - last) % n) / n;
            s->trig[r * n + i] = r == 0 ? 1.0 : r % 2 ? cos(turn) : sin(turn);
        }
}

/* exp(-i (a + b + c)) multiplied out: i^2 for two sines, and so on; the sign of sin(k) by
 * that of k; none for k = 0. */
static void fill_product(sfm_m2l_samples *s, const int k[3], int sines, double *factor,
                         int32_t *place)
{
    static const double power[8] = {1, -1, -1, -1, -1, -1, -1, 1}; /* of -i, less its i */
    double weight = (k[0] || k[1] || k[2] ? 2.0 : 1.0) / (double)s->count;
    *factor = weight * power[sines];
    *place = 0;
    for (int d = 2; d >= 0; d--) {
        int sine = sines >> d & 1, size = k[d] < 0 ? -k[d] : k[d];
        if (sine) *factor *= (k[d] > 0) - (k[d] < 0);
        *place = *place * (int32_t)s->n + (size == 0 ? 0 : 2 * size - 1 + sine);
    }
}

static void fill_products(sfm_m2l_samples *s)
{
    for (int q = 0; q < sfm_dft_count(s->order); q++) {
        int k[3];
        sfm_dft_frequency(s->order, q, k);
        for (int sines = 0; sines < 8; sines++)
            fill_product(s, k, sines, &s->factor[8 * q + sines], &s->place[8 * q + sines]);
    }
}

/* All arrays, in two blocks; STARFMM_ENOMEM without a message. */
static starfmm_status allocate(sfm_m2l_samples *s)
{
    /* Room for the evaluation to read whole cache lines beyond the end of each array. */
    size_t size = (s->count / 8 + 2) * 8, products = 8 * (size_t)sfm_dft_count(s->order);
    s->memory = sfm_calloc(6 * size + s->n * s->n + products, sizeof *s->memory);
    s->place = sfm_alloc(products, sizeof *s->place);
    if (s->memory == NULL || s->place == NULL) return STARFMM_ENOMEM;
    for (int d = 0; d < 3; d++) s->x[d] = s->memory + (size_t)d * size;
    s->value = s->memory + 3 * size;
    for (int i = 0; i < 2; i++) s->half[i] = s->memory + (size_t)(4 + i) * size;
    s->trig = s->memory + 6 * size;
    s->factor = s->trig + s->n * s->n;
    return STARFMM_OK;
}

starfmm_status sfm_m2l_samples_create(sfm_m2l_samples **samples, const sfm_kernel *kernel,
                                      const double *params, int order, double alpha,
                                      sfm_isa isa)
{
    sfm_evaluate_fn_f64 evaluate =
        sfm_evaluate_get_f64(kernel, isa, SFM_ACCURACY_FULL, 0, 0);
    *samples = NULL;
    if (kernel->source[0].dim != 1 || kernel->target[0].dim != 1 || evaluate == NULL)
        return sfm_fail(STARFMM_EUNSUPPORTED,
                        "M2L of kernel '%s', %d x %d components, instruction set %s",
                        kernel->name, kernel->target[0].dim, kernel->source[0].dim,
                        sfm_isa_name(isa));
    sfm_m2l_samples *s = sfm_calloc(1, sizeof *s);
    if (s != NULL) {
        s->kernel = kernel;
        s->evaluate = evaluate;
        s->order = order;
        s->n = (size_t)sfm_dft_width(order);
        s->count = s->n * s->n * s->n;
    }
    if (s == NULL || allocate(s) != STARFMM_OK) {
        sfm_m2l_samples_free(s);
        return sfm_fail(STARFMM_ENOMEM, "no memory for kernel samples of order %d", order);
    }
    memcpy(s->params, params, (size_t)kernel->n_params * sizeof *params);
    fill_grid(s, alpha);
    fill_products(s);
    *samples = s;
    return STARFMM_OK;
}

void sfm_m2l_samples_free(sfm_m2l_samples *samples)
{
    if (samples == NULL) return;
    sfm_free(samples->memory);
    sfm_free(samples->place);
    sfm_free(samples);
}

/* One source of charge 1 at the origin, shifted; arrays of a whole cache line. */
const double *sfm_m2l_sample(sfm_m2l_samples *s, const int offset[3])
{
    static const double origin[8], charge[8] = {1.0};
    const sfm_segment_f64 source = {
        .x = origin,
        .y = origin,
        .z = origin,
        .q = charge,
        .n = 1,
        .ldq = 1,
        .shift = {2.0 * offset[0], 2.0 * offset[1], 2.0 * offset[2]}};
    const sfm_evaluation_f64 e = {.kernel = s->kernel,
                                  .params = s->params,
                                  .n_trg = s->count,
                                  .tx = s->x[0],
                                  .ty = s->x[1],
                                  .tz = s->x[2],
                                  .n_seg = 1,
                                  .seg = &source,
                                  .n_rhs = 1,
                                  .ldo = s->count,
                                  .out = s->value};
    memset(s->value, 0, s->count * sizeof *s->value);
    s->evaluate(&e);
    return s->value;
}

/* Rows of s->trig for all three dimensions: the result, in s->value, is [z][y][x] again. */
static void transform(sfm_m2l_samples *s)
{
    size_t n = s->n, n2 = n * n;
    sfm_gemm_f64(0, 1, n2, n, n, 1.0, s->value, n, s->trig, n, 0.0, s->half[0], n);
    for (size_t z = 0; z < n; z++)
        sfm_gemm_f64(0, 0, n, n, n, 1.0, s->trig, n, s->half[0] + z * n2, n, 0.0,
                     s->half[1] + z * n2, n);
    sfm_gemm_f64(0, 0, n, n2, n, 1.0, s->trig, n, s->half[1], n2, 0.0, s->value, n2);
}

void sfm_m2l_spectrum(sfm_m2l_samples *s, const int offset[3], double *out)
{
    sfm_m2l_sample(s, offset);
    transform(s);
    for (int q = 0; q < sfm_dft_count(s->order); q++) {
        const double *f = s->factor + 8 * q;
        const int32_t *p = s->place + 8 * q;
        const double *v = s->value;
        out[2 * q] = f[0] * v[p[0]] + f[3] * v[p[3]] + f[5] * v[p[5]] + f[6] * v[p[6]];
        out[2 * q + 1] = f[7] * v[p[7]] + f[1] * v[p[1]] + f[2] * v[p[2]] + f[4] * v[p[4]];
    }
}
