/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * M2L with one matrix per offset (YBZ eq. 3.4 as it stands): check_B += K_o m_A, with
 *
 *   K_o [n_check n_e][n_equiv n_e] = K(h (i - j) - 2 o),  o one of 316 offsets
 *
 * The pairs of one offset are gathered row by row and multiplied by one GEMM.  The
 * transformed form of a group is its expansions.  Cheaper than the convolution only for a
 * few nodes, where transforms and their table do not pay; independent of it, and so its
 * oracle.
 */
#include "operators/m2l/m2l.h"

#include <string.h>

#include "base/memory.h"
#include "base/blas.h"
#include "operators/m2l/m2l_batch.h"
#include "operators/m2l/m2l_samples.h"
#include "operators/surface.h"

/* Rows of one GEMM: enough for it to run at its rate. */
#define GEMM_ROWS 256

#if SFM_PRECISION == 64
#define GEMM sfm_gemm_f64
#else
#define GEMM sfm_gemm_f32
#endif

typedef struct dense {
    SFM(m2l) base;
    real *matrix[SFM_M2L_OFFSETS]; /* NULL for adjacent offsets */
    real *memory;
} dense;

static size_t transform_scratch(const SFM(m2l) * m2l, size_t n_rows)
{
    (void)m2l, (void)n_rows;
    return 0;
}

static void transform(const SFM(m2l) * m2l, size_t n_rows, const real *m, real *f,
                      void *scratch)
{
    (void)scratch;
    memcpy(f, m, n_rows * (size_t)(m2l->n_equiv * m2l->n_e) * sizeof *f);
}

/* Rows of one offset waiting for their GEMM. */
typedef struct gathered {
    size_t n, width, height; /* of the matrix */
    const real *matrix;
    real *in, *out; /* [GEMM_ROWS][width], [GEMM_ROWS][height] */
    real **check;   /* [GEMM_ROWS] where a row of `out` goes */
} gathered;

static size_t apply_scratch(const SFM(m2l) * m2l, const sfm_m2l_work *work, size_t n_rhs)
{
    (void)work, (void)n_rhs;
    size_t reals = (size_t)((m2l->n_check + m2l->n_equiv) * m2l->n_e);
    return GEMM_ROWS * (reals * sizeof(real) + sizeof(real *));
}

static void multiply(gathered *g)
{
    GEMM(0, 1, g->n, g->height, g->width, 1, g->in, g->width, g->matrix, g->width, 0,
         g->out, g->height);
    for (size_t i = 0; i < g->n; i++)
        for (size_t e = 0; e < g->height; e++) g->check[i][e] += g->out[i * g->height + e];
    g->n = 0;
}

static void add_pair(gathered *g, const real *source, real *check, size_t n_rhs)
{
    for (size_t r = 0; r < n_rhs; r++) {
        memcpy(g->in + g->n * g->width, source + r * g->width, g->width * sizeof *source);
        g->check[g->n++] = check + r * g->height;
        if (g->n == GEMM_ROWS) multiply(g);
    }
}

/* The child at offset o from octant t of a target parent: 8 * halo + octant, or -1 where
 * there is none, or where it is beyond the parent's neighbours. */
static int32_t source_child(const sfm_m2l_work *work, int32_t parent, int t, const int o[3])
{
    int direction = 0, octant = 0;
    for (int d = 2; d >= 0; d--) {
        int x = o[d] + (t >> d & 1); /* 2 * direction + octant */
        if (x < -2 || x > 3) return -1;
        direction = 3 * direction + (x + 2) / 2;
        octant = 2 * octant + (x & 1);
    }
    int32_t halo = work->halo_of[27 * parent + direction];
    return halo >= 0 && work->halo_mask[halo] >> octant & 1 ? 8 * halo + octant : -1;
}

static void apply_offset(const sfm_m2l_work *work, const int o[3], size_t n_rhs,
                         const real *const *f, real *check, gathered *g)
{
    for (int32_t i = 0; i < 8 * work->n_parents; i++) {
        if (!(work->trg_mask[i / 8] >> i % 8 & 1)) continue;
        int32_t child = source_child(work, i / 8, i % 8, o);
        if (child < 0) continue;
        add_pair(g,
                 f[work->halo_slot[child]] +
                     (size_t)work->halo_index[child] * n_rhs * g->width,
                 check + (size_t)work->trg_index[i] * n_rhs * g->height, n_rhs);
    }
    if (g->n > 0) multiply(g);
}

