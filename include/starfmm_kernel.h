/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The kernel kit: what a kernel is, and how one is written.
 *
 * A kernel is a matrix-valued function K(d; params) of d = x - y, from a source at y to a
 * target at x.  It has KINDS of sources and of targets, each a number of real components:
 * Laplace's sources are charges (1) or dipoles (3), its targets receive a potential (1) or a
 * potential with its gradient (4).  Kind 0 of the sources is the equivalent density of the
 * method, kind 0 of the targets the check potential.
 *
 * A kernel is one C file.  This one is Biot-Savart's, u = q x d / r^3, whole:
 *
 *     #define STARFMM_KERNEL biot_savart
 *     #define STARFMM_KERNEL_FILE "biot_savart.c"      // this file: it is read three times
 *     #include <starfmm_kernel.h>
 *
 *     #ifdef STARFMM_KERNEL_DESCRIBES                  // once
 *     const starfmm_kernel_definition biot_savart_kernel = {
 *         .size = sizeof(starfmm_kernel_definition),
 *         .name = "biot_savart",
 *         .degree = -2,
 *         .factor = 0.079577471545947667884,           // 1 / (4 pi), left out of all sums
 *         .n_sources = 1, .source = {{"current", 3, {0}, {3}}},
 *         .n_targets = 1, .target = {{"field", 3, {0}, {3}}},
 *         .properties = STARFMM_ODD | STARFMM_SYMMETRIC,
 *         .flops = {{27}},
 *         .reference = STARFMM_REFERENCE,
 *         .loops_f64 = STARFMM_LOOPS_F64,
 *         .loops_f32 = STARFMM_LOOPS_F32};
 *     #endif
 *
 *     STARFMM_PAIR(p, q, u)                            // adds K(p->d) q to u
 *     {
 *         const vec *d = p->d;
 *         vec y = vec_rsqrt(p->r2, p->accuracy), w = y * y * y;
 *         u[0] = vec_fma(w, q[1] * d[2] - q[2] * d[1], u[0]);
 *         u[1] = vec_fma(w, q[2] * d[0] - q[0] * d[2], u[1]);
 *         u[2] = vec_fma(w, q[0] * d[1] - q[1] * d[0], u[2]);
 *     }
 *
 *     #define STARFMM_KERNEL_PAIRS(X) X(0, 3, 0, 3)    // source kind, components; target ...
 *     #include STARFMM_KERNEL_NEXT
 *
 * Compiled as C11 (gcc or clang) with the flags of the program, for example -O3
 * -march=native, it holds blocked loops for both precisions and three accuracies, one-sided
 * and mutual, over the widest registers of that instruction set.  The library's own kernels
 * are made of the same code in the same way.  A kernel may also be one plain function of a
 * pair, starfmm_kernel_definition.pair: slow, good for a first try and from other languages.
 *
 * The file is read for double, for float and for long double (the reference that sums go
 * back to where they leave the range of the working precision, and the oracle of the direct
 * sum), so what it defines beside the macros below is named KIT(name), which adds the
 * precision to the name; real, vec and the vec_... functions (starfmm_kernel/vec.h,
 * functions.h) are such names already.  Constants are best macros.
 *
 *   STARFMM_PAIR(p, q, u)       the pair function.  p->d and p->r2: x - y and its square; p->c:
 *                               coefficients; p->accuracy, p->source, p->target: the accuracy
 *                               asked and the kinds, constants.  r = 0 need not be thought of.
 *   STARFMM_PREPARE(params, accuracy, c)   sets the coefficients vec c[], if
 *   STARFMM_N_COEFFICIENTS      of them are declared before this header is included.
 *   STARFMM_FACTORS(accuracy, source, target, f)   with STARFMM_HAS_FACTORS declared before:
 *                               real f[] by which the components of a sum are multiplied at
 *                               its end, for what the pairs have in common.
 *   STARFMM_IS_REGULAR          declared before as 1: K(0) is finite, and a coincident pair
 *                               counts as any other.  Else it contributes 0.
 */
#ifndef STARFMM_KERNEL_H
#define STARFMM_KERNEL_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "starfmm.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- how exact, and how many ------------------------------------------------------------ */

/* Relative error of the potential of one pair.  Derivatives of order k err 1 + 3 k times as
 * much, functions of kappa r or k r 1 + kappa r times. */
typedef enum starfmm_accuracy {
    STARFMM_ACCURACY_LOW = 0, /* 1e-4: a raw 12 to 14-bit reciprocal root if there is */
    STARFMM_ACCURACY_MID = 1, /* 1e-7 (single precision: a few eps) */
    STARFMM_ACCURACY_FULL = 2 /* a few eps */
} starfmm_accuracy;
#define STARFMM_N_ACCURACY 3

#define STARFMM_MAX_KINDS 4       /* of sources, and of targets */
#define STARFMM_MAX_COMPONENTS 16 /* real components of a source or target */
#define STARFMM_MAX_LOOPS (STARFMM_MAX_KINDS * STARFMM_MAX_KINDS + 1)
#define STARFMM_N_ISA 3 /* instruction sets that the library compiles its kernels for */

/* Points of segments that mutual sums pack at a time, so that registers are full however
 * small the leaves are; the length of a packed array. */
#define STARFMM_MUTUAL_PACK 512
#define STARFMM_MUTUAL_LD (STARFMM_MUTUAL_PACK + 32)

/* ---- the arguments of the loops, in both precisions --------------------------------------- */

