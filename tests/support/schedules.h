/* SPDX-License-Identifier: BSD-3-Clause */
/* Schedules of trees over points of all kinds, without a plan. */
#ifndef SFM_TEST_SCHEDULES_H
#define SFM_TEST_SCHEDULES_H

#include "schedule/schedule.h"
#include "tests/support/boxes.h"

/* What a schedule is made of. */
typedef struct sfm_test_spec {
    const char *kind, *target_kind; /* of points (tests/support/points.h) */
    size_t n_sources, n_targets;    /* n_targets 0: the targets are the sources */
    int n_crit, max_depth, balance;
    size_t limit;       /* as of sfm_schedule_build_rows */
    int32_t group_size; /* as of sfm_groups_build, not 0 */
    int one_sided;      /* pairs of one set are summed for each of their points */
} sfm_test_spec;

typedef struct sfm_test_schedule {
    sfm_test_spec spec;
    char name[200];            /* the specification, for messages */
    double *sources, *targets; /* targets NULL: the sources */
    sfm_geometry geometry;
    sfm_lists lists;
    sfm_schedule schedule;
    sfm_test_box *box; /* [n_nodes] */
} sfm_test_schedule;

/* 0 on failure, which fails the case. */
int sfm_test_schedule_make(sfm_test_schedule *s, const sfm_test_spec *spec);
void sfm_test_schedule_free(sfm_test_schedule *s);

/* A check on trees over n points of each kind: balanced and not, shallow and deep, of one set
 * and of two, these of one kind and of different ones, with limits from 0 to all points,
 * groups from one node to a level, and pairs of one set that are summed for both or for each
 * of their points. */
void sfm_test_each_schedule(size_t n, void (*check)(const sfm_test_schedule *s));

#endif
