/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * M2L by convolution (after Ying, Biros, Zorin 2004, section 3.4, with an own transform and
 * layout): densities and check potentials lie on grids of one spacing, so per offset
 *
 *   check_i = sum_j K(h (i - j) - 2 offset) m_j
 *
 * is a discrete convolution, a product per frequency of a periodic grid of n = 2 p - 1.
 *
 *   f      [block][row][a][re, im][SFM_LANES]     transformed group, dft.h
 *   table  [block][343 offsets][a, b][re, im][SFM_LANES]  spectra of the kernel, 0 for adjacent
 *   sums   [block][target][b][re, im][SFM_LANES]  of one batch of target parents
 *
 * with a the components of a density and b those of a check potential.
 *
 * A batch is small enough for one block of all its sources to stay in the L2 cache while
 * all its targets are computed from it; the sums are transformed back at its end.
 *
 * Complex kernels: with R and I the spectra of real and imaginary parts, R + i I and R - i I do
 * not see each other, and K acts on them as K_R + i K_I and K_R - i K_I.  So these two channels
 * are what is kept of every complex number, and half the products suffice.
 */
#include "operators/m2l/m2l.h"

#include "base/arena.h"
#include "operators/dft/dft.h"
#include "operators/m2l/m2l_core.h"
#include "operators/m2l/m2l_spectra.h"

/* A batch ends at this many rows of targets, 64 full sibling sets: in their neighbourhood
 * of 6^3 parents one block of sources takes 216 KB, and its successor is being prefetched.
 * Where siblings are missing it holds more parents, since each batch streams the whole
 * table. */
#define BATCH_ROWS 512
#define BATCH_PARENTS 128

typedef struct fourier {
    SFM(m2l) base;
    SFM(dft) dft;
    SFM(m2l_core_fn) core;
    size_t n_channels; /* 2 of a complex kernel, else 1 */
    size_t n_blocks;
    real *table;
} fourier;

static const fourier *fourier_of(const SFM(m2l) * m2l)
{
    return (const fourier *)m2l;
}

/* ---- transform -------------------------------------------------------------------------- */

static size_t transform_scratch(const SFM(m2l) * m2l, size_t n_rows)
{
    (void)n_rows;
    return SFM(dft_scratch)(&fourier_of(m2l)->dft);
}

/* Each two rows [re, im][SFM_LANES], x and y, become x + i y and x - i y; or, with x and y these
 * channels, (x + y) and -i (x - y): the inverse but for a half, which the table has. */
static void to_channels(size_t n_rows, real *rows)
{
    for (real *x = rows; x < rows + n_rows * SFM_M2L_ROW; x += 2 * SFM_M2L_ROW)
        for (size_t i = 0; i < SFM_LANES; i++) {
            real *y = x + SFM_M2L_ROW, re = x[i], im = x[SFM_LANES + i];
            real y_re = y[i], y_im = y[SFM_LANES + i];
            x[i] = re - y_im, x[SFM_LANES + i] = im + y_re;
            y[i] = re + y_im, y[SFM_LANES + i] = im - y_re;
        }
}

static void from_channels(size_t n_rows, real *rows)
{
    for (real *x = rows; x < rows + n_rows * SFM_M2L_ROW; x += 2 * SFM_M2L_ROW)
        for (size_t i = 0; i < SFM_LANES; i++) {
            real *y = x + SFM_M2L_ROW, re = x[i], im = x[SFM_LANES + i];
            real y_re = y[i], y_im = y[SFM_LANES + i];
            x[i] = re + y_re, x[SFM_LANES + i] = im + y_im;
            y[i] = im - y_im, y[SFM_LANES + i] = y_re - re;
        }
}

static void transform(const SFM(m2l) * m2l, size_t n_rows, const real *m, real *f,
                      void *scratch)
{
    const fourier *t = fourier_of(m2l);
    n_rows *= (size_t)m2l->n_equiv;
    t->dft.code->forward(&t->dft, n_rows, m, f, scratch);
    if (t->n_channels > 1) to_channels(t->n_blocks * n_rows, f);
}

/* ---- apply ------------------------------------------------------------------------------ */

/* The scratch of apply. */
typedef struct space {
    void *lists;
    const real **source, **next; /* rows of the current and of the next block */
    size_t *step;                /* reals from a block to the next */
    real **check;                /* row by row, where the sums go */
    real *sums;
    void *dft;
} space;

/* What the scratch must hold of any batch. */
typedef struct limits {
    int32_t parents;
    size_t sources, rows;
} limits;

/* Targets of a batch: at least one sibling set. */
static size_t batch_targets(const SFM(m2l) * m2l, size_t n_rhs)
{
    int components = m2l->n_equiv > m2l->n_check ? m2l->n_equiv : m2l->n_check;
    size_t n = BATCH_ROWS / (n_rhs * (size_t)components);
    return n < 8 ? 8 : n;
}

