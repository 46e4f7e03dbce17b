/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loop of every radial kernel: included by <kernel>_v.c, which defines before
 *
 *     #define KERNEL ...          its name, for the table of evaluate_table.h
 *     typedef ... pair_coef;      the kernel's parameters, broadcast
 *     pair_coef pair_prepare(const double *params, root_method root);
 *     root_method pair_root(sfm_accuracy accuracy);
 *     pair_terms pair_evaluate(const pair_coef *c, vec r2, block_shape s);
 *
 * With d = x - y and r = |d| the kernel is value(r) and its derivative by x is
 * - value ratio d.  value may lack the factor s = vec_root_scale(root) and ratio s^2: a sum
 * is multiplied by s (potential) or - s^3 (gradient) at its end.
 *
 * A block is n_vec registers of targets and n_rhs right-hand sides.  Its coordinates (in
 * the frame of the current segment) and its sums stay in registers over all sources of all
 * segments; a source is one broadcast.
 *
 * Coincident pairs: testing every pair for r = 0 costs a sixth of the loop, and hardly any
 * segment holds such a pair.  So a segment is summed without the test; r = 0 makes the
 * potential Inf or NaN, and then the segment is summed again with it (at once where the
 * first target is seen to be the source of its index: a leaf against itself).
 *
 * Close pairs: in single precision the rounding of coordinates, a part of the leaf's size,
 * is much of a small distance, and on curves and surfaces the closest pairs weigh most.  So
 * the first sum notes the least r^2 (a twentieth to a tenth of the loop), which tells of
 * coincident pairs too.  Where it is not above the segment's `close`, the segment is summed
 * again with d = (x - y) + (x low - y low): the first difference is exact when it is small.
 *
 * Range: the product value ratio ~ r^-3 overflows, and seeds that are floats end, at
 * distances whose potential and gradient are representable.  Such a pair makes a sum Inf or
 * NaN; the block is then summed again by ROOT_EXACT, which forms value (ratio d) instead.
 */
#ifndef SFM_EVALUATE_LOOP_H
#define SFM_EVALUATE_LOOP_H

#include <math.h>

#define HAS_LOW (SFM_PRECISION == 32)

/* Registers of targets per block, by measurement: [gradient][several right-hand sides]. */
#if SFM_BYTES == 64
static const int block_vecs[2][2] = {{4, 4}, {2, 1}};
#elif SFM_BYTES == 32
static const int block_vecs[2][2] = {{2, 2}, {1, 1}};
#else
static const int block_vecs[2][2] = {{3, 2}, {2, 1}};
#endif
#define MAX_VECS 4

/* Right-hand sides that share the evaluation of a pair, and from how many on, [gradient], a
 * block of so many with some repeated beats blocks of one. */
#define MAX_RHS 4
static const size_t min_several[2] = {2, 3};

/* Targets [trg, trg + n_vec SFM_WIDTH) and right-hand sides [rhs, rhs + n_rhs); beyond the
 * last right-hand side the last is repeated, and its sums are dropped. */
typedef struct block_place {
    size_t trg, rhs;
} block_place;

/* [potential, gradient by x, y, z][right-hand side]. */
typedef struct vec_sums {
    vec v[4][MAX_RHS];
} vec_sums;

SFM_INLINE void add_one(block_shape s, pair_terms p, const vec d[3], vec q, vec_sums *sum)
{
    if (!s.gradient) {
        sum->v[0][0] = vec_fma(p.value, q, sum->v[0][0]);
        return;
    }
    vec t = p.value * q;
    sum->v[0][0] += t;
    vec w = p.ratio * t;
#pragma GCC unroll 4
    for (int k = 0; k < 3; k++)
        sum->v[k + 1][0] = s.root == ROOT_EXACT
                               ? vec_fma(t, p.ratio * d[k], sum->v[k + 1][0])
                               : vec_fma(w, d[k], sum->v[k + 1][0]);
}

SFM_INLINE void add_several(block_shape s, pair_terms p, const vec d[3],
                            const vec q[MAX_RHS], vec_sums *sum)
{
    vec w = p.ratio * p.value;
#pragma GCC unroll 4
    for (int r = 0; r < s.n_rhs; r++) {
        sum->v[0][r] = vec_fma(p.value, q[r], sum->v[0][r]);
        if (!s.gradient) continue;
#pragma GCC unroll 4
        for (int k = 0; k < 3; k++)
            sum->v[k + 1][r] = vec_fma(w * d[k], q[r], sum->v[k + 1][r]);
    }
}

SFM_INLINE int is_precise(block_shape s)
{
    return HAS_LOW && s.masked;
}

