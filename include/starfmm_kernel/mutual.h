/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Mutual sums, where every point is source and target: a pair's distance, root and what else
 * its two directions share are evaluated once (the compiler finds it: the pair function is
 * used for d and for -d side by side).  Read once per precision, after one_sided.h.
 *
 * The points of the segments are packed into arrays in the frame of a.  A block is one
 * register of them; it stays in registers with its charges and sums while the points of a
 * pass by, each a broadcast that adds to the block's sums and, lane by lane, to a register
 * of sums of its own in the first-level cache.  (More registers a block are no faster: the
 * multiplications bound the loop, and the loads and stores hide behind them.)
 *
 * The sums of a go from one array to another: a block which turns out to need care (see
 * one_sided.h: its own sums tell, at its end) is dropped by not taking over what was
 * written, and each direction of its pairs is left to the one-sided loop.
 */

#ifndef STARFMM_MUTUAL_SUMS
/* Registers of sums of a: points x components x right-hand sides.  Twice this many are in
 * the first-level cache, with the packed arrays. */
#define STARFMM_MUTUAL_SUMS 128

/* Where packed places that hold no point lie: off every point, at no charge. */
#define STARFMM_NOWHERE ((real)0x1p20)

/* A place in the sequence of all points of the segments. */
typedef struct starfmm_packed_place {
    size_t seg, point;
} starfmm_packed_place;
#endif

typedef struct KIT(mutual_state) {
    const KIT(mutual) * m;
    const KIT(set) * set;
    starfmm_block b;
    vec c[STARFMM_N_COEFFICIENTS + 1];
    size_t rhs; /* from which on */
    size_t a_begin, a_end;
    vec *sums, *spare;          /* [point of a][rhs][component] */
    real *x[3], *low[3];        /* packed [STARFMM_MUTUAL_LD]; */
    real *q, *out;              /* [rhs][component][STARFMM_MUTUAL_LD] */
    starfmm_packed_place begin; /* of what is packed */
    size_t n_packed;
    int has_low; /* the low parts too */
    real close;
} KIT(mutual_state);

/* ---- packing ---------------------------------------------------------------------------- */

/* The right-hand side of the caller that is r of the block: the last is repeated. */
STARFMM_INLINE size_t KIT(caller_rhs)(const KIT(mutual_state) * st, int r)
{
    size_t row = st->rhs + (size_t)r;
    return row < st->m->n_rhs ? row : st->m->n_rhs - 1;
}

/* The next run of points at a place, at most `room`; moves the place behind it. */
static size_t KIT(next_run)(const KIT(mutual_state) * st, starfmm_packed_place *at,
                            size_t room)
{
    size_t left = st->m->seg[at->seg].n - at->point;
    if (left > room) {
        at->point += room;
        return room;
    }
    *at = (starfmm_packed_place){at->seg + 1, 0};
    return left;
}

/* n points in the frame of a, and their charges. */
static void KIT(pack_run)(const KIT(mutual_state) * st, starfmm_packed_place at, size_t n)
{
    const KIT(segment) *seg = &st->m->seg[at.seg];
    const real *const from[3] = {seg->x + at.point, seg->y + at.point, seg->z + at.point};
    const size_t to = st->n_packed;
    for (int k = 0; k < 3; k++) {
        vec shift = vec_set(seg->shift[k]);
        for (size_t i = 0; i < n; i += (size_t)STARFMM_WIDTH)
            vec_store(st->x[k] + to + i, vec_load(from[k] + i) + shift);
    }
    for (int r = 0; r < st->b.n_rhs; r++)
        for (int k = 0; k < st->b.n_src; k++) {
            const real *q = seg->q + (size_t)k * seg->ldc +
                            KIT(caller_rhs)(st, r) * seg->ldq + at.point;
            real *packed = st->q + (size_t)(r * st->b.n_src + k) * STARFMM_MUTUAL_LD + to;
            for (size_t i = 0; i < n; i += (size_t)STARFMM_WIDTH)
                vec_store(packed + i, vec_load(q + i));
        }
}

/* In single precision what the packed coordinates lack: the rounding error of the sum with
 * the shift (Knuth's TwoSum) and the low parts of both terms. */
static void KIT(pack_low)(const KIT(mutual_state) * st, starfmm_packed_place at, size_t n,
                          size_t to)
{
    const KIT(segment) *seg = &st->m->seg[at.seg];
    const real *const from[3] = {seg->x + at.point, seg->y + at.point, seg->z + at.point};
    for (int k = 0; k < 3; k++) {
        const real *low = seg->low[k] ? seg->low[k] + at.point : NULL;
        vec b = vec_set(seg->shift[k]), b_low = vec_set(seg->shift_low[k]);
        for (size_t i = 0; i < n; i += (size_t)STARFMM_WIDTH) {
            vec a = vec_load(from[k] + i), sum = a + b;
            vec b_kept = sum - a;
            vec lost = (a - (sum - b_kept)) + (b - b_kept);
            if (low) lost += vec_load(low + i);
            vec_store(st->low[k] + to + i, lost + b_low);
        }
    }
}