static limits batch_limits(const SFM(m2l) * m2l, const sfm_m2l_work *work, size_t n_rhs)
{
    size_t targets = batch_targets(m2l, n_rhs);
    limits l;
    l.parents = work->n_parents < BATCH_PARENTS ? work->n_parents : BATCH_PARENTS;
    l.sources = sfm_m2l_batch_max_sources(work, l.parents);
    l.rows = n_rhs * (size_t)m2l->n_check *
             ((size_t)work->n_trg < targets ? (size_t)work->n_trg : targets);
    return l;
}

/* Number of parents of the batch that begins at parent `first`. */
static int32_t batch_parents(const SFM(m2l) * m2l, const sfm_m2l_work *work, size_t n_rhs,
                             int32_t first)
{
    size_t targets = 0, most = batch_targets(m2l, n_rhs);
    int32_t p = first;
    for (; p < work->n_parents && p < first + BATCH_PARENTS; p++) {
        targets += (size_t)__builtin_popcount(work->trg_mask[p]);
        if (targets > most) break;
    }
    return p - first;
}

static size_t apply_scratch(const SFM(m2l) * m2l, const sfm_m2l_work *work, size_t n_rhs)
{
    const fourier *t = fourier_of(m2l);
    const limits l = batch_limits(m2l, work, n_rhs);
    return sfm_arena_bytes(1, sfm_m2l_batch_bytes(work, l.parents)) +
           2 * sfm_arena_bytes(l.sources, sizeof(real *)) +
           sfm_arena_bytes(l.sources, sizeof(size_t)) +
           sfm_arena_bytes(l.rows, sizeof(real *)) +
           sfm_arena_bytes(t->n_blocks * l.rows * SFM_M2L_ROW, sizeof(real)) +
           sfm_arena_bytes(1, SFM(dft_scratch)(&t->dft));
}

/* The parts whose bytes are counted above. */
static space split(const fourier *t, const sfm_m2l_work *work, size_t n_rhs, void *scratch)
{
    const limits l = batch_limits(&t->base, work, n_rhs);
    sfm_arena arena = {scratch, 0, apply_scratch(&t->base, work, n_rhs)};
    space s;
    s.lists = sfm_arena_take(&arena, 1, sfm_m2l_batch_bytes(work, l.parents));
    s.source = sfm_arena_take(&arena, l.sources, sizeof *s.source);
    s.next = sfm_arena_take(&arena, l.sources, sizeof *s.next);
    s.step = sfm_arena_take(&arena, l.sources, sizeof *s.step);
    s.check = sfm_arena_take(&arena, l.rows, sizeof *s.check);
    s.sums = sfm_arena_take(&arena, t->n_blocks * l.rows * SFM_M2L_ROW, sizeof *s.sums);
    s.dft = sfm_arena_take(&arena, 1, SFM(dft_scratch)(&t->dft));
    return s;
}

static void point_at_sources(const fourier *t, const sfm_m2l_work *work,
                             const sfm_m2l_batch *batch, size_t n_rhs, const real *const *f,
                             const space *s)
{
    const size_t node = n_rhs * (size_t)t->base.n_equiv * SFM_M2L_ROW;
    for (int32_t i = 0; i < batch->n_sources; i++) {
        int32_t slot = batch->source_slot[i];
        s->next[i] = f[slot] + (size_t)batch->source_index[i] * node;
        s->step[i] = (size_t)work->slot_nodes[slot] * node;
    }
}

/* Rows of the table for an offset. */
static size_t table_rows(const fourier *t)
{
    return (size_t)(t->base.n_check * t->base.n_equiv) / t->n_channels;
}

/* The sums of all frequencies. */
static void accumulate(const fourier *t, const sfm_m2l_batch *batch, size_t n_rhs,
                       const space *s)
{
    const size_t n_check = (size_t)t->base.n_check, n_equiv = (size_t)t->base.n_equiv;
    const size_t sums = (size_t)batch->n_targets * n_rhs * n_check * SFM_M2L_ROW;
    const size_t table = SFM_M2L_OFFSETS * table_rows(t) * SFM_M2L_ROW;
    SFM(m2l_block)
    block = {.batch = batch,
             .n_rhs = n_rhs,
             .n_check = n_check / t->n_channels,
             .n_equiv = n_equiv / t->n_channels,
             .n_channels = t->n_channels,
             .source = s->source,
             .table = t->table,
             .target = s->sums};
    for (size_t q = 0; q < t->n_blocks; q++, block.table += table, block.target += sums) {
        int more = q + 1 < t->n_blocks;
        for (int32_t i = 0; i < batch->n_sources; i++) {
            s->source[i] = s->next[i];
            if (more) s->next[i] += s->step[i];
        }
        block.next = more ? s->next : NULL;
        t->core(&block);
    }
}

/* Transform the sums back, onto the check potentials. */
static void finish(const fourier *t, const sfm_m2l_batch *batch, size_t n_rhs, real *check,
                   const space *s)
{
    const size_t of_node = n_rhs * (size_t)t->base.n_check, n_e = (size_t)t->base.n_e;
    const size_t rows = (size_t)batch->n_targets * of_node;
    for (size_t i = 0; i < rows; i++) {
        size_t node = (size_t)batch->target_index[i / of_node];
        s->check[i] = check + (node * of_node + i % of_node) * n_e;
    }
    if (t->n_channels > 1) from_channels(t->n_blocks * rows, s->sums);
    t->dft.code->inverse(&t->dft, rows, s->sums, s->check, s->dft);
}

