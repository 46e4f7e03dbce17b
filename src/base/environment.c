/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/environment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[SFM_N_VARIABLES] = {
    [SFM_VARIABLE_N_CRIT] = "STARFMM_N_CRIT",
    [SFM_VARIABLE_GROUP] = "STARFMM_GROUP",
    [SFM_VARIABLE_M2L] = "STARFMM_M2L",
    [SFM_VARIABLE_DETERMINISTIC] = "STARFMM_DETERMINISTIC",
    [SFM_VARIABLE_ISA] = "STARFMM_ISA",
    [SFM_VARIABLE_VERBOSE] = "STARFMM_VERBOSE",
};

const char *const sfm_m2l_names[] = {"auto", "fourier", "dense", NULL};
static const char *const switch_names[] = {"auto", "on", "off", NULL};

const char *sfm_variable_name(sfm_variable v)
{
    return names[v];
}

const char *sfm_variable_value(sfm_variable v)
{
    return getenv(names[v]);
}

static starfmm_status refuse(sfm_variable v, const char *allowed)
{
    return sfm_fail(STARFMM_EINVAL, "%s=%.80s: must be %s", names[v], sfm_variable_value(v),
                    allowed);
}

/* NULL where there is nothing to read. */
static const char *text_of(sfm_variable v)
{
    const char *text = sfm_variable_value(v);
    return text && text[0] ? text : NULL;
}

static starfmm_status read_integer(sfm_variable v, int min, int max, int *value)
{
    const char *text = text_of(v);
    char *end, allowed[80];
    if (!text) return STARFMM_OK;
    errno = 0;
    long n = strtol(text, &end, 10);
    if (end != text && *end == '\0' && errno == 0 && n >= min && n <= max) {
        *value = (int)n;
        return STARFMM_OK;
    }
    snprintf(allowed, sizeof allowed, "an integer from %d to %d, or empty: automatic", min,
             max);
    return refuse(v, allowed);
}

/* The index of one of three words. */
static starfmm_status read_choice(sfm_variable v, const char *const *choices, int *value)
{
    const char *text = text_of(v);
    char allowed[80];
    if (!text) return STARFMM_OK;
    for (int i = 0; choices[i]; i++)
        if (strcmp(text, choices[i]) == 0) {
            *value = i;
            return STARFMM_OK;
        }
    snprintf(allowed, sizeof allowed, "%s, %s or %s", choices[0], choices[1], choices[2]);
    return refuse(v, allowed);
}

static starfmm_status read_isa(sfm_isa *isa)
{
    const char *text = sfm_variable_value(SFM_VARIABLE_ISA);
    starfmm_status status = sfm_isa_select(text, isa);
    char why[256];
    if (status == STARFMM_OK) return STARFMM_OK;
    snprintf(why, sizeof why, "%s", sfm_get_error());
    return sfm_fail(status, "%s=%.80s: %s", names[SFM_VARIABLE_ISA], text, why);
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