/* starfmm_name_f64 and so on: STARFMM_SUFFIX is that of the precision being read. */
#define STARFMM_PASTE_(a, b, c) a##_##b##_##c
#define STARFMM_PASTE(a, b, c) STARFMM_PASTE_(a, b, c)
#define KIT(name) STARFMM_PASTE(starfmm, name, STARFMM_SUFFIX)

typedef double starfmm_real_f64;
typedef float starfmm_real_f32;
#define STARFMM_SUFFIX f64
#include "starfmm_kernel/types.h"
#undef STARFMM_SUFFIX
#define STARFMM_SUFFIX f32
#include "starfmm_kernel/types.h"
#undef STARFMM_SUFFIX

/* ---- the definition of a kernel ------------------------------------------------------------ */

/* A kind of sources or of targets.  All kinds of targets begin with the components of kind 0,
 * which is what `potentials` receive; what they have beyond these is for `gradients`. */
typedef struct starfmm_kind {
    const char *name; /* "charge", "dipole", "potential", "gradient" ... */
    int dim; /* real components; of a complex kernel (re, im) of each number in turn */
    /* [dim] power of length beyond the kernel's own degree: -1 for each derivative */
    signed char degree[STARFMM_MAX_COMPONENTS];
    /* How the components turn with space: runs of scalars (1), vectors (3), symmetric tensors
     * (6: xx xy xz yy yz zz) and full tensors (9), up to dim; of complex numbers if the
     * kernel is complex. */
    unsigned char tensor[STARFMM_MAX_COMPONENTS];
} starfmm_kind;

/* A parameter and its range; in lengths of s its value is value * s^power. */
typedef struct starfmm_parameter {
    const char *name;
    int power;
    double min, max;
    int above_min; /* 1: min itself is out of range */
} starfmm_parameter;

/* starfmm_kernel_definition.properties.  ISOTROPIC: K(R d) = R_t K(d) R_s^T for rotations and
 * reflections R, by the kinds' tensors.  SYMMETRIC: K(-d)^T = K(d), from kind 0 to kind 0.
 * EVEN: K(-d) = K(d), ODD: K(-d) = -K(d), the same. */
#define STARFMM_ISOTROPIC 1u
#define STARFMM_SYMMETRIC 2u
#define STARFMM_EVEN 4u
#define STARFMM_ODD 8u
#define STARFMM_COMPLEX 16u /* components are complex numbers, and K is linear in them */
#define STARFMM_REGULAR 32u /* STARFMM_IS_REGULAR */

/* K(d) from a kind of sources to one of targets, without `factor`, as k[target component]
 * [source component]; 0 where d = 0 and the kernel is not regular. */
typedef void (*starfmm_reference_fn)(int source, int target, const long double d[3],
                                     const double *params, long double *k);

/*
 * Scaling: K_ba(s d; params) = s^(degree + source.degree[a] + target.degree[b]) K_ba(d; params
 * in lengths of s).  So operators of a box of half side s are those of the unit box, and the
 * same on every level where no parameter that has a length is in use.
 */
typedef struct starfmm_kernel_definition {
    size_t size; /* sizeof(starfmm_kernel_definition) */
    const char *name;
    starfmm_kernel id; /* set by registration */
    int n_params;
    starfmm_parameter param[STARFMM_MAX_PARAMS];
    int degree;
    double factor; /* what loops and reference leave out, as 1 / (4 pi) */
    int n_sources, n_targets;
    /* Sums from and to kinds are expanded in densities of source kind equivalent[kind of the
     * sources] and potentials of target kind check[kind of the targets].  Most often 0 will do;
     * but the velocities of a flow, say, leave a constant of its pressure open. */
    signed char equivalent[STARFMM_MAX_KINDS], check[STARFMM_MAX_KINDS];
    starfmm_kind source[STARFMM_MAX_KINDS], target[STARFMM_MAX_KINDS];
    unsigned properties;
    short flops[STARFMM_MAX_KINDS][STARFMM_MAX_KINDS]; /* of a pair, [source][target] */
    starfmm_reference_fn reference;
    /* By instruction set; of a user's kernel the first is all there is. */
    const starfmm_loops_f64 *loops_f64[STARFMM_N_ISA];
    const starfmm_loops_f32 *loops_f32[STARFMM_N_ISA];
    /* Instead of loops and reference, for one kind of sources and one of targets: K(d) into
     * k[target component][source component].  Not called with d = 0. */
    void (*pair)(const double d[3], const double *params, double *k);
} starfmm_kernel_definition;

/*
 * Add a kernel to those that options.kernel may name, for as long as the process lives.
 *   definition   copied, but what it points to must stay
 *   id           where to store its number
 * It is tried before, on random pairs: numbers that are finite, loops that agree with the
 * reference, scaling, properties and decay as declared.  Whether its expansions
 * keep the tolerance is measured when a plan is made: orders rise, or the plan is EPRECISION or
 * EUNSUPPORTED with what can be had, as of a Gaussian, which solves no elliptic equation.
 * Errors: EINVAL with the values that are wrong; EUNSUPPORTED, instructions that this machine
 * lacks; ENOMEM, too many kernels.
 */
STARFMM_API starfmm_status
starfmm_kernel_register(const starfmm_kernel_definition *definition, starfmm_kernel *id);

#ifdef __cplusplus
}
#endif
#endif /* STARFMM_KERNEL_H */

/* ---- a file that defines a kernel: not guarded, once per precision -------------------------- */

#if defined(STARFMM_KERNEL) && defined(STARFMM_KERNEL_FILE)
#include "starfmm_kernel/begin.h"
#endif
