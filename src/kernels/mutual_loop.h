/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loop of mutual.h for every radial kernel; included by evaluate_loop.h.
 *
 * The points of the segments are packed into arrays in the frame of a.  A block is one
 * register of them; it stays in registers with its charges and sums while the points of a
 * pass by, each a broadcast that adds to the block's sums and, lane by lane, to a register
 * of sums of its own in the first-level cache.  (More registers a block are no faster: the
 * multiplications bound the loop, and the loads and stores hide behind them.)
 *
 * The sums of a go from one array to another: a block which turns out to need care (see
 * evaluate_loop.h: its own sums tell, at its end) is dropped by not taking over what was
 * written, and each direction of its pairs is left to the one-sided loop.
 */
#ifndef SFM_MUTUAL_LOOP_H
#define SFM_MUTUAL_LOOP_H

/* Registers of sums of a: points x components x right-hand sides.  Twice this many are in
 * the first-level cache, with the packed arrays. */
#define MUTUAL_SUMS 128

/* Where packed places that hold no point lie: off every point, at no charge. */
#define NOWHERE ((real)0x1p20)

/* A place in the sequence of all points of the segments. */
typedef struct mutual_place {
    size_t seg, point;
} mutual_place;

typedef struct mutual_state {
    const SFM(mutual) * m;
    SFM(evaluate_fn) one_sided;
    pair_coef coef;
    size_t rhs, n_rhs; /* from which on, and how many at a time */
    int n_out;         /* components */
    size_t a_begin, a_end;
    vec *sums, *spare;       /* [point of a][component][rhs] */
    real *x[3], *low[3], *q; /* packed; q and out [..][rhs][SFM_MUTUAL_LD] */
    real *out[4];
    mutual_place begin;      /* of what is packed */
    size_t n_packed;
    int has_low; /* the low parts too */
    real close;
} mutual_state;

/* ---- packing --------------------------------------------------------------------------
 */

/* The next run of points at a place, at most `room`; moves the place behind it. */
static size_t next_run(const mutual_state *st, mutual_place *at, size_t room)
{
    size_t left = st->m->seg[at->seg].n - at->point;
    if (left > room) {
        at->point += room;
        return room;
    }
    *at = (mutual_place){at->seg + 1, 0};
    return left;
}

static const real *segment_low(const SFM(segment) * seg, int k, size_t from)
{
    return seg->low[k] ? seg->low[k] + from : NULL;
}

/* Coordinates of n points in the frame of a. */
SFM_INLINE void pack_coordinates(const mutual_state *st, mutual_place at, size_t n,
                                 size_t to)
{
    const SFM(segment) *seg = &st->m->seg[at.seg];
    const real *const from[3] = {seg->x + at.point, seg->y + at.point, seg->z + at.point};
    for (int k = 0; k < 3; k++) {
        vec shift = vec_set(seg->shift[k]);
        for (size_t i = 0; i < n; i += SFM_WIDTH)
            vec_store(st->x[k] + to + i, vec_load(from[k] + i) + shift);
    }
}

/* In single precision what these lack: the rounding error of the sum (Knuth's TwoSum) and
 * the low parts of both terms. */
SFM_INLINE void pack_low(const mutual_state *st, mutual_place at, size_t n, size_t to)
{
    const SFM(segment) *seg = &st->m->seg[at.seg];
    const real *const from[3] = {seg->x + at.point, seg->y + at.point, seg->z + at.point};
    for (int k = 0; k < 3; k++) {
        const real *low = segment_low(seg, k, at.point);
        vec b = vec_set(seg->shift[k]), b_low = vec_set(seg->shift_low[k]);
        for (size_t i = 0; i < n; i += SFM_WIDTH) {
            vec a = vec_load(from[k] + i), sum = a + b;
            vec b_kept = sum - a;
            vec lost = (a - (sum - b_kept)) + (b - b_kept);
            if (low) lost += vec_load(low + i);
            vec_store(st->low[k] + to + i, lost + b_low);
        }
    }
}

SFM_INLINE void pack_charges(const mutual_state *st, mutual_place at, size_t n, size_t to)
{
    const SFM(segment) *seg = &st->m->seg[at.seg];
    for (size_t r = 0; r < st->n_rhs; r++) {
        size_t row = st->rhs + r < st->m->n_rhs ? st->rhs + r : st->m->n_rhs - 1;
        const real *q = seg->q + row * seg->ldq + at.point;
        for (size_t i = 0; i < n; i += SFM_WIDTH)
            vec_store(st->q + r * SFM_MUTUAL_LD + to + i, vec_load(q + i));
    }
}

