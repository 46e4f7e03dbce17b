/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Four targets in registers, one source child at a time: 2 loads of a component of the source,
 * then per target 2 loads of the table and 4 multiply-adds.  Lanes are frequencies, so nothing
 * is shuffled and no lane is wasted on children that do not exist.
 *
 * With 32 registers there is room for the sums of more than a scalar: several components of the
 * check potentials, which share the loads of the source, or several right-hand sides, which
 * share those of the table.
 */
#include "operators/m2l/m2l_core.h"

#include "kernels/simd.h"

/* Sums of a target, complex, that a tile holds. */
#if SFM_BYTES == 64
#define MAX_SUMS 3
#define RHS_OF_TILE 2
#else
#define MAX_SUMS 1
#define RHS_OF_TILE 1
#endif

/* What is summed in registers at a time: constants where it is inlined, but for n_equiv. */
typedef struct tile {
    int n_check, n_rhs, n_equiv;
    int is_scalar; /* the block's n_check = n_equiv = n_channels = 1 */
} tile;

/* [target][right-hand side, or component] */
typedef struct sums {
    vec re[SFM_M2L_QUARTET][MAX_SUMS], im[SFM_M2L_QUARTET][MAX_SUMS];
} sums;

/* Where a tile begins in the rows of a source node, of an offset and of a target node, in reals,
 * and how far it is from one row to the next. */
typedef struct corner {
    size_t source, source_equiv, source_rhs;
    size_t table, table_equiv, table_offset;
    size_t target, target_check, target_rhs, target_node;
} corner;

SFM_INLINE void add_product(vec *re, vec *im, const real *k, vec f_re, vec f_im)
{
    vec k_re = vec_load(k), k_im = vec_load(k + SFM_LANES);
    *re = vec_fma(k_re, f_re, *re);
    *im = vec_fma(k_re, f_im, *im);
    *re = vec_fnma(k_im, f_im, *re);
    *im = vec_fma(k_im, f_re, *im);
}

/* One component of a source and one right-hand side, f, to the sums of the targets. */
SFM_INLINE void add_component(sums *s, tile size, int rhs, const real *f, const real *k,
                              const ptrdiff_t distance[SFM_M2L_QUARTET], int mask)
{
    vec f_re = vec_load(f), f_im = vec_load(f + SFM_LANES);
    STARFMM_UNROLL
    for (int t = 0; t < SFM_M2L_QUARTET; t++) {
        STARFMM_UNROLL
        for (int c = 0; c < size.n_check; c++)
            if (mask >> t & 1)
                add_product(&s->re[t][rhs + c], &s->im[t][rhs + c],
                            k - distance[t] + c * SFM_M2L_ROW, f_re, f_im);
    }
}

/* One run: `mask` is a constant where this is inlined. */
SFM_INLINE sums add_run(sums s, const SFM(m2l_block) * b, tile size, const corner *at,
                        const sfm_m2l_term *term, int n,
                        const ptrdiff_t distance[SFM_M2L_QUARTET], int mask)
{
    const ptrdiff_t offset = size.is_scalar ? SFM_M2L_ROW : (ptrdiff_t)at->table_offset;
    for (int i = 0; i < n; i++) {
        const real *f = b->source[term[i].source] + at->source;
        const real *k = b->table + (ptrdiff_t)term[i].offset * offset + at->table;
        for (int a = 0; a < size.n_equiv; a++) {
            add_component(&s, size, 0, f, k, distance, mask);
            if (size.n_rhs > 1)
                add_component(&s, size, 1, f + at->source_rhs, k, distance, mask);
            f += at->source_equiv;
            k += at->table_equiv;
        }
    }
    return s;
}

#define RUN(mask)                                                                          \
    case mask:                                                                             \
        s = add_run(s, b, size, at, term, run->n_terms, distance, mask);                   \
        break;
/* clang-format off */
#define ALL_RUNS                                                                           \
    RUN(1) RUN(2) RUN(3) RUN(4) RUN(5) RUN(6) RUN(7) RUN(8)                                \
    RUN(9) RUN(10) RUN(11) RUN(12) RUN(13) RUN(14) RUN(15)
/* clang-format on */

/* All runs of a quartet, to the rows of its targets. */
SFM_INLINE void add_quartet(const SFM(m2l_block) * b, tile size, const corner *at,
                            const sfm_m2l_quartet *quartet)
{
    sums s = {{{{0}}}, {{{0}}}};
    ptrdiff_t distance[SFM_M2L_QUARTET];
    for (int t = 0; t < SFM_M2L_QUARTET; t++)
        distance[t] = (ptrdiff_t)quartet->distance[t] * (ptrdiff_t)at->table_offset;
    const sfm_m2l_term *term = b->batch->term + quartet->first_term;
    const sfm_m2l_run *run = b->batch->run + quartet->first_run,
                      *end = run + quartet->n_runs;
    for (; run < end; term += run->n_terms, run++) {
        switch (run->mask) {
            ALL_RUNS
        }
    }
    const size_t step = size.n_rhs > 1 ? at->target_rhs : at->target_check;
    STARFMM_UNROLL
    for (int t = 0; t < SFM_M2L_QUARTET; t++) {
        if (t >= quartet->n_targets) break;
        real *out = b->target + (size_t)quartet->row[t] * at->target_node + at->target;
        STARFMM_UNROLL
        for (int i = 0; i < size.n_rhs * size.n_check; i++, out += step) {
            vec_store(out, s.re[t][i]);
            vec_store(out + SFM_LANES, s.im[t][i]);
        }
    }
}

