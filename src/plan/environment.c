/* SPDX-License-Identifier: BSD-3-Clause */
/* Each variable is read by its kind (a number in a range, one of some words, an instruction
 * set); what does not read is refused with the variable's name, value and what it may be. */
#include "plan/environment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

const sfm_variable_text sfm_variables[SFM_N_VARIABLES] = {
    [SFM_VARIABLE_N_CRIT] = {"STARFMM_N_CRIT",
                             "points that a leaf may hold, 1 to " TEXT(SFM_MAX_N_CRIT),
                             "by a cost model"},
    [SFM_VARIABLE_GROUP] = {"STARFMM_GROUP",
                            "nodes per group, the grain of the tasks, 1 to 2^30",
                            "by a cost model"},
    [SFM_VARIABLE_M2L] = {"STARFMM_M2L", "method of M2L: fourier, dense, auto", "auto"},
    [SFM_VARIABLE_DETERMINISTIC] = {"STARFMM_DETERMINISTIC",
                                    "on, off, auto: the same bits on any number of workers",
                                    "off"},
    [SFM_VARIABLE_ISA] = {"STARFMM_ISA", "vector kernels: portable, avx2, avx512",
                          "the best of this CPU"},
    [SFM_VARIABLE_VERBOSE] = {"STARFMM_VERBOSE",
                              "of the command: 0 no warnings and progress, 2 a line with "
                              "its time for each step",
                              "1"},
};

const char *const sfm_m2l_names[] = {"auto", "fourier", "dense", NULL};
static const char *const switch_names[] = {"auto", "on", "off", NULL};

const char *sfm_variable_value(sfm_variable v)
{
    return getenv(sfm_variables[v].name);
}

static starfmm_status refuse_value(sfm_variable v, starfmm_status status, const char *why)
{
    return sfm_fail(status, "%s=%.80s: %s", sfm_variables[v].name, sfm_variable_value(v),
                    why);
}

/* *value stays as it is where the variable is not set, or empty. */
static starfmm_status read_integer(sfm_variable v, int min, int max, int *value)
{
    const char *text = sfm_variable_value(v);
    char *end, why[80];
    if (!text || !text[0]) return STARFMM_OK;
    errno = 0;
    long n = strtol(text, &end, 10);
    if (end != text && *end == '\0' && errno == 0 && n >= min && n <= max) {
        *value = (int)n;
        return STARFMM_OK;
    }
    snprintf(why, sizeof why, "must be an integer from %d to %d, or empty: automatic", min,
             max);
    return refuse_value(v, STARFMM_EINVAL, why);
}

/* The index of one of three words. */
static starfmm_status read_choice(sfm_variable v, const char *const *words, int *value)
{
    const char *text = sfm_variable_value(v);
    char why[80];
    if (!text || !text[0]) return STARFMM_OK;
    for (int i = 0; words[i]; i++)
        if (strcmp(text, words[i]) == 0) {
            *value = i;
            return STARFMM_OK;
        }
    snprintf(why, sizeof why, "must be %s, %s or %s", words[0], words[1], words[2]);
    return refuse_value(v, STARFMM_EINVAL, why);
}

static starfmm_status read_isa(sfm_isa *isa)
{
    char why[256];
    starfmm_status status = sfm_isa_select(sfm_variable_value(SFM_VARIABLE_ISA), isa);
    if (status == STARFMM_OK) return STARFMM_OK;
    snprintf(why, sizeof why, "%s", sfm_get_error());
    return refuse_value(SFM_VARIABLE_ISA, status, why);
}

starfmm_status sfm_environment_read(sfm_environment *e)
{
    int m2l = 0, deterministic = 0;
    *e = (sfm_environment){.verbose = 1};
    SFM_TRY(read_integer(SFM_VARIABLE_N_CRIT, 1, SFM_MAX_N_CRIT, &e->n_crit));
    SFM_TRY(read_integer(SFM_VARIABLE_GROUP, 1, SFM_MAX_GROUP_SIZE, &e->group_size));
    SFM_TRY(read_choice(SFM_VARIABLE_M2L, sfm_m2l_names, &m2l));
    SFM_TRY(read_choice(SFM_VARIABLE_DETERMINISTIC, switch_names, &deterministic));
    SFM_TRY(read_isa(&e->isa));
    SFM_TRY(read_integer(SFM_VARIABLE_VERBOSE, 0, 2, &e->verbose));
    e->m2l = (starfmm_m2l)m2l;
    e->deterministic = (starfmm_switch)deterministic;
    return STARFMM_OK;
}
