/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One-sided sums, blocked and vectorised, of any kernel: read once per precision after the
 * kernel's pair function (starfmm_kernel.h), instantiated by tables.h.
 *
 * A block is n_vec registers of targets and n_rhs right-hand sides.  Its coordinates (in the
 * frame of the current segment) and its sums stay in registers over all sources of a
 * segment; a source is one broadcast.  That loop, KIT(add_segment), is the only code that
 * exists for each kind, accuracy and block; what goes round it is written for all of them.
 *
 * Coincident pairs: testing every pair for r = 0 costs a sixth of the loop, and hardly any
 * segment holds such a pair.  So a segment is summed without the test; r = 0 makes the sums
 * Inf or NaN, and then the segment is summed again with care (at once where the first target
 * is seen to be the source of its index: a leaf against itself): lanes of r = 0 take r = 1
 * and no charge.  Kernels that are regular at r = 0 (STARFMM_KERNEL_REGULAR) are never tested.
 *
 * Close pairs: in single precision the rounding of coordinates, a part of the leaf's size,
 * is much of a small distance, and on curves and surfaces the closest pairs weigh most.  So
 * the first sum notes the least r^2 (a twentieth to a tenth of the loop), which tells of
 * coincident pairs too.  Where it is not above the segment's `close`, the segment is summed
 * with care: d = (x - y) + (x low - y low), the first difference being exact when small.
 *
 * Range: r^-3 overflows, and seeds that are floats end, at distances whose potential and
 * gradient are representable.  Such a pair makes a sum Inf or NaN at the end of a block; its
 * targets are then summed again by the kernel's long double reference.
 */

#ifndef STARFMM_HAS_LOW
#define STARFMM_HAS_LOW (STARFMM_REAL_BITS == 32)
#define STARFMM_MAX_RHS 4   /* right-hand sides that share the evaluation of a pair */
#define STARFMM_MAX_VECS 4  /* registers of targets of a block: 4, 2 or 1 */
#define STARFMM_MAX_SUMS 16 /* registers of sums, or of charges */

/* Registers of targets of a block, by measurement. */
#if STARFMM_BYTES == 64
#define STARFMM_N_VEC(T, n_rhs) ((T) == 1 ? 4 : (T) <= 4 && (n_rhs) == 1 ? 2 : 1)
#elif STARFMM_BYTES == 32
#define STARFMM_N_VEC(T, n_rhs) ((T) == 1 ? 2 : 1)
#else
#define STARFMM_N_VEC(T, n_rhs) ((T) == 1 || ((T) <= 4 && (n_rhs) == 1) ? 2 : 1)
#endif
/* Several right-hand sides at a time: where their sums stay in registers. */
#define STARFMM_HAS_BLOCK(S, T, n_rhs) ((n_rhs) == 1 || ((S) <= 4 && (T) <= 4))
#define STARFMM_HAS_MUTUAL_BLOCK(S, T, n_rhs) ((n_rhs) == 1 || ((S) == 1 && (T) == 1))

/* How pairs are summed: constants wherever it is used by a loop. */
typedef struct starfmm_block {
    starfmm_accuracy accuracy;
    int source, target, n_src, n_trg; /* kinds and their components */
    int n_vec, n_rhs;
    int careful; /* r = 0 gives 0; in single precision coordinates have their low parts */
} starfmm_block;

/* The first target and right-hand side of a block. */
typedef struct starfmm_place {
    size_t trg, rhs;
} starfmm_place;
#endif

/* A block's targets in the frame of a segment's sources, and what is left of them. */
typedef struct KIT(targets) {
    vec x[STARFMM_MAX_VECS][3], low[STARFMM_MAX_VECS][3];
} KIT(targets);

STARFMM_INLINE void KIT(shift_targets)(const KIT(evaluation) * e, const KIT(segment) * seg,
                                       starfmm_block b, size_t trg, KIT(targets) * x)
{
    const real *const from[3] = {e->tx, e->ty, e->tz};
    STARFMM_UNROLL
    for (int t = 0; t < b.n_vec; t++) {
        size_t i = trg + (size_t)(t * STARFMM_WIDTH);
        STARFMM_UNROLL
        for (int k = 0; k < 3; k++) {
            vec a = vec_load(from[k] + i), s = vec_set(seg->shift[k]), d = a - s;
            x->x[t][k] = d;
            if (!STARFMM_HAS_LOW || !b.careful) continue;
            /* The rounding error of a - s, exactly: Knuth's TwoDiff. */
            vec s_kept = a - d;
            vec lost = (a - (d + s_kept)) + (s_kept - s);
            x->low[t][k] = lost - vec_set(seg->shift_low[k]);
            if (e->low[k]) x->low[t][k] += vec_load(e->low[k] + i);
        }
    }
}

