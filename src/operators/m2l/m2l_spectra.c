/* SPDX-License-Identifier: BSD-3-Clause */
/* One transform a class of offsets, by three products with a matrix of cosines and sines; all
 * other spectra are looked up through the maps of the cube on frequencies. */
#include "operators/m2l/m2l_spectra.h"

#include <math.h>

#include "base/blas.h"
#include "base/memory.h"
#include "operators/dft/frequencies.h"

void sfm_m2l_spectrum(const sfm_m2l_spectra *s, int offset_index, int check, int equiv,
                      int first, int n, double *re, double *im)
{
    const sfm_m2l_image image = s->samples.image[offset_index];
    const sfm_turn *c = &s->samples.check_turn[image.map];
    const sfm_turn *e = &s->samples.equiv_turn[image.map];
    size_t class = (size_t)image.class, n_equiv = (size_t)s->samples.n_equiv;
    size_t row = (class * (size_t)s->samples.n_check + (size_t)c->from[check]) * n_equiv +
                 (size_t)e->from[equiv];
    const double *value = s->value + row * 2 * (size_t)s->count;
    const int32_t *back = s->back + (size_t)image.map * (size_t)s->count + first;
    const double sign = c->sign[check] * e->sign[equiv];
    for (int q = 0; q < n; q++) {
        int opposite = back[q] < 0;
        const double *v = value + 2 * (opposite ? ~back[q] : back[q]);
        re[q] = sign * v[0];
        im[q] = opposite ? -sign * v[1] : sign * v[1];
    }
}

/* ---- the maps on frequencies -------------------------------------------------------- */

static starfmm_status fill_back(sfm_m2l_spectra *s)
{
    int order = s->samples.order, n = sfm_dft_width(order), last = order - 1;
    size_t count = (size_t)s->count, n_maps = (size_t)s->samples.n_maps;
    int32_t *at = sfm_alloc((size_t)(n * n * n), sizeof *at); /* of k, each + p - 1 */
    s->back = sfm_alloc(n_maps * count, sizeof *s->back);
    if (at == NULL || s->back == NULL) {
        sfm_free(at);
        return sfm_fail(STARFMM_ENOMEM, "no memory for %zu frequencies", count);
    }
    for (int q = 0; q < s->count; q++) {
        int k[3];
        sfm_dft_frequency(order, q, k);
        int index = k[0] + n * (k[1] + n * k[2]), zero = (n * n * n - 1) / 2;
        at[zero - index] = ~q;
        at[zero + index] = q; /* k = 0 is not its own opposite */
    }
    sfm_cube_map back[SFM_CUBE_MAPS];
    for (size_t g = 0; g < n_maps; g++) back[g] = sfm_cube_map_get(s->samples.inverse[g]);
    for (int q = 0; q < s->count; q++) {
        int k[3], to[3];
        sfm_dft_frequency(order, q, k);
        for (size_t g = 0; g < n_maps; g++) {
            sfm_cube_map_apply(&back[g], k, to);
            for (int d = 0; d < 3; d++) to[d] += last;
            s->back[g * count + (size_t)q] = at[to[0] + n * (to[1] + n * to[2])];
        }
    }
    sfm_free(at);
    return STARFMM_OK;
}

/* ---- transforms --------------------------------------------------------------------- */

/* Of real samples, dimension by dimension, over cosines and sines. */
typedef struct transform {
    size_t n;
    double *value[2]; /* [n][n][n], between the dimensions */
    double *trig;     /* [n][n] rows: 1, cos, sin, cos 2, sin 2 ... of 2 pi t / n */
    /* [count][8]: what a frequency's eight products of cosines and sines (bit d: sine in
     * dimension d) contribute, and where they lie in the transformed samples. */
    double *factor;
    int32_t *place;
} transform;

/* exp(-i (a + b + c)) multiplied out: i^2 for two sines, and so on; the sign of sin(k) by
 * that of k; none for k = 0. */
static void fill_product(transform *t, const int k[3], int sines, double *factor,
                         int32_t *place)
{
    static const double power[8] = {1, -1, -1, -1, -1, -1, -1, 1}; /* of -i, less its i */
    double weight = k[0] || k[1] || k[2] ? 2.0 : 1.0;
    *factor = weight / (double)(t->n * t->n * t->n) * power[sines];
    *place = 0;
    for (int d = 2; d >= 0; d--) {
        int sine = sines >> d & 1, size = k[d] < 0 ? -k[d] : k[d];
        if (sine) *factor *= (k[d] > 0) - (k[d] < 0);
        *place = *place * (int32_t)t->n + (size == 0 ? 0 : 2 * size - 1 + sine);
    }
}

