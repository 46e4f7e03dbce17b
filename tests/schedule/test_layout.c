/* SPDX-License-Identifier: BSD-3-Clause */
/* The chunks of a group against a look at every row, for few chunks, many, and empty ones. */
#include "tests/support/test.h"

#include <string.h>

#include "base/memory.h"
#include "schedule/layout.h"
#include "tests/support/points.h"
#include "tests/support/schedules.h"

#define N_POINTS 6000

/* The chunk of a row, by looking at all. */
static size_t find_chunk(size_t n, const size_t *begin, size_t row)
{
    size_t c = 0;
    while (c < n && !(begin[c] <= row && row < begin[c + 1])) c++;
    return c;
}

/* n chunks of [0, n_rows), cut at random; `empty`: so many of them are cut where another is. */
static void cut_chunks(size_t n, size_t n_rows, size_t empty, uint64_t seed, size_t *begin)
{
    begin[0] = 0;
    for (size_t i = 1; i < n; i++) begin[i] = sfm_test_next(&seed) % (n_rows + 1);
    for (size_t i = 1; i < n && i <= empty; i++) begin[i] = begin[(i * 7 + 1) % n];
    begin[n] = n_rows;
    for (size_t i = 1; i < n; i++) /* insertion sort */
        for (size_t k = i; k > 1 && begin[k] < begin[k - 1]; k--) {
            size_t b = begin[k];
            begin[k] = begin[k - 1];
            begin[k - 1] = b;
        }
}

static void check_layout(const sfm_layout *l, const sfm_groups *groups,
                         const sfm_points *points, size_t n, const size_t *begin)
{
    int *holds = calloc(n, sizeof *holds);
    CHECK(l->points == points && l->n_chunks == n);
    CHECK(memcmp(l->begin, begin, (n + 1) * sizeof *begin) == 0);
    CHECK(l->group_begin[0] == 0);
    for (int32_t g = 0; g < groups->n; g++) {
        const sfm_group *gr = &groups->group[g];
        size_t at = l->group_begin[g];
        for (size_t i = points->begin[gr->first]; i < points->begin[gr->first + gr->count];
             i++)
            holds[find_chunk(n, begin, points->index[i])] = 1;
        for (size_t c = 0; c < n; c++) {
            if (!holds[c]) continue;
            CHECKF(at < l->group_begin[g + 1] && l->chunk[at] == (int32_t)c,
                   "group %d of %zu chunks: chunk %zu is missing", g, n, c);
            at++;
            holds[c] = 0;
        }
        CHECKF(at == l->group_begin[g + 1], "group %d of %zu chunks: %zu too many", g, n,
               l->group_begin[g + 1] - at);
    }
    free(holds);
}

SFM_CASE(chunk_of_a_row)
{
    const size_t numbers[] = {1, 2, 3, 10, 257}, n_rows = 300;
    for (int k = 0; k < 5; k++)
        for (uint64_t seed = 1; seed < 20; seed++) {
            size_t begin[258];
            cut_chunks(numbers[k], n_rows, seed % 3 * numbers[k] / 3, seed, begin);
            for (size_t row = 0; row < n_rows; row++) {
                size_t c = sfm_chunk_of(numbers[k], begin, row);
                size_t expected = find_chunk(numbers[k], begin, row);
                CHECKF(c == expected, "row %zu of %zu chunks: %zu, not %zu", row,
                       numbers[k], c, expected);
            }
        }
}