STARFMM_INLINE ivec KIT(valid_lanes)(size_t n)
{
    ivec lane;
    for (int l = 0; l < STARFMM_WIDTH; l++) lane[l] = l;
    return lane < (n < (size_t)STARFMM_WIDTH ? (int)n : STARFMM_WIDTH);
}

/* Whether a segment summed without care holds a pair that needs it: of a coincident pair all
 * right-hand sides are Inf or NaN, so the first tells, by 0 times it.  `last`: the lanes of
 * the last register that are targets; the others may coincide with anything. */
STARFMM_INLINE int KIT(needs_care)(const KIT(segment) * seg, starfmm_block b,
                                   const vec *sum, const vec nearest[2], ivec last)
{
    if (STARFMM_HAS_LOW) {
        vec r2 = vec_min((vec)(~last | (ivec)nearest[1]), nearest[0]);
        return vec_any((vec)(r2 <= vec_set(seg->close)));
    }
    if (STARFMM_IS_REGULAR) return 0;
    vec zero = {0};
    STARFMM_UNROLL
    for (int t = 0; t < b.n_vec; t++) {
        const vec *first = sum + t * b.n_rhs * b.n_trg;
        if (t == b.n_vec - 1)
            zero = vec_where(last, vec_fma(vec_set(0), first[0], zero));
        else
            zero = vec_fma(vec_set(0), first[0], zero);
        STARFMM_UNROLL
        for (int k = 1; k < b.n_trg; k++)
            zero += vec_where(t == b.n_vec - 1 ? last : ~(ivec){0}, vec_set(0) * first[k]);
    }
    return vec_any(zero);
}

/* Add a segment to the sums [n_vec][n_rhs][n_trg] of a block, whose right-hand sides beyond
 * the last repeat it; 1, and nothing added, where the segment has to be summed with care. */
STARFMM_INLINE int KIT(add_segment)(const KIT(evaluation) * e, const KIT(segment) * seg,
                                    const vec *coefficients, starfmm_block b,
                                    starfmm_place at, vec *total)
{
    const int n_sums = b.n_vec * b.n_rhs * b.n_trg;
    const int precise = STARFMM_HAS_LOW && b.careful;
    const int masked = !STARFMM_IS_REGULAR && b.careful;
    KIT(targets) x;
    KIT(shift_targets)(e, seg, b, at.trg, &x);
    const real none = 0, *low[3], *charge[STARFMM_MAX_SUMS];
    size_t low_step = seg->low[0] ? 1 : 0;
    for (int k = 0; k < 3; k++) low[k] = low_step ? seg->low[k] : &none;
    STARFMM_UNROLL
    for (int r = 0; r < b.n_rhs; r++) {
        size_t row = at.rhs + (size_t)r < e->n_rhs ? at.rhs + (size_t)r : e->n_rhs - 1;
        STARFMM_UNROLL
        for (int k = 0; k < b.n_src; k++)
            charge[r * b.n_src + k] = seg->q + row * seg->ldq + (size_t)k * seg->ldc;
    }
    vec sum[STARFMM_MAX_SUMS], c[STARFMM_N_COEFFICIENTS + 1];
    vec nearest[2] = {vec_set((real)INFINITY), vec_set((real)INFINITY)};
    STARFMM_UNROLL
    for (int k = 0; k < n_sums; k++) sum[k] = total[k];
    STARFMM_UNROLL
    for (int k = 0; k < STARFMM_N_COEFFICIENTS; k++) c[k] = coefficients[k];
#pragma GCC unroll 1
    for (size_t j = 0; j < seg->n; j++) {
        vec y[3] = {vec_set(seg->x[j]), vec_set(seg->y[j]), vec_set(seg->z[j])};
        vec y_low[3], q[STARFMM_MAX_SUMS], q_masked[STARFMM_MAX_COMPONENTS];
        for (int k = 0; k < 3 && precise; k++) y_low[k] = vec_set(low[k][j * low_step]);
        STARFMM_UNROLL
        for (int k = 0; k < b.n_rhs * b.n_src; k++) q[k] = vec_set(charge[k][j]);
        STARFMM_UNROLL
        for (int t = 0; t < b.n_vec; t++) {
            KIT(pair)
            p = {.d = {x.x[t][0] - y[0], x.x[t][1] - y[1], x.x[t][2] - y[2]},
                 .c = c,
                 .accuracy = b.accuracy,
                 .source = b.source,
                 .target = b.target};
            if (precise) {
                STARFMM_UNROLL
                for (int k = 0; k < 3; k++) p.d[k] += x.low[t][k] - y_low[k];
            }
            p.r2 = vec_fma(p.d[2], p.d[2], vec_fma(p.d[1], p.d[1], p.d[0] * p.d[0]));
            if (STARFMM_HAS_LOW && !b.careful) {
                int last = t == b.n_vec - 1;
                nearest[last] = vec_min(p.r2, nearest[last]);
            }
            const ivec apart = p.r2 != 0;
            if (masked) p.r2 = (vec)((ivec)p.r2 | (~apart & (ivec)vec_set(1)));
            STARFMM_UNROLL
            for (int r = 0; r < b.n_rhs; r++) {
                vec *to = sum + (t * b.n_rhs + r) * b.n_trg;
                STARFMM_UNROLL
                for (int k = 0; k < b.n_src; k++)
                    q_masked[k] = vec_where(apart, q[r * b.n_src + k]);
                KIT(add_pair)(&p, masked ? q_masked : q + r * b.n_src, to);
            }
        }
    }
    size_t begin_last = at.trg + (size_t)((b.n_vec - 1) * STARFMM_WIDTH);
    if (!b.careful &&
        KIT(needs_care)(seg, b, sum, nearest, KIT(valid_lanes)(e->n_trg - begin_last)))
        return 1;
    STARFMM_UNROLL
    for (int k = 0; k < n_sums; k++) total[k] = sum[k];
    return 0;
}

