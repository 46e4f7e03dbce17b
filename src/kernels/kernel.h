/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Kernels as the library sees them: the registry, and what follows from a definition
 * (starfmm_kernel.h, which says what a kernel is).
 */
#ifndef SFM_KERNEL_H
#define SFM_KERNEL_H

#include "base/isa.h"
#include "base/status.h"
#include "starfmm_kernel.h"

typedef starfmm_kernel_definition sfm_kernel;

typedef starfmm_accuracy sfm_accuracy;
#define SFM_ACCURACY_LOW STARFMM_ACCURACY_LOW
#define SFM_ACCURACY_MID STARFMM_ACCURACY_MID
#define SFM_ACCURACY_FULL STARFMM_ACCURACY_FULL
#define SFM_N_ACCURACY STARFMM_N_ACCURACY

/* NULL for an unknown id or name. */
const sfm_kernel *sfm_kernel_get(starfmm_kernel id);
const sfm_kernel *sfm_kernel_find(const char *name);

/* The kinds that options name; NULL: kind 0 of the sources, and of the targets "gradient" or
 * kind 0.  EINVAL, with the kinds that there are. */
starfmm_status sfm_kernel_find_kinds(const sfm_kernel *kernel, const char *sources,
                                     const char *targets, int gradient, int *source,
                                     int *target);

/* As starfmm_kernel_register. */
starfmm_status sfm_kernel_register(const sfm_kernel *definition, starfmm_kernel *id);

/* Whether a definition is sound and true: consistent, and on random pairs finite, scaling and
 * turning as declared, falling off with the distance, and its loops (of instruction set `isa`,
 * in both precisions) agree with its reference.  EINVAL with the values; EUNSUPPORTED for loops
 * of instructions that this machine lacks. */
starfmm_status sfm_kernel_validate(const sfm_kernel *definition, sfm_isa isa);
/* The last of these, in one precision. */
starfmm_status sfm_kernel_try_loops_f64(const sfm_kernel *kernel, sfm_isa isa,
                                        const double *params);
starfmm_status sfm_kernel_try_loops_f32(const sfm_kernel *kernel, sfm_isa isa,
                                        const double *params);

/* A number in [-1, 1), of a generator whose state is *state. */
double sfm_kernel_random(uint64_t *state);

/* Finite, in range; EINVAL with a message that names the parameter. */
starfmm_status sfm_kernel_check_params(const sfm_kernel *kernel, const double *params);

/* 1 when one set of operators serves every level: no parameter that has a length is in use. */
int sfm_kernel_is_homogeneous(const sfm_kernel *kernel, const double *params);

/* Parameters in lengths of `s`. */
void sfm_kernel_scale_params(const sfm_kernel *kernel, const double *params, double s,
                             double scaled[STARFMM_MAX_PARAMS]);

/* 1 when the kernel has one-sided sums between these kinds, in both precisions. */
int sfm_kernel_has_loops(const sfm_kernel *kernel, sfm_isa isa, int source, int target);

/* 1 when the kernel has mutual sums between these kinds. */
int sfm_kernel_is_mutual(const sfm_kernel *kernel, starfmm_precision precision, sfm_isa isa,
                         sfm_accuracy accuracy, int source, int target);

/* K(d) in long double, k[target component][source component]; see starfmm_reference_fn. */
void sfm_kernel_reference(const sfm_kernel *kernel, int source, int target,
                          const long double d[3], const double *params, long double *k);

/* How a value of a kind turns under the linear map [3][3], a rotation or reflection of space. */
void sfm_kind_turn(const starfmm_kind *kind, int is_complex, const double map[3][3],
                   const long double *value, long double *turned);

#endif
