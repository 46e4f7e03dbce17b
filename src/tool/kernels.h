/* SPDX-License-Identifier: BSD-3-Clause */
/* Kernels as the command's files and options speak of them: kinds and components by name. */
#ifndef TOOL_KERNELS_H
#define TOOL_KERNELS_H

#include "kernels/kernel.h"
#include "tool/tool.h"

/* A run of components of a kind that are one thing: "gradient", 3 from 1 on. */
typedef struct tool_quantity {
    const char *name;
    size_t first, dim;
} tool_quantity;

/* The quantities of a kind; returns how many they are. */
int tool_quantities(const sfm_kernel *kernel, const starfmm_kind *kind,
                    tool_quantity quantity[STARFMM_MAX_COMPONENTS]);

/* Names of all components of a kind: "potential", "velocity_x", "hessian_xy", "dipole_x_im". */
typedef struct tool_components {
    char text[STARFMM_MAX_COMPONENTS][48];
    const char *name[STARFMM_MAX_COMPONENTS];
} tool_components;
void tool_name_components(const sfm_kernel *kernel, const starfmm_kind *kind,
                          tool_components *c);

/* A kernel, what its sources hold and its targets receive, and its parameter. */
typedef struct tool_kernel {
    const sfm_kernel *kernel;
    int source, target;     /* kinds */
    size_t n_source;        /* components of a source, */
    size_t n_first, n_rest; /* of `potentials`, of `gradients`: 0, there are none */
    double param;
} tool_kernel;

/* By names, as options have them (starfmm.h); the parameter is left alone. */
int tool_kernel_choose(tool_kernel *k, const char *kernel, const char *sources,
                       const char *targets, int gradient);
/* Into the options of a plan or a direct sum. */
void tool_kernel_options(const tool_kernel *k, starfmm_options *o);

#endif