static starfmm_status transform_create(transform *t, int order)
{
    size_t n = (size_t)sfm_dft_width(order), cube = n * n * n;
    size_t count = (size_t)sfm_dft_count(order);
    double *memory = sfm_alloc(2 * cube + n * n + 8 * count, sizeof *memory);
    *t = (transform){.n = n, .place = sfm_alloc(8 * count, sizeof *t->place)};
    t->value[0] = memory;
    if (memory == NULL || t->place == NULL)
        return sfm_fail(STARFMM_ENOMEM, "no memory to transform %zu samples", cube);
    t->value[1] = memory + cube;
    t->trig = memory + 2 * cube;
    t->factor = t->trig + n * n;
    for (int r = 0; r < (int)n; r++)
        for (int i = 0; i < (int)n; i++) {
            double turn = 2.0 * M_PI * ((r + 1) / 2 * (i - order + 1) % (int)n) / (double)n;
            t->trig[r * (int)n + i] = r == 0 ? 1.0 : r % 2 ? cos(turn) : sin(turn);
        }
    for (int q = 0; q < (int)count; q++) {
        int k[3];
        sfm_dft_frequency(order, q, k);
        for (int sines = 0; sines < 8; sines++)
            fill_product(t, k, sines, &t->factor[8 * q + sines], &t->place[8 * q + sines]);
    }
    return STARFMM_OK;
}

static void transform_free(transform *t)
{
    sfm_free(t->value[0]);
    sfm_free(t->place);
}

/* samples [z][y][x], overwritten, to out [count][re, im]. */
static void apply_transform(const transform *t, double *samples, int count, double *out)
{
    size_t n = t->n, n2 = n * n;
    sfm_gemm_f64(0, 1, n2, n, n, 1.0, samples, n, t->trig, n, 0.0, t->value[0], n);
    for (size_t z = 0; z < n; z++)
        sfm_gemm_f64(0, 0, n, n, n, 1.0, t->trig, n, t->value[0] + z * n2, n, 0.0,
                     t->value[1] + z * n2, n);
    sfm_gemm_f64(0, 0, n, n2, n, 1.0, t->trig, n, t->value[1], n2, 0.0, samples, n2);
    for (int q = 0; q < count; q++) {
        const double *f = t->factor + 8 * q, *v = samples;
        const int32_t *p = t->place + 8 * q;
        out[2 * q] = f[0] * v[p[0]] + f[3] * v[p[3]] + f[5] * v[p[5]] + f[6] * v[p[6]];
        out[2 * q + 1] = f[7] * v[p[7]] + f[1] * v[p[1]] + f[2] * v[p[2]] + f[4] * v[p[4]];
    }
}

starfmm_status sfm_m2l_spectra_create(sfm_m2l_spectra *s, const sfm_block_kernel *kernel,
                                      int order, double alpha)
{
    transform t = {0};
    *s = (sfm_m2l_spectra){.count = sfm_dft_count(order)};
    SFM_TRY(sfm_m2l_samples_create(&s->samples, kernel, order, alpha));
    size_t n = (size_t)sfm_dft_width(order), count = (size_t)s->count;
    size_t rows = (size_t)(s->samples.n_classes * kernel->n_check * kernel->n_equiv);
    starfmm_status status = fill_back(s);
    if (status == STARFMM_OK) status = transform_create(&t, order);
    s->value = sfm_alloc(rows * count, 2 * sizeof *s->value);
    if (status == STARFMM_OK && s->value == NULL)
        status =
            sfm_fail(STARFMM_ENOMEM, "no memory for %zu spectra of order %d", rows, order);
    if (status == STARFMM_OK) status = sfm_blas_begin(1);
    if (status == STARFMM_OK) {
        for (size_t i = 0; i < rows; i++)
            apply_transform(&t, s->samples.value + i * n * n * n, s->count,
                            s->value + 2 * i * count);
        sfm_blas_end();
    }
    transform_free(&t);
    sfm_m2l_samples_free(&s->samples);
    if (status != STARFMM_OK) sfm_m2l_spectra_free(s);
    return status;
}

void sfm_m2l_spectra_free(sfm_m2l_spectra *s)
{
    sfm_m2l_samples_free(&s->samples);
    sfm_free(s->value);
    sfm_free(s->back);
    *s = (sfm_m2l_spectra){0};
}