/* The last block's places without a point. */
static void pack_nothing(const mutual_state *st)
{
    for (size_t i = st->n_packed; i % SFM_WIDTH != 0; i++) {
        for (int k = 0; k < 3; k++) st->x[k][i] = NOWHERE;
        for (size_t r = 0; r < st->n_rhs; r++) st->q[r * SFM_MUTUAL_LD + i] = 0;
    }
}

/* As many points as there is room for, from a place on; their sums are cleared.  Few blocks
 * need the low parts, which cost as much again: left for pack_lows. */
static void pack(mutual_state *st, mutual_place *at)
{
    st->begin = *at;
    st->n_packed = 0;
    st->has_low = !HAS_LOW;
    st->close = 0;
    while (at->seg < st->m->n_seg && st->n_packed < SFM_MUTUAL_PACK) {
        mutual_place from = *at;
        const SFM(segment) *seg = &st->m->seg[from.seg];
        size_t n = next_run(st, at, SFM_MUTUAL_PACK - st->n_packed);
        pack_coordinates(st, from, n, st->n_packed);
        pack_charges(st, from, n, st->n_packed);
        if (seg->close > st->close) st->close = seg->close;
        st->n_packed += n;
    }
    pack_nothing(st);
    for (int k = 0; k < st->n_out; k++)
        for (size_t r = 0; r < st->n_rhs; r++)
            for (size_t i = 0; i < st->n_packed; i += SFM_WIDTH)
                vec_store(st->out[k] + r * SFM_MUTUAL_LD + i, vec_set(0));
}

static void pack_lows(mutual_state *st)
{
    mutual_place at = st->begin;
    for (size_t done = 0; done < st->n_packed;) {
        mutual_place from = at;
        size_t n = next_run(st, &at, st->n_packed - done);
        pack_low(st, from, n, done);
        done += n;
    }
    st->has_low = 1;
}

SFM_INLINE void add_run(real *to, const real *from, size_t n)
{
    size_t i = 0;
    for (; i + SFM_WIDTH <= n; i += SFM_WIDTH)
        vec_store(to + i, vec_load(to + i) + vec_load(from + i));
    if (i == n) return;
    vec last = vec_where(valid_lanes(n - i), vec_load(from + i));
    vec_store(to + i, vec_load(to + i) + last);
}

/* The packed sums to where they belong. */
static void unpack(const mutual_state *st)
{
    mutual_place at = st->begin;
    for (size_t done = 0; done < st->n_packed;) {
        mutual_place to = at;
        const SFM(sums) *out = &st->m->out[to.seg];
        size_t n = next_run(st, &at, st->n_packed - done);
        for (int k = 0; k < st->n_out; k++)
            for (size_t r = 0; r < st->n_rhs && st->rhs + r < st->m->n_rhs; r++)
                add_run(out->out[k] + (st->rhs + r) * out->ld + to.point,
                        st->out[k] + r * SFM_MUTUAL_LD + done, n);
        done += n;
    }
}

/* ---- pairs ----------------------------------------------------------------------------
 */

/* One register of pairs: w d is the derivative of the value by d, but for its sign. */
SFM_INLINE void add_mutual(block_shape s, pair_terms p, const vec d[3], const vec *qa,
                           const vec *qb, vec_sums *sum_a, vec_sums *sum_b)
{
    vec w = p.ratio * p.value;
#pragma GCC unroll 4
    for (int r = 0; r < s.n_rhs; r++) {
        sum_a->v[0][r] = vec_fma(p.value, qb[r], sum_a->v[0][r]);
        sum_b->v[0][r] = vec_fma(p.value, qa[r], sum_b->v[0][r]);
        if (!s.gradient) continue;
        vec wa = w * qb[r], wb = w * qa[r];
#pragma GCC unroll 4
        for (int k = 0; k < 3; k++) {
            sum_a->v[k + 1][r] = vec_fma(wa, d[k], sum_a->v[k + 1][r]);
            sum_b->v[k + 1][r] = vec_fma(wb, d[k], sum_b->v[k + 1][r]);
        }
    }
}