/* ---- tiles --------------------------------------------------------------------------------- */

typedef void (*tile_fn)(const SFM(m2l_block) * b, const corner *at,
                        const sfm_m2l_quartet *quartet);

#define TILE(name, n_check, n_rhs, n_equiv, is_scalar)                                     \
    static void name(const SFM(m2l_block) * b, const corner *at,                           \
                     const sfm_m2l_quartet *quartet)                                       \
    {                                                                                      \
        add_quartet(b, (tile){n_check, n_rhs, n_equiv, is_scalar}, at, quartet);           \
    }
TILE(add_scalar, 1, 1, 1, 1)
TILE(add_component_1, 1, 1, (int)b->n_equiv, 0)
#if MAX_SUMS > 1
TILE(add_scalar_2_rhs, 1, 2, 1, 1)
TILE(add_component_2_rhs, 1, 2, (int)b->n_equiv, 0)
TILE(add_components_2, 2, 1, (int)b->n_equiv, 0)
TILE(add_components_3, 3, 1, (int)b->n_equiv, 0)
#endif

static tile_fn tile_of(const SFM(m2l_block) * b, size_t n_check, size_t n_rhs)
{
    const int is_scalar = b->n_check * b->n_equiv * b->n_channels == 1;
#if MAX_SUMS > 1
    if (n_rhs == 2) return is_scalar ? add_scalar_2_rhs : add_component_2_rhs;
    if (n_check > 1) return n_check == 2 ? add_components_2 : add_components_3;
#endif
    (void)n_check, (void)n_rhs;
    return is_scalar ? add_scalar : add_component_1;
}

/* ---- a block ------------------------------------------------------------------------------- */

/* Reals of a node's components of one right-hand side. */
static size_t source_width(const SFM(m2l_block) * b)
{
    return b->n_equiv * b->n_channels * SFM_M2L_ROW;
}

static size_t target_width(const SFM(m2l_block) * b)
{
    return b->n_check * b->n_channels * SFM_M2L_ROW;
}

/* Of an offset. */
static size_t table_width(const SFM(m2l_block) * b)
{
    return b->n_channels * b->n_equiv * b->n_check * SFM_M2L_ROW;
}

/* Bring part i of n of what the next block will read into the L2 cache. */
static void prefetch(const SFM(m2l_block) * b, size_t i, size_t n)
{
    size_t n_sources = (size_t)b->batch->n_sources, end = (i + 1) * n_sources / n;
    for (size_t s = i * n_sources / n; s < end; s++)
        for (size_t at = 0; at < b->n_rhs * source_width(b); at += SFM_LANES)
            __builtin_prefetch(b->next[s] + at, 0, 2);
    const size_t table = SFM_M2L_OFFSETS * table_width(b) / SFM_LANES;
    for (size_t line = i * table / n; line < (i + 1) * table / n; line++)
        __builtin_prefetch(b->table + (table + line) * SFM_LANES, 0, 2);
}

/* All right-hand sides of some components of a channel. */
static void add_rhs(const SFM(m2l_block) * b, size_t channel, size_t check, size_t n_check,
                    const sfm_m2l_quartet *quartet)
{
    corner at = {.source_equiv = b->n_channels * SFM_M2L_ROW,
                 .source_rhs = source_width(b),
                 .table_equiv = b->n_check * SFM_M2L_ROW,
                 .table_offset = table_width(b),
                 .target_check = b->n_channels * SFM_M2L_ROW,
                 .target_rhs = target_width(b),
                 .target_node = b->n_rhs * target_width(b)};
    for (size_t rhs = 0, n_rhs; rhs < b->n_rhs; rhs += n_rhs) {
        n_rhs = n_check == 1 && b->n_rhs - rhs >= RHS_OF_TILE ? RHS_OF_TILE : 1;
        const tile_fn add = tile_of(b, n_check, n_rhs);
        for (size_t lane = 0; lane < SFM_LANES; lane += SFM_WIDTH) {
            at.source = rhs * at.source_rhs + channel * SFM_M2L_ROW + lane;
            at.table = (channel * b->n_equiv * b->n_check + check) * SFM_M2L_ROW + lane;
            at.target = rhs * at.target_rhs +
                        (check * b->n_channels + channel) * SFM_M2L_ROW + lane;
            add(b, &at, quartet);
        }
    }
}

void SFM_V(m2l_core)(const SFM(m2l_block) * b)
{
    const size_t n = (size_t)b->batch->n_quartets;
    const size_t most = b->n_rhs >= RHS_OF_TILE && RHS_OF_TILE > 1 ? 1 : MAX_SUMS;
    const size_t n_passes = b->n_channels * ((b->n_check + most - 1) / most);
    for (size_t pass = 0; pass < n_passes; pass++) {
        size_t channel = pass % b->n_channels, check = pass / b->n_channels * most;
        size_t n_check = b->n_check - check < most ? b->n_check - check : most;
        for (size_t i = 0; i < n; i++) {
            if (b->next != NULL) prefetch(b, pass * n + i, n_passes * n);
            add_rhs(b, channel, check, n_check, &b->batch->quartet[i]);
        }
    }
}
