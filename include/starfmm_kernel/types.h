/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the loops of a kernel are given, in one precision: included by starfmm_kernel.h once
 * for double (starfmm_segment_f64 ...) and once for float (starfmm_segment_f32 ...).
 *
 * Component c, right-hand side r of the quantity of point i lies at
 *
 *     q[c * ldc + r * ldq + i]          and results at     out[c * ldc + r * ldo + i].
 *
 * Arrays of points, charges and targets may be read (not used) up to the next multiple of a
 * cache line beyond their end; nothing need be aligned.
 */

/* A run of sources with one common shift: source i sits at (x[i], y[i], z[i]) + shift in the
 * frame of the targets. */
typedef struct KIT(segment) {
    const KIT(real) * x, *y, *z, *q;
    size_t n, ldq, ldc; /* ldc is not looked at where a source has one component */
    KIT(real) shift[3];
    /* Single precision only: what x, y, z (NULL: nothing) and the shift lack of their exact
     * values, and up to which squared distance pairs are summed with it (0: none). */
    KIT(real) shift_low[3], close;
    const KIT(real) * low[3];
} KIT(segment);

/* One-sided sums: out += sum over the sources of all segments of K(x_i - y_j) q_j, without
 * the kernel's constant factor.  out is written for i < n_trg only. */
typedef struct KIT(evaluation) {
    const struct starfmm_kernel_definition *kernel; /* only plain kernels look at it */
    const double *params; /* scaled to the unit of the coordinates */
    size_t n_trg;
    const KIT(real) * tx, *ty, *tz;
    size_t n_seg;
    const KIT(segment) * seg;
    size_t n_rhs, ldo, ldc; /* ldc is not looked at where a target has one component */
    KIT(real) * out;
    const KIT(real) * low[3]; /* single precision: what tx, ty, tz lack; NULL: nothing */
} KIT(evaluation);

/* Where the sums of the points of a run go. */
typedef struct KIT(sums) {
    KIT(real) * out;
    size_t ld, ldc; /* as ldo and ldc of an evaluation */
} KIT(sums);

/*
 * Mutual sums, where every point is source and target: between the points `a` (whose own
 * shift is not looked at) and those of every segment, in a's frame; not among a's points, nor
 * among the segments'.  Outputs of a segment are written up to the next multiple of a cache
 * line beyond its end, with what they hold.
 */
typedef struct KIT(mutual) {
    const double *params;
    size_t n_rhs;
    KIT(segment) a;
    KIT(sums) a_out;
    size_t n_seg;
    const KIT(segment) * seg;
    const KIT(sums) * out; /* [n_seg] */
    KIT(real) * scratch;   /* [starfmm_mutual_reals(source, target components)], aligned */
} KIT(mutual);

typedef void (*KIT(evaluate_fn))(const KIT(evaluation) * e);
typedef void (*KIT(mutual_fn))(const KIT(mutual) * m);

/* The loops from one kind of sources to one kind of targets; the end of a table is a row
 * without functions. */
typedef struct KIT(loops) {
    int source, target; /* kinds */
    int bytes;          /* of the registers used: 64 is AVX-512, 32 AVX2 */
    KIT(evaluate_fn) evaluate[STARFMM_N_ACCURACY];
    KIT(mutual_fn) mutual[STARFMM_N_ACCURACY]; /* NULL: none */
} KIT(loops);
