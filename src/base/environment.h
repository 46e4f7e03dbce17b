/* SPDX-License-Identifier: BSD-3-Clause */
/* The environment variables of this library, and the one place that reads them. */
#ifndef SFM_ENVIRONMENT_H
#define SFM_ENVIRONMENT_H

#include "base/isa.h"
#include "base/status.h"

/* Ranges that options and variables share. */
#define SFM_MAX_N_CRIT 1000000
#define SFM_MAX_GROUP_SIZE (1 << 30)

typedef enum sfm_variable {
    SFM_VARIABLE_N_CRIT,
    SFM_VARIABLE_GROUP,
    SFM_VARIABLE_M2L,
    SFM_VARIABLE_DETERMINISTIC,
    SFM_VARIABLE_ISA,
    SFM_VARIABLE_VERBOSE,
    SFM_N_VARIABLES
} sfm_variable;

/* What the variables say; 0 where they are not set or empty. */
typedef struct sfm_environment {
    int n_crit, group_size;
    starfmm_m2l m2l;
    starfmm_switch deterministic;
    sfm_isa isa; /* the best where not set */
    int verbose; /* of the command: 0 quiet, 1 (also where not set), 2 tells its steps */
} sfm_environment;

/* Read and check them all.  EINVAL (EUNSUPPORTED: an instruction set that this CPU lacks)
 * with the variable, its value and what it may be. */
starfmm_status sfm_environment_read(sfm_environment *e);

const char *sfm_variable_name(sfm_variable v);
/* NULL where it is not set. */
const char *sfm_variable_value(sfm_variable v);

extern const char *const sfm_m2l_names[]; /* by starfmm_m2l, NULL-terminated */

#endif
