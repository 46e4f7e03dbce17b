/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the method needs to know of an interaction kernel, in every precision.
 *
 * Inside the library a kernel is evaluated without its constant factor (1 / (4 pi)) and in
 * scaled lengths: with x = s x',  K(x; params) = factor * s^degree * raw(x'; params
 * scaled), where params scaled [i] = params[i] * s^param_power[i].  So operators of a box
 * of half side s are those of the unit box with scaled parameters, up to s^degree; they
 * differ from level to level only when a parameter is in use.
 */
#ifndef SFM_KERNEL_H
#define SFM_KERNEL_H

#include "base/isa.h"
#include "base/status.h"

typedef struct sfm_kernel {
    starfmm_kernel id;
    const char *name;
    int src_dim, trg_dim; /* components of a charge and of a potential */
    int n_params;
    const char *param_name[STARFMM_MAX_PARAMS];
    int param_power[STARFMM_MAX_PARAMS];
    int degree;    /* of raw under scaling of lengths: Laplace -1 */
    double factor; /* 1 / (4 pi) */
    int flops;     /* of one pair, potential; and with gradient: */
    int flops_gradient;
    /* raw(d) for d = x - y, and d raw / d x into gradient unless NULL.  Long double,
     * obvious code: the oracle of tests and of starfmm_direct.  r = 0 gives 0. */
    long double (*reference)(const long double d[3], const double *params,
                             long double gradient[3]);
} sfm_kernel;

/* NULL for an unknown id. */
const sfm_kernel *sfm_kernel_get(starfmm_kernel id);

/* Finite, of the right sign; EINVAL with a message that names the parameter. */
starfmm_status sfm_kernel_check_params(const sfm_kernel *kernel, const double *params);

/* 1 when one set of operators serves every level: no parameter is in use. */
int sfm_kernel_is_homogeneous(const sfm_kernel *kernel, const double *params);

/* Parameters in lengths of `s`. */
void sfm_kernel_scale_params(const sfm_kernel *kernel, const double *params, double s,
                             double scaled[STARFMM_MAX_PARAMS]);

/* How exact the vector kernels are: relative error of the potential of one pair; of its
 * gradient three times as much; of Yukawa 1 + kappa r times as much. */
typedef enum sfm_accuracy {
    SFM_ACCURACY_LOW = 0, /* 1e-4: a raw 12 to 14-bit reciprocal root where there is one */
    SFM_ACCURACY_MID = 1, /* 1e-7 (f32: a few eps) */
    SFM_ACCURACY_FULL = 2 /* a few eps */
} sfm_accuracy;
#define SFM_N_ACCURACY 3

#endif