/* A block with all points of a; returns the least r^2 (in single precision). */
SFM_INLINE vec mutual_block(const mutual_state *st, block_shape s, size_t i,
                            vec_sums *sum_b)
{
    const SFM(segment) *a = &st->m->a;
    const int n_out = s.gradient ? 4 : 1;
    vec x[3] = {vec_load(st->x[0] + i), vec_load(st->x[1] + i), vec_load(st->x[2] + i)};
    vec qb[MAX_RHS], nearest = vec_set(INFINITY);
#pragma GCC unroll 4
    for (int r = 0; r < s.n_rhs; r++) qb[r] = vec_load(st->q + r * SFM_MUTUAL_LD + i);
    const vec *from = st->sums;
    vec *to = st->spare;
#pragma GCC unroll 1
    for (size_t j = st->a_begin; j < st->a_end; j++) {
        vec d[3] = {x[0] - vec_set(a->x[j]), x[1] - vec_set(a->y[j]),
                    x[2] - vec_set(a->z[j])};
        vec r2 = vec_fma(d[2], d[2], vec_fma(d[1], d[1], d[0] * d[0])), qa[MAX_RHS];
        if (HAS_LOW) nearest = vec_min(r2, nearest);
        vec_sums sum_a;
#pragma GCC unroll 4
        for (int r = 0; r < s.n_rhs; r++) {
            size_t row = st->rhs + (size_t)r;
            qa[r] =
                vec_set(a->q[(row < st->m->n_rhs ? row : st->m->n_rhs - 1) * a->ldq + j]);
#pragma GCC unroll 4
            for (int k = 0; k < n_out; k++) sum_a.v[k][r] = from[k * s.n_rhs + r];
        }
        add_mutual(s, pair_evaluate(&st->coef, r2, s), d, qa, qb, &sum_a, sum_b);
#pragma GCC unroll 4
        for (int r = 0; r < s.n_rhs; r++)
#pragma GCC unroll 4
            for (int k = 0; k < n_out; k++) to[k * s.n_rhs + r] = sum_a.v[k][r];
        from += n_out * s.n_rhs;
        to += n_out * s.n_rhs;
    }
    return nearest;
}

/* As needs_care of evaluate_loop.h.  r = 0 and an overflow spoil all right-hand sides of
 * the block, so the first tells. */
SFM_INLINE int mutual_needs_care(const mutual_state *st, block_shape s, const vec_sums *sum,
                                 vec nearest)
{
    vec zero = vec_set(0) * sum->v[0][0];
    for (int k = 1; k < 4; k++)
        if (s.gradient) zero = vec_fma(vec_set(0), sum->v[k][0], zero);
    int close = HAS_LOW && vec_any((vec)(nearest <= vec_set(st->close)));
    return close || vec_any(zero);
}

/* The pairs of a block in two one-sided evaluations; those of a go to their place at once.
 */
static __attribute__((noinline)) void sum_one_sided(const mutual_state *st, size_t i)
{
    const SFM(mutual) *m = st->m;
    size_t lanes = st->n_packed - i, row = st->rhs * m->a.ldq + st->a_begin;
    SFM(segment) a = m->a, b = {.close = st->close};
    SFM(evaluation) to_a = {.params = m->params}, to_b = {.params = m->params};
    a.x += st->a_begin, a.y += st->a_begin, a.z += st->a_begin;
    a.q += row, a.n = st->a_end - st->a_begin, a.close = st->close;
    b.x = st->x[0] + i, b.y = st->x[1] + i, b.z = st->x[2] + i;
    b.q = st->q + i, b.ldq = SFM_MUTUAL_LD, b.n = lanes < SFM_WIDTH ? lanes : SFM_WIDTH;
    for (int k = 0; k < 3; k++) {
        a.low[k] = segment_low(&m->a, k, st->a_begin);
        b.low[k] = HAS_LOW ? st->low[k] + i : NULL;
        a.shift[k] = a.shift_low[k] = 0;
        to_a.low[k] = a.low[k], to_b.low[k] = b.low[k];
    }
    to_a.n_trg = a.n, to_a.tx = a.x, to_a.ty = a.y, to_a.tz = a.z;
    to_b.n_trg = b.n, to_b.tx = b.x, to_b.ty = b.y, to_b.tz = b.z;
    to_a.n_seg = to_b.n_seg = 1, to_a.seg = &b, to_b.seg = &a;
    to_a.n_rhs = m->n_rhs - st->rhs < st->n_rhs ? m->n_rhs - st->rhs : st->n_rhs;
    to_b.n_rhs = to_a.n_rhs;
    to_a.ldo = m->a_out.ld, to_b.ldo = SFM_MUTUAL_LD;
    for (int k = 0; k < st->n_out; k++) {
        to_a.out[k] = m->a_out.out[k] + st->rhs * m->a_out.ld + st->a_begin;
        to_b.out[k] = st->out[k] + i;
    }
    st->one_sided(&to_a);
    st->one_sided(&to_b);
}

/* See evaluate_loop.h; the derivative by x is - value ratio (x - y). */
SFM_INLINE real output_factor(block_shape s, int k)
{
    const real scale = vec_root_scale(s.root);
    return k > 0 ? -scale * scale * scale : scale;
}