/* A block's targets in the frame of a segment's sources, and what is left of them. */
typedef struct vec_targets {
    vec v[MAX_VECS][3], low[MAX_VECS][3];
} vec_targets;

SFM_INLINE void shift_targets(const SFM(evaluation) * e, const SFM(segment) * seg,
                              block_shape s, block_place at, vec_targets *x)
{
    const real *const from[3] = {e->tx, e->ty, e->tz};
#pragma GCC unroll 4
    for (int t = 0; t < s.n_vec; t++) {
        size_t i = at.trg + (size_t)t * SFM_WIDTH;
#pragma GCC unroll 4
        for (int k = 0; k < 3; k++) {
            vec a = vec_load(from[k] + i), b = vec_set(seg->shift[k]), d = a - b;
            x->v[t][k] = d;
            if (!is_precise(s)) continue;
            /* The rounding error of a - b, exactly: Knuth's TwoDiff. */
            vec b_kept = a - d;
            vec lost = (a - (d + b_kept)) + (b_kept - b);
            x->low[t][k] = lost - vec_set(seg->shift_low[k]);
            if (e->low[k]) x->low[t][k] += vec_load(e->low[k] + i);
        }
    }
}

SFM_INLINE void add_segment(const SFM(evaluation) * e, const SFM(segment) * seg,
                            const pair_coef *c, block_shape s, block_place at,
                            vec_sums *sum, vec nearest[2])
{
    vec_targets x;
    const int precise = is_precise(s);
    shift_targets(e, seg, s, at, &x);
    const real none = 0, *low[3];
    size_t low_step = seg->low[0] ? 1 : 0;
    for (int k = 0; k < 3; k++) low[k] = low_step ? seg->low[k] : &none;
    const real *charge[MAX_RHS];
#pragma GCC unroll 4
    for (int r = 0; r < s.n_rhs; r++) {
        size_t row = at.rhs + (size_t)r;
        charge[r] = seg->q + (row < e->n_rhs ? row : e->n_rhs - 1) * seg->ldq;
    }
#pragma GCC unroll 1
    for (size_t j = 0; j < seg->n; j++) {
        vec y[3] = {vec_set(seg->x[j]), vec_set(seg->y[j]), vec_set(seg->z[j])};
        vec y_low[3] = {{0}}, q[MAX_RHS];
        for (int k = 0; k < 3 && precise; k++) y_low[k] = vec_set(low[k][j * low_step]);
#pragma GCC unroll 4
        for (int r = 0; r < s.n_rhs; r++) q[r] = vec_set(charge[r][j]);
#pragma GCC unroll 4
        for (int t = 0; t < s.n_vec; t++) {
            vec d[3] = {x.v[t][0] - y[0], x.v[t][1] - y[1], x.v[t][2] - y[2]};
#pragma GCC unroll 4
            for (int k = 0; k < 3 && precise; k++) d[k] += x.low[t][k] - y_low[k];
            vec r2 = vec_fma(d[2], d[2], vec_fma(d[1], d[1], d[0] * d[0]));
            if (HAS_LOW && !s.masked) {
                int last = t == s.n_vec - 1;
                nearest[last] = vec_min(r2, nearest[last]);
            }
            pair_terms p = pair_evaluate(c, r2, s);
            if (s.n_rhs == 1)
                add_one(s, p, d, q[0], &sum[t]);
            else
                add_several(s, p, d, q, &sum[t]);
        }
    }
}

SFM_INLINE void copy_sums(vec_sums *to, const vec_sums *from, block_shape s)
{
#pragma GCC unroll 4
    for (int t = 0; t < s.n_vec; t++) {
#pragma GCC unroll 4
        for (int k = 0; k < 4; k++) {
            if (k > 0 && !s.gradient) break;
#pragma GCC unroll 4
            for (int r = 0; r < s.n_rhs; r++) to[t].v[k][r] = from[t].v[k][r];
        }
    }
}

SFM_INLINE ivec valid_lanes(size_t n)
{
    ivec lane;
    for (int l = 0; l < SFM_WIDTH; l++) lane[l] = (size_t)l < n ? -1 : 0;
    return lane;
}

/* Whether the potentials are neither Inf nor NaN, for then 0 times them is 0.  A coincident
 * pair spoils all right-hand sides, so the first tells.  `last`: the lanes of the last
 * register that are targets; the others may coincide with anything. */
SFM_INLINE int is_finite(const vec_sums *sum, block_shape s, ivec last)
{
    vec zero = vec_where(last, vec_set(0) * sum[s.n_vec - 1].v[0][0]);
#pragma GCC unroll 4
    for (int t = 0; t < s.n_vec - 1; t++) zero = vec_fma(vec_set(0), sum[t].v[0][0], zero);
    return !vec_any(zero);
}

