/* SPDX-License-Identifier: BSD-3-Clause */
/* The search of `starfmm tune`: candidates beside the automatic choice, by pairs of
 * evaluations. */
#ifndef TOOL_SEARCH_H
#define TOOL_SEARCH_H

#include "tool/plan_settings.h"

#define TOOL_MAX_TRIALS 40

typedef struct tool_trial {
    char what[48];
    char scheduler[64]; /* "" but for trials of policies */
    int n_crit, group_size;
    starfmm_m2l m2l;   /* what to ask for; 0: automatic */
    starfmm_info info; /* what became of it */
    double seconds;    /* of the best evaluation */
    double ratio; /* to the automatic choice: median over pairs; of policies, of the best */
    double difference; /* relative L2, of its potentials from the automatic ones */
} tool_trial;

typedef struct tool_search {
    /* in */
    const tool_problem *problem;
    starfmm_options options; /* of the problem; no choices, no profile */
    int workers, repeat;
    double budget; /* seconds, after which nothing new is begun */
    int policies;  /* search them, too */
    /* out */
    tool_trial trial[TOOL_MAX_TRIALS]; /* the first is the automatic choice */
    int n;
    int best;   /* trial of a plan; 0 where nothing is clearly better */
    int policy; /* trial of a policy, 0 as before */
    int out_of_time;
    /* inside */
    starfmm_plan *automatic;
    void *charges, *reference, *result;
    double start, tolerance;
} tool_search;

/* Search; StarPU is started and stopped here.  tool_search_free in any case. */
int tool_search_run(tool_search *search);
void tool_search_free(tool_search *search);

#endif
