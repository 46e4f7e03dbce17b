/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * M2L by convolution (after Ying, Biros, Zorin 2004, section 3.4, with an own transform and
 * layout): densities and check potentials lie on grids of one spacing, so per offset
 *
 *   check_i = sum_j K(h (i - j) - 2 offset) m_j
 *
 * is a discrete convolution, a product per frequency of a periodic grid of n = 2 p - 1.
 *
 *   f      [block][row][re, im][SFM_LANES]        transformed group, dft.h
 *   table  [block][343 offsets][re, im][SFM_LANES]  spectra of the kernel, 0 for adjacent
 *   sums   [block][target][re, im][SFM_LANES]     of one batch of target parents
 *
 * A batch is small enough for one block of all its sources to stay in the L2 cache while
 * all its targets are computed from it; the sums are transformed back at its end.
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

static void transform(const SFM(m2l) * m2l, size_t n_rows, const real *m, real *f,
                      void *scratch)
{
    const SFM(dft) *dft = &fourier_of(m2l)->dft;
    dft->code->forward(dft, n_rows, m, f, scratch);
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
static size_t batch_targets(size_t n_rhs)
{
    size_t n = BATCH_ROWS / n_rhs;
    return n < 8 ? 8 : n;
}

static limits batch_limits(const sfm_m2l_work *work, size_t n_rhs)
{
    size_t targets = batch_targets(n_rhs);
    limits l;
    l.parents = work->n_parents < BATCH_PARENTS ? work->n_parents : BATCH_PARENTS;
    l.sources = sfm_m2l_batch_max_sources(work, l.parents);
    l.rows = n_rhs * ((size_t)work->n_trg < targets ? (size_t)work->n_trg : targets);
    return l;
}

/* Number of parents of the batch that begins at parent `first`. */
static int32_t batch_parents(const sfm_m2l_work *work, size_t n_rhs, int32_t first)
{
    size_t targets = 0, most = batch_targets(n_rhs);
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
    const limits l = batch_limits(work, n_rhs);
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
    const limits l = batch_limits(work, n_rhs);
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

static void point_at_sources(const sfm_m2l_work *work, const sfm_m2l_batch *batch,
                             size_t n_rhs, const real *const *f, const space *s)
{
    for (int32_t i = 0; i < batch->n_sources; i++) {
        int32_t slot = batch->source_slot[i];
        s->next[i] = f[slot] + (size_t)batch->source_index[i] * n_rhs * SFM_M2L_ROW;
        s->step[i] = (size_t)work->slot_nodes[slot] * n_rhs * SFM_M2L_ROW;
    }
}

/* The sums of all frequencies. */
static void accumulate(const fourier *t, const sfm_m2l_batch *batch, size_t n_rhs,
                       const space *s)
{
    size_t rows = (size_t)batch->n_targets * n_rhs;
    for (size_t q = 0; q < t->n_blocks; q++) {
        int more = q + 1 < t->n_blocks;
        for (int32_t i = 0; i < batch->n_sources; i++) {
            s->source[i] = s->next[i];
            if (more) s->next[i] += s->step[i];
        }
        t->core(&(SFM(m2l_block)){batch, n_rhs, s->source, more ? s->next : NULL,
                                  t->table + q * SFM_M2L_OFFSETS * SFM_M2L_ROW,
                                  s->sums + q * rows * SFM_M2L_ROW});
    }
}

/* Transform the sums back, onto the check potentials. */
static void finish(const fourier *t, const sfm_m2l_batch *batch, size_t n_rhs, real *check,
                   const space *s)
{
    size_t rows = (size_t)batch->n_targets * n_rhs, n_e = (size_t)t->base.n_e;
    for (size_t i = 0; i < rows; i++) {
        size_t node = (size_t)batch->target_index[i / n_rhs];
        s->check[i] = check + (node * n_rhs + i % n_rhs) * n_e;
    }
    t->dft.code->inverse(&t->dft, rows, s->sums, s->check, s->dft);
}

static void apply(const SFM(m2l) * m2l, const sfm_m2l_work *work, size_t n_rhs,
                  const real *const *f, real *check, void *scratch)
{
    const fourier *t = fourier_of(m2l);
    const space s = split(t, work, n_rhs, scratch);
    sfm_m2l_batch batch;
    for (int32_t p = 0, n; p < work->n_parents; p += n) {
        n = batch_parents(work, n_rhs, p);
        sfm_m2l_batch_build(&batch, work, p, n, s.lists);
        point_at_sources(work, &batch, n_rhs, f, &s);
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

/* Spectra of all far offsets into the table, which is clear: its padding stays 0. */
static void fill_table(fourier *t, const sfm_m2l_spectra *spectra)
{
    double re[SFM_LANES], im[SFM_LANES];
    real *row = t->table;
    for (int first = 0; first < spectra->count; first += SFM_LANES) {
        int left = spectra->count - first, n = left < SFM_LANES ? left : SFM_LANES;
        for (int index = 0; index < SFM_M2L_OFFSETS; index++, row += SFM_M2L_ROW) {
            int offset[3];
            if (!sfm_m2l_offset(index, offset)) continue;
            sfm_m2l_spectrum(spectra, index, 0, 0, first, n, re, im);
            for (int i = 0; i < n; i++) {
                row[i] = (real)re[i];
                row[SFM_LANES + i] = (real)im[i];
            }
        }
    }
}

static starfmm_status build_table(fourier *t, const sfm_kernel *kernel,
                                  const double *params, double alpha)
{
    const sfm_block_kernel block = sfm_block_kernel_of(kernel, params);
    sfm_m2l_spectra spectra;
    if (block.n_check != 1 || block.n_equiv != 1)
        return sfm_fail(STARFMM_EUNSUPPORTED, "M2L of kernel '%s', %d x %d components",
                        kernel->name, block.n_check, block.n_equiv);
    SFM_TRY(sfm_m2l_spectra_create(&spectra, &block, t->base.order, alpha));
    t->n_blocks = ((size_t)spectra.count + SFM_LANES - 1) / SFM_LANES;
    t->base.bytes = t->n_blocks * SFM_M2L_OFFSETS * SFM_M2L_ROW * sizeof *t->table;
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

starfmm_status SFM(m2l_fourier_create)(SFM(m2l) * *m2l, const sfm_kernel *kernel,
                                       const double *params, int order, double alpha,
                                       sfm_isa isa)
{
    *m2l = NULL;
    fourier *t = sfm_calloc(1, sizeof *t);
    if (t == NULL) return sfm_fail(STARFMM_ENOMEM, "no memory for %zu bytes", sizeof *t);
    t->core = SFM(m2l_core_get)(isa);
    starfmm_status status = SFM(dft_create)(&t->dft, order, isa);
    t->base = (SFM(m2l)){&method, order, t->dft.n_e, 0};
    if (status == STARFMM_OK) status = build_table(t, kernel, params, alpha);
    if (status != STARFMM_OK) {
        destroy_fourier(&t->base);
        return status;
    }
    *m2l = &t->base;
    return STARFMM_OK;
}
