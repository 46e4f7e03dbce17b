/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/schedules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/points.h"
#include "tests/support/test.h"

int sfm_test_schedule_make(sfm_test_schedule *s, const sfm_test_spec *spec)
{
    *s = (sfm_test_schedule){.spec = *spec};
    snprintf(s->name, sizeof s->name,
             "%zu %s, %zu targets %s, n_crit %d, max_depth %d, balance %d, limit %zu, "
             "groups of %d, one-sided %d",
             spec->n_sources, spec->kind, spec->n_targets, spec->target_kind, spec->n_crit,
             spec->max_depth, spec->balance, spec->limit, (int)spec->group_size,
             spec->one_sided);
    s->sources = sfm_test_points(spec->kind, spec->n_sources, 31);
    if (spec->n_targets)
        s->targets = sfm_test_points(spec->target_kind, spec->n_targets, 32);
    sfm_point_sets points = {spec->n_sources, spec->n_targets, s->sources, s->targets,
                             NULL};
    sfm_tree_options o = {.n_crit = spec->n_crit,
                          .max_depth = spec->max_depth,
                          .balance = spec->balance,
                          .stretch = 1};
    starfmm_status status = sfm_geometry_build(&s->geometry, &o, &points);
    if (status == STARFMM_OK) status = sfm_lists_build(&s->lists, &s->geometry.tree, NULL);
    if (status == STARFMM_OK)
        status = sfm_schedule_build_rows(&s->schedule, &s->geometry, &s->lists, spec->limit,
                                         !spec->one_sided, NULL);
    if (status == STARFMM_OK)
        status = sfm_schedule_build_groups(&s->schedule, &s->geometry, &s->lists.colleagues,
                                           spec->group_size, NULL, 0, NULL);
    CHECK_OK(status);
    if (status == STARFMM_OK) s->box = sfm_test_boxes_of(&s->geometry.tree);
    return s->box != NULL;
}

void sfm_test_schedule_free(sfm_test_schedule *s)
{
    sfm_schedule_free(&s->schedule);
    sfm_lists_free(&s->lists);
    sfm_geometry_free(&s->geometry);
    free(s->box);
    free(s->sources);
    free(s->targets);
    memset(s, 0, sizeof *s);
}

static void check_spec(const sfm_test_spec *spec, void (*check)(const sfm_test_schedule *))
{
    sfm_test_schedule s;
    if (sfm_test_schedule_make(&s, spec)) check(&s);
    sfm_test_schedule_free(&s);
}

void sfm_test_each_schedule(size_t n, void (*check)(const sfm_test_schedule *s))
{
    const size_t limits[] = {0, 1, 4, 12, n};
    const int32_t sizes[] = {1, 5, 8, 40, 1 << 30};
    int turn = 0; /* limits and sizes change by turns of different length */
    for (int k = 0; k < sfm_test_n_kinds; k++)
        for (int balance = 0; balance < 2; balance++)
            for (int sets = 0; sets < 4; sets++, turn++) {
                const char *kind = sfm_test_kinds[k];
                int other = (k + 1 + turn % (sfm_test_n_kinds - 1)) % sfm_test_n_kinds;
                sfm_test_spec spec = {.kind = kind,
                                      .target_kind =
                                          sets == 3 ? sfm_test_kinds[other] : kind,
                                      .n_sources = n,
                                      .n_targets = sets == 2   ? n
                                                   : sets == 3 ? n / 2
                                                               : 0,
                                      .n_crit = sets == 1 ? 1 : 3,
                                      .max_depth = sets == 1 ? 4 : SFM_MAX_DEPTH,
                                      .balance = balance,
                                      .limit = limits[turn % 5],
                                      .group_size = sizes[(turn + turn / 5) % 5],
                                      .one_sided = sets == 1 && k % 3 == 0};
                check_spec(&spec, check);
            }
    for (size_t few = 0; few < 3; few++) {
        check_spec(&(sfm_test_spec){"cube", "cube", few, 0, 1, 5, 1, 1, 8, 0}, check);
        check_spec(&(sfm_test_spec){"cube", "line", few, 2, 1, 5, 1, 1, 8, 0}, check);
        check_spec(&(sfm_test_spec){"cube", "line", 40, few, 1, 5, 0, 1, 8, 0}, check);
    }
}