static void apply(const SFM(m2l) * m2l, const sfm_m2l_work *work, size_t n_rhs,
                  const real *const *f, real *check, void *scratch)
{
    const fourier *t = fourier_of(m2l);
    const space s = split(t, work, n_rhs, scratch);
    sfm_m2l_batch batch;
    for (int32_t p = 0, n; p < work->n_parents; p += n) {
        n = batch_parents(m2l, work, n_rhs, p);
        sfm_m2l_batch_build(&batch, work, p, n, s.lists);
        point_at_sources(t, work, &batch, n_rhs, f, &s);
        accumulate(t, &batch, n_rhs, &s);
        finish(t, &batch, n_rhs, check, &s);
    }
}

/* ---- the table -------------------------------------------------------------------------- */

static void destroy_fourier(SFM(m2l) * m2l)
{
    fourier *t = (fourier *)m2l;
    if (t == NULL) return;
    SFM(dft_free)(&t->dft);
    sfm_free(t->table);
    sfm_free(t);
}

/* Frequencies first ... first + n - 1 of an offset and of components b, a of a channel. */
static void fill_row(const fourier *t, const sfm_m2l_spectra *spectra, int offset_index,
                     int channel, int b, int a, int first, int n, real *row)
{
    double re[SFM_LANES], im[SFM_LANES], i_re[SFM_LANES], i_im[SFM_LANES];
    const int step = (int)t->n_channels;
    sfm_m2l_spectrum(spectra, offset_index, step * b, step * a, first, n, re, im);
    if (step > 1)
        sfm_m2l_spectrum(spectra, offset_index, step * b + 1, step * a, first, n, i_re,
                         i_im);
    for (int i = 0; i < n; i++) {
        double sign = channel ? -0.5 : 0.5;
        row[i] = (real)(step > 1 ? 0.5 * re[i] - sign * i_im[i] : re[i]);
        row[SFM_LANES + i] = (real)(step > 1 ? 0.5 * im[i] + sign * i_re[i] : im[i]);
    }
}

/* Spectra of all far offsets into the table, which is clear: its padding stays 0. */
static void fill_table(fourier *t, const sfm_m2l_spectra *spectra)
{
    const int n_rows = (int)table_rows(t), n_check = t->base.n_check / (int)t->n_channels;
    const int in_channel = n_rows / (int)t->n_channels;
    real *row = t->table;
    for (int first = 0; first < spectra->count; first += SFM_LANES) {
        int left = spectra->count - first, n = left < SFM_LANES ? left : SFM_LANES;
        for (int index = 0; index < SFM_M2L_OFFSETS; index++) {
            int offset[3], is_far = sfm_m2l_offset(index, offset);
            for (int k = 0; k < n_rows; k++, row += SFM_M2L_ROW)
                if (is_far)
                    fill_row(t, spectra, index, k / in_channel, k % in_channel % n_check,
                             k % in_channel / n_check, first, n, row);
        }
    }
}

static starfmm_status build_table(fourier *t, const sfm_block_kernel *kernel, double alpha)
{
    sfm_m2l_spectra spectra;
    SFM_TRY(sfm_m2l_spectra_create(&spectra, kernel, t->base.order, alpha));
    t->n_blocks = ((size_t)spectra.count + SFM_LANES - 1) / SFM_LANES;
    t->base.bytes =
        t->n_blocks * SFM_M2L_OFFSETS * table_rows(t) * SFM_M2L_ROW * sizeof *t->table;
    t->table = sfm_calloc(t->base.bytes, 1);
    if (t->table != NULL) fill_table(t, &spectra);
    sfm_m2l_spectra_free(&spectra);
    if (t->table != NULL) return STARFMM_OK;
    return sfm_fail(STARFMM_ENOMEM, "no memory for an M2L table of %zu bytes",
                    t->base.bytes);
}

static const SFM(m2l_method) method = {STARFMM_M2L_FOURIER, "fourier", transform_scratch,
                                       apply_scratch,       transform, apply,
                                       destroy_fourier};

starfmm_status SFM(m2l_fourier_create)(SFM(m2l) * *m2l, const sfm_block_kernel *kernel,
                                       int order, double alpha, sfm_isa isa)
{
    *m2l = NULL;
    fourier *t = sfm_calloc(1, sizeof *t);
    if (t == NULL) return sfm_fail(STARFMM_ENOMEM, "no memory for %zu bytes", sizeof *t);
    t->core = SFM(m2l_core_get)(isa);
    t->n_channels = kernel->kernel->properties & STARFMM_COMPLEX ? 2 : 1;
    starfmm_status status = SFM(dft_create)(&t->dft, order, isa);
    t->base = (SFM(m2l)){&method, order, t->dft.n_e, kernel->n_check, kernel->n_equiv, 0};
    if (status == STARFMM_OK) status = build_table(t, kernel, alpha);
    if (status != STARFMM_OK) {
        destroy_fourier(&t->base);
        return status;
    }
    *m2l = &t->base;
    return STARFMM_OK;
}