static void apply(const SFM(m2l) * m2l, const sfm_m2l_work *work, size_t n_rhs,
                  const real *const *f, real *check, void *scratch)
{
    const dense *t = (const dense *)m2l;
    size_t width = (size_t)(m2l->n_equiv * m2l->n_e);
    size_t height = (size_t)(m2l->n_check * m2l->n_e);
    real **rows = scratch, *in = (real *)(rows + GEMM_ROWS);
    gathered g = {0, width, height, NULL, in, in + GEMM_ROWS * width, rows};
    for (int index = 0; index < SFM_M2L_OFFSETS; index++) {
        int o[3];
        if (!sfm_m2l_offset(index, o)) continue;
        g.matrix = t->matrix[index];
        apply_offset(work, o, n_rhs, f, check, &g);
    }
}

static void destroy_dense(SFM(m2l) * m2l)
{
    dense *t = (dense *)m2l;
    if (t == NULL) return;
    sfm_free(t->memory);
    sfm_free(t);
}

/* ---- the matrices ----------------------------------------------------------------------- */

/* Index of i - j in the samples is place[i] - place[j] + that of 0. */
static void set_places(int order, const int *grid_index, int n_e, int *place)
{
    int n = 2 * order - 1;
    for (int e = 0; e < n_e; e++) {
        int i = grid_index[e];
        place[e] = i % order + n * (i / order % order + n * (i / order / order));
    }
}

/* `value` has room for the samples of one offset. */
static void fill_matrices(dense *t, const sfm_m2l_samples *samples, const int *place,
                          double *value)
{
    int n = 2 * t->base.order - 1, zero = (n * n * n - 1) / 2;
    size_t n_e = (size_t)t->base.n_e, n_check = (size_t)t->base.n_check;
    size_t n_equiv = (size_t)t->base.n_equiv, grid = (size_t)(n * n * n);
    real *out = t->memory;
    for (int index = 0; index < SFM_M2L_OFFSETS; index++) {
        int o[3];
        if (!sfm_m2l_offset(index, o)) continue;
        sfm_m2l_samples_of(samples, index, value);
        t->matrix[index] = out;
        for (size_t row = 0; row < n_check * n_e; row++)
            for (size_t a = 0; a < n_equiv; a++) {
                const double *pair = value + (row / n_e * n_equiv + a) * grid;
                for (size_t j = 0; j < n_e; j++)
                    *out++ = (real)pair[place[row % n_e] - place[j] + zero];
            }
    }
}

static starfmm_status build_matrices(dense *t, const sfm_block_kernel *kernel, double alpha)
{
    size_t n_e = (size_t)t->base.n_e, n = 2 * (size_t)t->base.order - 1;
    size_t pairs = (size_t)(kernel->n_check * kernel->n_equiv);
    sfm_m2l_samples samples;
    SFM_TRY(sfm_m2l_samples_create(&samples, kernel, t->base.order, alpha));
    double *points = sfm_alloc(3 * n_e + pairs * n * n * n, sizeof *points);
    int *index = sfm_alloc(2 * n_e, sizeof *index);
    t->memory = sfm_alloc(t->base.bytes, 1);
    int complete = points != NULL && index != NULL && t->memory != NULL;
    if (complete) {
        sfm_surface_points(t->base.order, (sfm_surface_form){alpha, 0}, points,
                           points + n_e, points + 2 * n_e, index);
        set_places(t->base.order, index, (int)n_e, index + n_e);
        fill_matrices(t, &samples, index + n_e, points + 3 * n_e);
    }
    sfm_free(points);
    sfm_free(index);
    sfm_m2l_samples_free(&samples);
    return complete ? STARFMM_OK
                    : sfm_fail(STARFMM_ENOMEM, "no memory for M2L matrices of %zu bytes",
                               t->base.bytes);
}

static const SFM(m2l_method) method = {STARFMM_M2L_DENSE, "dense",   transform_scratch,
                                       apply_scratch,     transform, apply,
                                       destroy_dense};

starfmm_status SFM(m2l_dense_create)(SFM(m2l) * *m2l, const sfm_block_kernel *kernel,
                                     int order, double alpha, sfm_isa isa)
{
    (void)isa;
    *m2l = NULL;
    dense *t = sfm_calloc(1, sizeof *t);
    if (t == NULL) return sfm_fail(STARFMM_ENOMEM, "no memory for %zu bytes", sizeof *t);
    size_t n_e = (size_t)sfm_surface_count(order);
    size_t entries = (size_t)(kernel->n_check * kernel->n_equiv) * n_e * n_e;
    t->base = (SFM(m2l)){&method,         order,
                         (int)n_e,        kernel->n_check,
                         kernel->n_equiv, SFM_M2L_FAR_OFFSETS * entries * sizeof(real)};
    starfmm_status status = build_matrices(t, kernel, alpha);
    if (status != STARFMM_OK) {
        destroy_dense(&t->base);
        return status;
    }
    *m2l = &t->base;
    return STARFMM_OK;
}