/* ---- what goes round the loop, for every kind ------------------------------------------- */

typedef int (*KIT(add_fn))(const KIT(evaluation) * e, const KIT(segment) * seg,
                           const vec *coefficients, starfmm_place at, vec *sum);

/* The loops of one kind of sources, one of targets and one accuracy. */
typedef struct KIT(set) {
    starfmm_block b;        /* n_vec and n_rhs set when used */
    KIT(add_fn) add[2][3];  /* [several right-hand sides][registers: 1, 2, 4] */
    KIT(add_fn) careful[2]; /* of one register */
} KIT(set);

/* Whether the first target of a block is the source of its index: a leaf against itself. */
static int KIT(starts_coincident)(const KIT(evaluation) * e, const KIT(segment) * seg,
                                  size_t i)
{
    return i < seg->n && e->tx[i] - seg->shift[0] == seg->x[i] &&
           e->ty[i] - seg->shift[1] == seg->y[i] && e->tz[i] - seg->shift[2] == seg->z[i];
}

/* Target i, right-hand sides rhs ... of a block, by the long double reference: where a sum in
 * the working precision has left its range. */
static __attribute__((noinline, cold)) void
KIT(sum_exactly)(const KIT(evaluation) * e, starfmm_block b, size_t i, size_t rhs)
{
    long double d[3], k[STARFMM_MAX_COMPONENTS * STARFMM_MAX_COMPONENTS];
    long double sum[STARFMM_MAX_RHS][STARFMM_MAX_COMPONENTS] = {{0}};
    const real *const x[3] = {e->tx, e->ty, e->tz};
    const size_t n_rhs =
        rhs + (size_t)b.n_rhs < e->n_rhs ? (size_t)b.n_rhs : e->n_rhs - rhs;
    for (const KIT(segment) *s = e->seg; s < e->seg + e->n_seg; s++)
        for (size_t j = 0; j < s->n; j++) {
            const real *const y[3] = {s->x, s->y, s->z};
            for (int m = 0; m < 3; m++) {
                d[m] = (long double)x[m][i] - s->shift[m] - y[m][j];
                if (!STARFMM_HAS_LOW) continue;
                d[m] += (e->low[m] ? (long double)e->low[m][i] : 0) - s->shift_low[m];
                d[m] -= s->low[m] ? s->low[m][j] : 0;
            }
            STARFMM_REFERENCE(b.source, b.target, d, e->params, k);
            for (size_t r = 0; r < n_rhs; r++)
                for (int m = 0; m < b.n_trg * b.n_src; m++)
                    sum[r][m / b.n_src] +=
                        k[m] *
                        s->q[(size_t)(m % b.n_src) * s->ldc + (rhs + r) * s->ldq + j];
        }
    for (size_t r = 0; r < n_rhs; r++)
        for (int m = 0; m < b.n_trg; m++)
            e->out[(size_t)m * e->ldc + (rhs + r) * e->ldo + i] += (real)sum[r][m];
}

