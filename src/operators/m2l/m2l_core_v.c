/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Four targets in registers (8 vectors), one source child at a time: 2 loads of the source,
 * then per target 2 loads of the table and 4 multiply-adds.  Lanes are frequencies, so
 * nothing is shuffled and no lane is wasted on children that do not exist.
 */
#include "operators/m2l/m2l_core.h"

#include "kernels/simd.h"

/* Four accumulators, re and im. */
typedef struct sums {
    vec re[SFM_M2L_QUARTET], im[SFM_M2L_QUARTET];
} sums;

SFM_INLINE void add_product(vec *re, vec *im, const real *k, vec f_re, vec f_im)
{
    vec k_re = vec_load(k), k_im = vec_load(k + SFM_LANES);
    *re = vec_fma(k_re, f_re, *re);
    *im = vec_fma(k_re, f_im, *im);
    *re = vec_fnma(k_im, f_im, *re);
    *im = vec_fma(k_im, f_re, *im);
}

/* One run: `mask` is a constant where this is inlined. */
SFM_INLINE sums add_run(sums s, const SFM(m2l_block) * b, const sfm_m2l_term *term, int n,
                        size_t at, const ptrdiff_t distance[SFM_M2L_QUARTET], int mask)
{
    for (int i = 0; i < n; i++) {
        const real *f = b->source[term[i].source] + at;
        const real *k = b->table + (ptrdiff_t)term[i].offset * SFM_M2L_ROW + at % SFM_LANES;
        vec f_re = vec_load(f), f_im = vec_load(f + SFM_LANES);
        for (int t = 0; t < SFM_M2L_QUARTET; t++)
            if (mask >> t & 1) add_product(&s.re[t], &s.im[t], k - distance[t], f_re, f_im);
    }
    return s;
}

#define RUN(mask)                                                                          \
    case mask:                                                                             \
        s = add_run(s, b, term, run->n_terms, at, distance, mask);                         \
        break;
/* clang-format off */
#define ALL_RUNS                                                                           \
    RUN(1) RUN(2) RUN(3) RUN(4) RUN(5) RUN(6) RUN(7) RUN(8)                                \
    RUN(9) RUN(10) RUN(11) RUN(12) RUN(13) RUN(14) RUN(15)
/* clang-format on */

/* All runs of a quartet, at reals `at` of the rows: right-hand side and part of lanes. */
SFM_INLINE sums add_runs(const SFM(m2l_block) * b, const sfm_m2l_quartet *quartet,
                         size_t at)
{
    sums s = {{{0}}, {{0}}};
    ptrdiff_t distance[SFM_M2L_QUARTET];
    for (int t = 0; t < SFM_M2L_QUARTET; t++)
        distance[t] = (ptrdiff_t)quartet->distance[t] * SFM_M2L_ROW;
    const sfm_m2l_term *term = b->batch->term + quartet->first_term;
    const sfm_m2l_run *run = b->batch->run + quartet->first_run,
                      *end = run + quartet->n_runs;
    for (; run < end; term += run->n_terms, run++) {
        switch (run->mask) {
            ALL_RUNS
        }
    }
    return s;
}

static void add_quartet(const SFM(m2l_block) * b, const sfm_m2l_quartet *quartet,
                        size_t rhs)
{
    for (size_t lane = 0; lane < SFM_LANES; lane += SFM_WIDTH) {
        sums s = add_runs(b, quartet, rhs * SFM_M2L_ROW + lane);
        for (int t = 0; t < quartet->n_targets; t++) {
            real *out =
                b->target + ((size_t)quartet->row[t] * b->n_rhs + rhs) * SFM_M2L_ROW;
            vec_store(out + lane, s.re[t]);
            vec_store(out + SFM_LANES + lane, s.im[t]);
        }
    }
}

/* Bring part i of n of what the next block will read into the L2 cache. */
static void prefetch(const SFM(m2l_block) * b, size_t i, size_t n)
{
    size_t n_sources = (size_t)b->batch->n_sources, end = (i + 1) * n_sources / n;
    for (size_t s = i * n_sources / n; s < end; s++)
        for (size_t at = 0; at < b->n_rhs * SFM_M2L_ROW; at += SFM_LANES)
            __builtin_prefetch(b->next[s] + at, 0, 2);
    const size_t table = SFM_M2L_OFFSETS * SFM_M2L_ROW / SFM_LANES;
    for (size_t line = i * table / n; line < (i + 1) * table / n; line++)
        __builtin_prefetch(b->table + (table + line) * SFM_LANES, 0, 2);
}

void SFM_V(m2l_core)(const SFM(m2l_block) * block)
{
    size_t n = (size_t)block->batch->n_quartets;
    for (size_t i = 0; i < n; i++) {
        if (block->next != NULL) prefetch(block, i, n);
        for (size_t rhs = 0; rhs < block->n_rhs; rhs++)
            add_quartet(block, &block->batch->quartet[i], rhs);
    }
}