static void KIT(pack_lows)(KIT(mutual_state) * st)
{
    starfmm_packed_place at = st->begin;
    for (size_t done = 0; done < st->n_packed;) {
        starfmm_packed_place from = at;
        size_t n = KIT(next_run)(st, &at, st->n_packed - done);
        KIT(pack_low)(st, from, n, done);
        done += n;
    }
    st->has_low = 1;
}

/* As many points as there is room for, from a place on; their sums are cleared.  Few blocks
 * need the low parts, which cost as much again: left for pack_lows. */
static void KIT(pack)(KIT(mutual_state) * st, starfmm_packed_place *at)
{
    const int n_charges = st->b.n_rhs * st->b.n_src, n_out = st->b.n_rhs * st->b.n_trg;
    st->begin = *at;
    st->n_packed = 0;
    st->has_low = !STARFMM_HAS_LOW;
    st->close = 0;
    while (at->seg < st->m->n_seg && st->n_packed < STARFMM_MUTUAL_PACK) {
        starfmm_packed_place from = *at;
        const KIT(segment) *seg = &st->m->seg[from.seg];
        size_t n = KIT(next_run)(st, at, STARFMM_MUTUAL_PACK - st->n_packed);
        KIT(pack_run)(st, from, n);
        if (seg->close > st->close) st->close = seg->close;
        st->n_packed += n;
    }
    /* The last block's places without a point. */
    for (size_t i = st->n_packed; i % (size_t)STARFMM_WIDTH != 0; i++) {
        for (int k = 0; k < 3; k++) st->x[k][i] = STARFMM_NOWHERE;
        for (int k = 0; k < n_charges; k++) st->q[(size_t)k * STARFMM_MUTUAL_LD + i] = 0;
    }
    for (int k = 0; k < n_out; k++)
        for (size_t i = 0; i < st->n_packed; i += (size_t)STARFMM_WIDTH)
            vec_store(st->out + (size_t)k * STARFMM_MUTUAL_LD + i, vec_set(0));
}

STARFMM_INLINE void KIT(add_run)(real *to, const real *from, size_t n)
{
    size_t i = 0;
    for (; i + (size_t)STARFMM_WIDTH <= n; i += (size_t)STARFMM_WIDTH)
        vec_store(to + i, vec_load(to + i) + vec_load(from + i));
    if (i == n) return;
    vec last = vec_where(KIT(valid_lanes)(n - i), vec_load(from + i));
    vec_store(to + i, vec_load(to + i) + last);
}

/* The packed sums to where they belong. */
static void KIT(unpack)(const KIT(mutual_state) * st)
{
    starfmm_packed_place at = st->begin;
    for (size_t done = 0; done < st->n_packed;) {
        starfmm_packed_place to = at;
        const KIT(sums) *out = &st->m->out[to.seg];
        size_t n = KIT(next_run)(st, &at, st->n_packed - done);
        for (int r = 0; r < st->b.n_rhs && st->rhs + (size_t)r < st->m->n_rhs; r++)
            for (int k = 0; k < st->b.n_trg; k++) KIT(add_run)
        (out->out + (size_t)k * out->ldc + (st->rhs + (size_t)r) * out->ld + to.point,
         st->out + (size_t)(r * st->b.n_trg + k) * STARFMM_MUTUAL_LD + done, n);
        done += n;
    }
}

/* ---- pairs ------------------------------------------------------------------------------ */

/* A block with the points of a: its own sums are added to those that are packed, a's go from
 * st->sums to st->spare; 0, and nothing added, where the block needs care. */