/* Whether a segment summed without care holds a pair that needs it. */
SFM_INLINE int needs_care(const SFM(segment) * seg, const vec_sums *sum,
                          const vec nearest[2], block_shape s, ivec last)
{
    if (!HAS_LOW) return !is_finite(sum, s, last);
    vec r2 = vec_min((vec)(~last | (ivec)nearest[1]), nearest[0]);
    return vec_any((vec)(r2 <= vec_set(seg->close)));
}

/* Whether the first target of a block is the source of its index: a leaf against itself. */
SFM_INLINE int starts_coincident(const SFM(evaluation) * e, const SFM(segment) * seg,
                                 block_place at)
{
    size_t i = at.trg;
    return i < seg->n && e->tx[i] - seg->shift[0] == seg->x[i] &&
           e->ty[i] - seg->shift[1] == seg->y[i] && e->tz[i] - seg->shift[2] == seg->z[i];
}

/* The sums of a block out of registers: [potential, gradient][right-hand side][target]. */
typedef struct block_result {
    real v[4][MAX_RHS][MAX_VECS * SFM_WIDTH];
    real zero[MAX_VECS * SFM_WIDTH]; /* NaN where a sum of that target is Inf or NaN */
} block_result;

SFM_INLINE void leave_registers(const vec_sums *sum, block_shape s, block_result *b)
{
#pragma GCC unroll 4
    for (int t = 0; t < s.n_vec; t++) {
        vec zero = {0};
#pragma GCC unroll 4
        for (int k = 0; k < 4; k++) {
            if (k > 0 && !s.gradient) break;
#pragma GCC unroll 4
            for (int r = 0; r < s.n_rhs; r++) {
                vec_store(&b->v[k][r][t * SFM_WIDTH], sum[t].v[k][r]);
                zero = vec_fma(vec_set(0), sum[t].v[k][r], zero);
            }
        }
        vec_store(&b->zero[t * SFM_WIDTH], zero);
    }
}

/* Add the first n targets to the output; 0, and nothing added, when the seeds' range was
 * left on the way. */
static __attribute__((noinline)) int add_result(const SFM(evaluation) * e,
                                                const block_result *b, root_method root,
                                                int n_out, int n_rhs, block_place at,
                                                size_t n)
{
    const real scale = vec_root_scale(root);
    const real gradient_scale = -scale * scale * scale;
    int finite = 1;
    for (size_t i = 0; i < n; i++) finite &= b->zero[i] == 0;
    if (!finite && root != ROOT_EXACT) return 0;
    for (int k = 0; k < n_out; k++)
        for (int r = 0; r < n_rhs && at.rhs + (size_t)r < e->n_rhs; r++) {
            real *out = e->out[k] + (at.rhs + (size_t)r) * e->ldo + at.trg;
            const real factor = k > 0 ? gradient_scale : scale;
            for (size_t i = 0; i < n; i++) out[i] += factor * b->v[k][r][i];
        }
    return 1;
}

SFM_INLINE int add_block(const SFM(evaluation) * e, const pair_coef *c, block_shape s,
                         block_place at)
{
    vec_sums sum[MAX_VECS] = {0};
    const ivec last = valid_lanes(e->n_trg - at.trg - (size_t)(s.n_vec - 1) * SFM_WIDTH);
    block_shape masked = s;
    masked.masked = 1;
    for (size_t g = 0; g < e->n_seg; g++) {
        const SFM(segment) *seg = &e->seg[g];
        if (s.root != ROOT_EXACT && !starts_coincident(e, seg, at)) {
            vec_sums before[MAX_VECS];
            copy_sums(before, sum, s);
            vec nearest[2] = {vec_set(INFINITY), vec_set(INFINITY)};
            add_segment(e, seg, c, s, at, sum, nearest);
            if (!needs_care(seg, sum, nearest, s, last)) continue;
            copy_sums(sum, before, s);
        }
        add_segment(e, seg, c, masked, at, sum, NULL);
    }
    block_result b;
    leave_registers(sum, s, &b);
    size_t n = e->n_trg - at.trg, n_max = (size_t)s.n_vec * SFM_WIDTH;
    return add_result(e, &b, s.root, s.gradient ? 4 : 1, s.n_rhs, at,
                      n < n_max ? n : n_max);
}

/* A block again, each pair by a root of full range. */
SFM_INLINE void add_exact(const SFM(evaluation) * e, int gradient, block_place begin,
                          block_place end)
{
    const block_shape one = {SFM_ACCURACY_FULL, ROOT_EXACT, gradient, 1, 1, 1};
    const pair_coef c = pair_prepare(e->params, ROOT_EXACT);
    for (size_t i = begin.trg; i < end.trg && i < e->n_trg; i += SFM_WIDTH)
        for (size_t r = begin.rhs; r < end.rhs && r < e->n_rhs; r++)
            add_block(e, &c, one, (block_place){i, r});
}

