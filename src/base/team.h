/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loops whose parts several threads share.  The caller works on the parts too and waits
 * only for those that a helper has begun, so a loop ends whether or not help ever comes.
 * Where the helpers come from is the team's affair: threads (base/threads.h), a runtime's
 * workers, or none (NULL for the team).
 */
#ifndef SFM_TEAM_H
#define SFM_TEAM_H

#include <stddef.h>

/* A part must not fail and so not allocate; parts run in any order, at the same time. */
typedef void (*sfm_part_fn)(void *arg, int part);

/* One loop under way. */
typedef struct sfm_region sfm_region;

typedef struct sfm_team {
    int size; /* threads that may work at a time, the caller's included */
    /* Ask for help: up to size - 1 others shall call sfm_region_help(region) once each,
     * now, later or when all is done already.  Returns how many will. */
    int (*invite)(struct sfm_team *team, sfm_region *region);
} sfm_team;

static inline int sfm_team_size(const sfm_team *team)
{
    return team ? team->size : 1;
}

/* Call fn(arg, part) for all parts 0 ... n_parts - 1. */
void sfm_team_run(sfm_team *team, int n_parts, sfm_part_fn fn, void *arg);

void sfm_region_help(sfm_region *region);

/* Parts to cut n items into, of at least `grain` each: 1 without helpers, else enough for
 * threads of unequal speed to end together. */
int sfm_team_parts(const sfm_team *team, size_t n, size_t grain);

/* Items [sfm_part_begin(part), sfm_part_begin(part + 1)) are one part's. */
static inline size_t sfm_part_begin(size_t n, int n_parts, int part)
{
    return n / (size_t)n_parts * (size_t)part +
           n % (size_t)n_parts * (size_t)part / (size_t)n_parts;
}

#endif