STARFMM_INLINE int KIT(add_mutual)(const KIT(mutual_state) * st, starfmm_block b, size_t i)
{
    const KIT(segment) *a = &st->m->a;
    vec c[STARFMM_N_COEFFICIENTS + 1], q_b[STARFMM_MAX_SUMS], sum_b[STARFMM_MAX_SUMS];
    vec x[3] = {vec_load(st->x[0] + i), vec_load(st->x[1] + i), vec_load(st->x[2] + i)};
    vec nearest = vec_set((real)INFINITY);
    const real *charge[STARFMM_MAX_SUMS];
    const int n_sums = b.n_rhs * b.n_trg;
    STARFMM_UNROLL
    for (int k = 0; k < STARFMM_N_COEFFICIENTS; k++) c[k] = st->c[k];
    STARFMM_UNROLL
    for (int r = 0; r < b.n_rhs; r++) {
        STARFMM_UNROLL
        for (int k = 0; k < b.n_src; k++) {
            q_b[r * b.n_src + k] =
                vec_load(st->q + (size_t)(r * b.n_src + k) * STARFMM_MUTUAL_LD + i);
            charge[r * b.n_src + k] =
                a->q + (size_t)k * a->ldc + KIT(caller_rhs)(st, r) * a->ldq;
        }
    }
    STARFMM_UNROLL
    for (int k = 0; k < n_sums; k++) sum_b[k] = vec_set(0);
    const vec *from = st->sums;
    vec *to = st->spare;
#pragma GCC unroll 1
    for (size_t j = st->a_begin; j < st->a_end; j++) {
        vec d[3] = {x[0] - vec_set(a->x[j]), x[1] - vec_set(a->y[j]),
                    x[2] - vec_set(a->z[j])};
        KIT(pair)
        p_b = {.d = {d[0], d[1], d[2]},
               .c = c,
               .accuracy = b.accuracy,
               .source = b.source,
               .target = b.target};
        KIT(pair) p_a = p_b;
        p_a.d[0] = -d[0], p_a.d[1] = -d[1], p_a.d[2] = -d[2];
        p_a.r2 = p_b.r2 = vec_fma(d[2], d[2], vec_fma(d[1], d[1], d[0] * d[0]));
        if (STARFMM_HAS_LOW) nearest = vec_min(p_b.r2, nearest);
        vec q_a[STARFMM_MAX_SUMS], sum_a[STARFMM_MAX_SUMS];
        STARFMM_UNROLL
        for (int k = 0; k < b.n_rhs * b.n_src; k++) q_a[k] = vec_set(charge[k][j]);
        STARFMM_UNROLL
        for (int k = 0; k < n_sums; k++) sum_a[k] = from[k];
        STARFMM_UNROLL
        for (int r = 0; r < b.n_rhs; r++) {
            KIT(add_pair)(&p_a, q_b + r * b.n_src, sum_a + r * b.n_trg);
            KIT(add_pair)(&p_b, q_a + r * b.n_src, sum_b + r * b.n_trg);
        }
        STARFMM_UNROLL
        for (int k = 0; k < n_sums; k++) to[k] = sum_a[k];
        from += n_sums;
        to += n_sums;
    }
    /* r = 0 and an overflow spoil all right-hand sides of the block, so the first tells. */
    vec zero = {0};
    STARFMM_UNROLL
    for (int k = 0; k < b.n_trg; k++) zero = vec_fma(vec_set(0), sum_b[k], zero);
    if (vec_any(zero)) return 0;
    if (STARFMM_HAS_LOW && vec_any((vec)(nearest <= vec_set(st->close)))) return 0;
    real factor[STARFMM_MAX_COMPONENTS];
    KIT(factors)(b.accuracy, b.source, b.target, factor);
    STARFMM_UNROLL
    for (int k = 0; k < n_sums; k++) {
        real *out = st->out + (size_t)k * STARFMM_MUTUAL_LD + i;
        vec_store(out, vec_fma(vec_set(factor[k % b.n_trg]), sum_b[k], vec_load(out)));
    }
    return 1;
}

/* The pairs of a block in two one-sided evaluations; those of a go to their place at once. */
static __attribute__((noinline)) void KIT(sum_one_sided)(const KIT(mutual_state) * st,
                                                         size_t i)
{
    const KIT(mutual) *m = st->m;
    size_t lanes = st->n_packed - i, begin = st->a_begin, n_rhs = m->n_rhs - st->rhs;
    KIT(segment) a = m->a, b = {.close = st->close};
    KIT(evaluation) to_a = {.params = m->params, .n_seg = 1, .seg = &b};
    KIT(evaluation) to_b = {.params = m->params, .n_seg = 1, .seg = &a};
    if (n_rhs > (size_t)st->b.n_rhs) n_rhs = (size_t)st->b.n_rhs;
    a.x += begin, a.y += begin, a.z += begin;
    a.q += st->rhs * m->a.ldq + begin, a.n = st->a_end - begin, a.close = st->close;
    b.x = st->x[0] + i, b.y = st->x[1] + i, b.z = st->x[2] + i;
    b.n = lanes < (size_t)STARFMM_WIDTH ? lanes : (size_t)STARFMM_WIDTH;
    b.q = st->q + i, b.ldc = STARFMM_MUTUAL_LD;
    b.ldq = (size_t)st->b.n_src * STARFMM_MUTUAL_LD;
    for (int k = 0; k < 3; k++) {
        a.low[k] = m->a.low[k] ? m->a.low[k] + begin : NULL;
        b.low[k] = STARFMM_HAS_LOW ? st->low[k] + i : NULL;
        a.shift[k] = a.shift_low[k] = 0;
        to_a.low[k] = a.low[k], to_b.low[k] = b.low[k];
    }
    to_a.n_trg = a.n, to_a.tx = a.x, to_a.ty = a.y, to_a.tz = a.z;
    to_b.n_trg = b.n, to_b.tx = b.x, to_b.ty = b.y, to_b.tz = b.z;
    to_a.n_rhs = to_b.n_rhs = n_rhs;
    to_a.out = m->a_out.out + st->rhs * m->a_out.ld + begin;
    to_a.ldo = m->a_out.ld, to_a.ldc = m->a_out.ldc;
    to_b.out = st->out + i, to_b.ldc = STARFMM_MUTUAL_LD;
    to_b.ldo = (size_t)st->b.n_trg * STARFMM_MUTUAL_LD;
    KIT(evaluate)(&to_a, st->set);
    KIT(evaluate)(&to_b, st->set);
}