SFM_INLINE void mutual_blocks(mutual_state *st, block_shape s)
{
    for (size_t i = 0; i < st->n_packed; i += SFM_WIDTH) {
        vec_sums sum = {0};
        vec nearest = mutual_block(st, s, i, &sum);
        if (mutual_needs_care(st, s, &sum, nearest)) {
            if (!st->has_low) pack_lows(st);
            sum_one_sided(st, i);
            continue;
        }
        vec *kept = st->sums;
        st->sums = st->spare;
        st->spare = kept;
#pragma GCC unroll 4
        for (int k = 0; k < 4; k++) {
            if (k > 0 && !s.gradient) break;
#pragma GCC unroll 4
            for (int r = 0; r < s.n_rhs; r++) {
                real *out = st->out[k] + r * SFM_MUTUAL_LD + i;
                vec factor = vec_set(output_factor(s, k));
                vec_store(out, vec_fma(factor, sum.v[k][r], vec_load(out)));
            }
        }
    }
}

/* The sums of a; there d = y - x, so the derivative has the other sign. */
SFM_INLINE void add_sums_of_a(const mutual_state *st, block_shape s)
{
    const vec *sum = st->sums;
    const SFM(sums) *to = &st->m->a_out;
    for (size_t j = st->a_begin; j < st->a_end; j++)
        for (int k = 0; k < st->n_out; k++)
            for (size_t r = 0; r < st->n_rhs; r++, sum++) {
                real factor = k > 0 ? -output_factor(s, k) : output_factor(s, k);
                if (st->rhs + r < st->m->n_rhs)
                    to->out[k][(st->rhs + r) * to->ld + j] += factor * vec_total(*sum);
            }
}

/* Some points of a against all segments, some right-hand sides. */
SFM_INLINE void mutual_chunk(mutual_state *st, block_shape s)
{
    size_t n_sums = (st->a_end - st->a_begin) * (size_t)st->n_out * st->n_rhs;
    for (size_t i = 0; i < n_sums; i++) st->sums[i] = vec_set(0);
    mutual_place at = {0, 0};
    while (at.seg < st->m->n_seg) {
        pack(st, &at);
        mutual_blocks(st, s);
        unpack(st);
    }
    add_sums_of_a(st, s);
}

SFM_INLINE void mutual_rhs(const SFM(mutual) * m, SFM(evaluate_fn) one_sided, size_t rhs,
                           block_shape s)
{
    vec sums[2][MUTUAL_SUMS];
    mutual_state st = {
        .m = m, .one_sided = one_sided, .rhs = rhs, .n_rhs = (size_t)s.n_rhs};
    st.coef = pair_prepare(m->params, s.root);
    st.n_out = s.gradient ? 4 : 1;
    real *next = m->scratch;
    for (int k = 0; k < 3; k++, next += SFM_MUTUAL_LD) st.x[k] = next;
    for (int k = 0; k < 3; k++, next += SFM_MUTUAL_LD) st.low[k] = next;
    st.q = next;
    next += st.n_rhs * SFM_MUTUAL_LD;
    for (int k = 0; k < st.n_out; k++, next += st.n_rhs * SFM_MUTUAL_LD) st.out[k] = next;
    size_t step = MUTUAL_SUMS / ((size_t)st.n_out * st.n_rhs);
    for (size_t j = 0; j < m->a.n; j += step) {
        st.sums = sums[0], st.spare = sums[1];
        st.a_begin = j;
        st.a_end = j + step < m->a.n ? j + step : m->a.n;
        mutual_chunk(&st, s);
    }
}

/* One function per accuracy and gradient.  Gradients take one right-hand side at a time:
 * the sums of several would not stay in registers. */
#define MUTUAL(name, accuracy, gradient)                                                   \
    static void mutual_##name(const SFM(mutual) * m)                                       \
    {                                                                                      \
        const block_shape one = {accuracy, pair_root(accuracy), gradient, 0, 1, 1};        \
        const block_shape several = {accuracy, pair_root(accuracy), 0, 0, 1, MAX_RHS};     \
        size_t r = 0;                                                                      \
        for (; !gradient && r + min_several[0] <= m->n_rhs; r += MAX_RHS)                  \
            mutual_rhs(m, name, r, several);                                               \
        for (; r < m->n_rhs; r++) mutual_rhs(m, name, r, one);                             \
    }

MUTUAL(low, SFM_ACCURACY_LOW, 0)
MUTUAL(low_gradient, SFM_ACCURACY_LOW, 1)
MUTUAL(mid, SFM_ACCURACY_MID, 0)
MUTUAL(mid_gradient, SFM_ACCURACY_MID, 1)
MUTUAL(full, SFM_ACCURACY_FULL, 0)
MUTUAL(full_gradient, SFM_ACCURACY_FULL, 1)

#endif