/* Add the sums of a block, times the factors of the components, to the output. */
static void KIT(finish_block)(const KIT(evaluation) * e, starfmm_block b, starfmm_place at,
                              const vec *sum)
{
    real factor[STARFMM_MAX_COMPONENTS];
    const int n_sums = b.n_rhs * b.n_trg;
    KIT(factors)(b.accuracy, b.source, b.target, factor);
    for (int t = 0; t < b.n_vec; t++, sum += n_sums) {
        const size_t i = at.trg + (size_t)(t * STARFMM_WIDTH), n = e->n_trg - i;
        const int whole = n >= (size_t)STARFMM_WIDTH;
        const size_t n_lanes = whole ? (size_t)STARFMM_WIDTH : n;
        vec zero = {0}; /* NaN where a sum is Inf or NaN */
        for (int k = 0; k < n_sums; k++) zero = vec_fma(vec_set(0), sum[k], zero);
        if (!whole) zero = vec_where(KIT(valid_lanes)(n), zero);
        const int finite = !vec_any(zero);
        for (int r = 0; r < b.n_rhs && at.rhs + (size_t)r < e->n_rhs; r++)
            for (int k = 0; k < b.n_trg; k++) {
                vec add = vec_set(factor[k]) * sum[r * b.n_trg + k];
                real *out = e->out + (size_t)k * e->ldc + (at.rhs + (size_t)r) * e->ldo + i;
                if (finite && whole)
                    vec_store(out, vec_load(out) + add);
                else
                    for (size_t l = 0; l < n_lanes; l++)
                        out[l] += zero[l] == 0 ? add[l] : 0;
            }
        for (size_t l = 0; l < n_lanes && !finite; l++)
            if (zero[l] != 0) KIT(sum_exactly)(e, b, i + l, at.rhs);
    }
}

/* All segments at the targets and right-hand sides of a block. */
static void KIT(sum_block)(const KIT(evaluation) * e, const KIT(set) * set, starfmm_block b,
                           const vec *c, starfmm_place at)
{
    vec sum[STARFMM_MAX_SUMS];
    int several = b.n_rhs > 1, n = b.n_rhs * b.n_trg;
    for (int k = 0; k < b.n_vec * n; k++) sum[k] = vec_set(0);
    for (size_t g = 0; g < e->n_seg; g++) {
        const KIT(segment) *seg = &e->seg[g];
        if (!KIT(starts_coincident)(e, seg, at.trg) &&
            !set->add[several][b.n_vec / 2](e, seg, c, at, sum))
            continue;
        for (int t = 0; t < b.n_vec; t++) {
            starfmm_place part = {at.trg + (size_t)(t * STARFMM_WIDTH), at.rhs};
            set->careful[several](e, seg, c, part, sum + t * n);
        }
    }
    KIT(finish_block)(e, b, at, sum);
}

/* All targets, in blocks as long as they come. */
static void KIT(sum_targets)(const KIT(evaluation) * e, const KIT(set) * set,
                             starfmm_block b, const vec *c, size_t rhs)
{
    int n_vec = STARFMM_N_VEC(b.n_trg, b.n_rhs);
    size_t n_left = (e->n_trg + (size_t)STARFMM_WIDTH - 1) / (size_t)STARFMM_WIDTH;
    starfmm_place at = {0, rhs};
    while (n_left > 0) {
        while ((size_t)n_vec > n_left) n_vec /= 2;
        b.n_vec = n_vec;
        KIT(sum_block)(e, set, b, c, at);
        at.trg += (size_t)(n_vec * STARFMM_WIDTH);
        n_left -= (size_t)n_vec;
    }
}

static void KIT(evaluate)(const KIT(evaluation) * e, const KIT(set) * set)
{
    vec c[STARFMM_N_COEFFICIENTS + 1];
    starfmm_block b = set->b;
    size_t r = 0, several = b.n_trg == 1 ? 2 : 3; /* that beat as many blocks of one */
    KIT(prepare)(e->params, b.accuracy, c);
    b.n_rhs = STARFMM_MAX_RHS;
    for (; set->add[1][0] && r + several <= e->n_rhs; r += STARFMM_MAX_RHS)
        KIT(sum_targets)(e, set, b, c, r);
    b.n_rhs = 1;
    for (; r < e->n_rhs; r++) KIT(sum_targets)(e, set, b, c, r);
}