typedef int (*KIT(mutual_block_fn))(const KIT(mutual_state) * st, size_t i);

/* Some points of a against all segments, some right-hand sides. */
static void KIT(sum_mutual_chunk)(KIT(mutual_state) * st, KIT(mutual_block_fn) add)
{
    const starfmm_block b = st->b;
    size_t n_sums = (st->a_end - st->a_begin) * (size_t)(b.n_trg * b.n_rhs);
    for (size_t i = 0; i < n_sums; i++) st->sums[i] = vec_set(0);
    starfmm_packed_place at = {0, 0};
    while (at.seg < st->m->n_seg) {
        KIT(pack)(st, &at);
        for (size_t i = 0; i < st->n_packed; i += (size_t)STARFMM_WIDTH) {
            if (add(st, i)) {
                vec *kept = st->sums;
                st->sums = st->spare;
                st->spare = kept;
                continue;
            }
            if (!st->has_low) KIT(pack_lows)(st);
            KIT(sum_one_sided)(st, i);
        }
        KIT(unpack)(st);
    }
    real factor[STARFMM_MAX_COMPONENTS];
    KIT(factors)(b.accuracy, b.source, b.target, factor);
    const vec *sum = st->sums;
    const KIT(sums) *to = &st->m->a_out;
    for (size_t j = st->a_begin; j < st->a_end; j++)
        for (int r = 0; r < b.n_rhs; r++)
            for (int k = 0; k < b.n_trg; k++, sum++)
                if (st->rhs + (size_t)r < st->m->n_rhs)
                    to->out[(size_t)k * to->ldc + (st->rhs + (size_t)r) * to->ld + j] +=
                        factor[k] * vec_total(*sum);
}

/* The right-hand sides from `rhs` on that a block has. */
static void KIT(sum_mutual)(const KIT(mutual) * m, const KIT(set) * set, starfmm_block b,
                            KIT(mutual_block_fn) add, size_t rhs)
{
    vec sums[2][STARFMM_MUTUAL_SUMS];
    KIT(mutual_state) st = {.m = m, .set = set, .b = b, .rhs = rhs};
    KIT(prepare)(m->params, b.accuracy, st.c);
    real *next = m->scratch;
    for (int k = 0; k < 3; k++, next += STARFMM_MUTUAL_LD) st.x[k] = next;
    for (int k = 0; k < 3; k++, next += STARFMM_MUTUAL_LD) st.low[k] = next;
    st.q = next;
    st.out = next + (size_t)(b.n_rhs * b.n_src) * STARFMM_MUTUAL_LD;
    size_t step = (size_t)(STARFMM_MUTUAL_SUMS / (b.n_trg * b.n_rhs));
    for (size_t j = 0; j < m->a.n; j += step) {
        st.sums = sums[0], st.spare = sums[1];
        st.a_begin = j;
        st.a_end = j + step < m->a.n ? j + step : m->a.n;
        KIT(sum_mutual_chunk)(&st, add);
    }
}

/* add: blocks of one right-hand side, and of several (NULL: none). */
static void KIT(sum_pairs)(const KIT(mutual) * m, const KIT(set) * set,
                           const KIT(mutual_block_fn) add[2])
{
    starfmm_block b = set->b;
    size_t r = 0;
    b.n_rhs = STARFMM_MAX_RHS;
    for (; add[1] && r + 2 <= m->n_rhs; r += STARFMM_MAX_RHS)
        KIT(sum_mutual)(m, set, b, add[1], r);
    b.n_rhs = 1;
    for (; r < m->n_rhs; r++) KIT(sum_mutual)(m, set, b, add[0], r);
}