/* Layouts of sources and targets of one plan, asked for again in another order. */
static void check_layouts(const sfm_test_schedule *s)
{
    const size_t numbers[] = {1, 2, 7, 100, SFM_MAX_CHUNKS};
    const sfm_groups *groups = &s->schedule.groups;
    const sfm_points *sets[2] = {&s->geometry.tree.src, &s->geometry.tree.trg};
    const sfm_layout *made[20];
    sfm_layout *first = NULL;
    size_t *begin[20], n_made = 0;
    for (int set = 0; set < 2; set++)
        for (int k = 0; k < 5; k++)
            for (int empty = 0; empty < 2; empty++) {
                size_t n = numbers[k], i = n_made++;
                begin[i] = malloc((n + 1) * sizeof **begin);
                cut_chunks(n, sets[set]->n, empty ? n / 2 : 0, i + 1, begin[i]);
                CHECK_OK(
                    sfm_layout_get(&first, groups, sets[set], 0, n, begin[i], &made[i]));
                check_layout(made[i], groups, sets[set], n, begin[i]);
            }
    for (size_t k = 0; k < n_made; k++) {
        size_t i = k * 7 % n_made, set = i / 10;
        const sfm_layout *again;
        size_t *copy = malloc((made[i]->n_chunks + 1) * sizeof *copy);
        memcpy(copy, begin[i], (made[i]->n_chunks + 1) * sizeof *copy);
        CHECK_OK(
            sfm_layout_get(&first, groups, sets[set], 0, made[i]->n_chunks, copy, &again));
        /* With one chunk the two ways to cut are one. */
        CHECKF(again == made[i] || made[i]->n_chunks == 1, "layout %zu is made twice", i);
        check_layout(again, groups, sets[set], made[i]->n_chunks, begin[i]);
        free(copy);
    }
    size_t n_kept = 0;
    for (const sfm_layout *l = first; l; l = l->next) n_kept++;
    CHECKF(n_kept == n_made - 2, "%zu layouts of %zu", n_kept, n_made - 2);
    sfm_layouts_free(&first);
    CHECK(first == NULL);
    for (size_t i = 0; i < n_made; i++) free(begin[i]);
}

SFM_CASE(chunks_of_groups)
{
    const int32_t sizes[] = {1, 16, 1 << 30};
    for (int k = 0; k < 3; k++) {
        const sfm_test_spec spec = {"plummer",     "cube", N_POINTS, N_POINTS / 2, 20,
                                    SFM_MAX_DEPTH, 1,      10,       sizes[k],     0};
        sfm_test_schedule s;
        if (!sfm_test_schedule_make(&s, &spec)) return;
        check_layouts(&s);
        sfm_test_schedule_free(&s);
    }
}

/* A chunk a row, and fewer rows than chunks. */
SFM_CASE(a_chunk_a_row)
{
    const size_t rows[] = {1, 2, 500, SFM_MAX_CHUNKS};
    for (int k = 0; k < 4; k++)
        for (size_t beyond = 0; beyond <= 3 && rows[k] + beyond <= SFM_MAX_CHUNKS;
             beyond++) {
            const sfm_test_spec spec = {"cube",        "", rows[k], 0, 10,
                                        SFM_MAX_DEPTH, 1,  10,      4, 0};
            size_t n = rows[k] + beyond, *begin = malloc((n + 1) * sizeof *begin);
            sfm_test_schedule s;
            sfm_layout *first = NULL;
            const sfm_layout *layout;
            if (!sfm_test_schedule_make(&s, &spec)) return;
            for (size_t i = 0; i <= n; i++) begin[i] = i < rows[k] ? i : rows[k];
            CHECK_OK(sfm_layout_get(&first, &s.schedule.groups, &s.geometry.tree.src, 0, n,
                                    begin, &layout));
            check_layout(layout, &s.schedule.groups, &s.geometry.tree.src, n, begin);
            CHECKF(layout->group_begin[s.schedule.groups.n] == rows[k], "%zu of %zu rows",
                   layout->group_begin[s.schedule.groups.n], rows[k]);
            sfm_layouts_free(&first);
            sfm_test_schedule_free(&s);
            free(begin);
        }
}

SFM_CASE(memory_failures)
{
    const sfm_test_spec spec = {"cube", "", 300, 0, 10, SFM_MAX_DEPTH, 1, 10, 4, 0};
    const size_t begin[4] = {0, 100, 100, 300};
    sfm_test_schedule s;
    if (!sfm_test_schedule_make(&s, &spec)) return;
    sfm_layout *first = NULL;
    starfmm_status status = STARFMM_ENOMEM;
    long n = 0;
    while (status == STARFMM_ENOMEM && n < 100) {
        const sfm_layout *layout;
        sfm_alloc_fail_after(++n);
        status = sfm_layout_get(&first, &s.schedule.groups, &s.geometry.tree.src, 0, 3,
                                begin, &layout);
        sfm_alloc_fail_after(0);
        CHECK((first != NULL) == (status == STARFMM_OK));
    }
    CHECK(status == STARFMM_OK);
    CHECKF(n - 1 == 5, "%ld allocations", n - 1);
    sfm_layouts_free(&first);
    sfm_test_schedule_free(&s);
}

SFM_MAIN()