static __attribute__((noinline)) void sum_again(const SFM(evaluation) * e, int gradient,
                                                block_place begin, block_place end)
{
    if (gradient)
        add_exact(e, 1, begin, end);
    else
        add_exact(e, 0, begin, end);
}

SFM_INLINE void sum_block(const SFM(evaluation) * e, const pair_coef *c, block_shape s,
                          block_place at)
{
    block_place end = {at.trg + (size_t)s.n_vec * SFM_WIDTH, at.rhs + (size_t)s.n_rhs};
    if (!add_block(e, c, s, at)) sum_again(e, s.gradient, at, end);
}

/*
 * One function per shape of block: name_<n_vec>_<n_rhs>.  Sizes that block_vecs does not
 * ask for are empty.
 */
typedef void (*block_fn)(const SFM(evaluation) * e, const pair_coef *c, block_place at);

#define BLOCK(name, accuracy, gradient, n_vec, n_rhs)                                      \
    static void name##_##n_vec##_##n_rhs(const SFM(evaluation) * e, const pair_coef *c,    \
                                         block_place at)                                   \
    {                                                                                      \
        const root_method root = pair_root(accuracy);                                      \
        const block_shape s = {accuracy, root, gradient, 0, n_vec, n_rhs};                 \
        if (n_vec <= block_vecs[gradient][n_rhs > 1]) sum_block(e, c, s, at);              \
    }
#define BLOCKS(name, accuracy, gradient)                                                   \
    BLOCK(name, accuracy, gradient, 1, 1)                                                  \
    BLOCK(name, accuracy, gradient, 2, 1)                                                  \
    BLOCK(name, accuracy, gradient, 3, 1)                                                  \
    BLOCK(name, accuracy, gradient, 4, 1)                                                  \
    BLOCK(name, accuracy, gradient, 1, 4)                                                  \
    BLOCK(name, accuracy, gradient, 2, 4)                                                  \
    BLOCK(name, accuracy, gradient, 3, 4)                                                  \
    BLOCK(name, accuracy, gradient, 4, 4)                                                  \
    static const block_fn name##_blocks[2][MAX_VECS] = {                                   \
        {name##_1_1, name##_2_1, name##_3_1, name##_4_1},                                  \
        {name##_1_4, name##_2_4, name##_3_4, name##_4_4}};                                 \
    static void name(const SFM(evaluation) * e)                                            \
    {                                                                                      \
        evaluate(e, name##_blocks, accuracy, gradient);                                    \
    }

/* All targets, in blocks as long as they come, then one of the registers that are left. */
static void sum_targets(const SFM(evaluation) * e, const pair_coef *c,
                        const block_fn block[MAX_VECS], size_t n_vec, size_t rhs)
{
    size_t n_left = (e->n_trg + SFM_WIDTH - 1) / SFM_WIDTH;
    block_place at = {0, rhs};
    for (; n_left > 0; at.trg += n_vec * SFM_WIDTH, n_left -= n_vec) {
        if (n_vec > n_left) n_vec = n_left;
        block[n_vec - 1](e, c, at);
    }
}

static void evaluate(const SFM(evaluation) * e, const block_fn block[2][MAX_VECS],
                     sfm_accuracy accuracy, int gradient)
{
    const pair_coef c = pair_prepare(e->params, pair_root(accuracy));
    const int *n_vec = block_vecs[gradient];
    size_t r = 0;
    for (; r + min_several[gradient] <= e->n_rhs; r += MAX_RHS)
        sum_targets(e, &c, block[1], (size_t)n_vec[1], r);
    for (; r < e->n_rhs; r++) sum_targets(e, &c, block[0], (size_t)n_vec[0], r);
}

BLOCKS(low, SFM_ACCURACY_LOW, 0)
BLOCKS(low_gradient, SFM_ACCURACY_LOW, 1)
BLOCKS(mid, SFM_ACCURACY_MID, 0)
BLOCKS(mid_gradient, SFM_ACCURACY_MID, 1)
BLOCKS(full, SFM_ACCURACY_FULL, 0)
BLOCKS(full_gradient, SFM_ACCURACY_FULL, 1)

#include "kernels/mutual_loop.h"

const SFM(evaluate_table)
    SFM_V(KERNEL) = {{{low, low_gradient}, {mid, mid_gradient}, {full, full_gradient}},
                     {{mutual_low, mutual_low_gradient},
                      {mutual_mid, mutual_mid_gradient},
                      {mutual_full, mutual_full_gradient}}};

#endif
