/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The environment variables of this library: one table of them, and the one place that
 * reads them.  A plan reads them once, when it is created, and keeps what it needs: moves
 * and evaluations never look again.
 */
#ifndef SFM_ENVIRONMENT_H
#define SFM_ENVIRONMENT_H

#include "base/isa.h"
#include "policy/choose.h"

typedef enum sfm_variable {
    SFM_VARIABLE_N_CRIT,
    SFM_VARIABLE_GROUP,
    SFM_VARIABLE_M2L,
    SFM_VARIABLE_DETERMINISTIC,
    SFM_VARIABLE_ISA,
    SFM_VARIABLE_VERBOSE,
    SFM_N_VARIABLES
} sfm_variable;

/* A row of the table, of which `starfmm --help` and the README are made. */
typedef struct sfm_variable_text {
    const char *name;
    const char *meaning; /* and the values that it takes */
    const char *unset;   /* what holds where it is not set */
} sfm_variable_text;

extern const sfm_variable_text sfm_variables[SFM_N_VARIABLES];

/* As it stands in the environment, NULL where it is not set. */
const char *sfm_variable_value(sfm_variable v);

/* What the variables say; 0 where they are not set or empty. */
typedef struct sfm_environment {
    int n_crit, group_size;
    starfmm_m2l m2l;
    starfmm_switch deterministic;
    sfm_isa isa; /* the best of this CPU where not set */
    int verbose; /* of the command: 0 quiet, 1 (where not set), 2 all steps */
} sfm_environment;

/* Read and check them all.  EINVAL (EUNSUPPORTED: an instruction set that this CPU lacks)
 * with the variable, its value and what it may be. */
starfmm_status sfm_environment_read(sfm_environment *e);

extern const char *const sfm_m2l_names[]; /* by starfmm_m2l, NULL-terminated */

#endif
