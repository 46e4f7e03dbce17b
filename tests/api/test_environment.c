/* SPDX-License-Identifier: BSD-3-Clause */
/* Our own variables, each in a fresh process, as a user would set them. */
#include <string.h>

#include "starfmm.h"
#include "tests/support/child.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

#define N 3000

/* What the child is to try; it inherits it. */
static starfmm_options options;
static const char *expected; /* words of the message */

/* The status of a plan's creation, its info in *info; messages lack what is expected: 99.
 */
static int create(starfmm_info *info)
{
    starfmm_plan *plan;
    double *x = sfm_test_points("cube", N, 1);
    starfmm_status status = starfmm_plan_create(&plan, &options, N, x, 0, NULL);
    info->size = sizeof *info;
    if (status == STARFMM_OK) status = starfmm_plan_get_info(plan, info);
    free(x);
    starfmm_plan_destroy(plan);
    if (status == STARFMM_OK) return 0;
    fprintf(stderr, "refused: %s\n", starfmm_last_error());
    return strstr(starfmm_last_error(), expected) ? (int)status : 99;
}

static int just_create(void)
{
    starfmm_info info;
    return create(&info);
}

static void refuses(const char *setting, const char *words)
{
    char message[160];
    snprintf(message, sizeof message, "%.60s: %s", setting, words);
    expected = message;
    int code = sfm_test_in_child(just_create, (const char *[]){setting, NULL});
    CHECKF(code == (int)STARFMM_EINVAL, "%s: code %d", setting, code);
}

SFM_CASE(wrong_values_are_refused)
{
    starfmm_options_init(&options);
    const char *const numbers[] = {"-3", "abc", "0", "1.5", "12x", "99999999999999999999",
                                   " "};
    char setting[64];
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        snprintf(setting, sizeof setting, "STARFMM_GROUP=%s", numbers[i]);
        refuses(setting, "must be an integer from 1 to 1073741824");
        snprintf(setting, sizeof setting, "STARFMM_N_CRIT=%s", numbers[i]);
        refuses(setting, "must be an integer from 1 to 1000000");
    }
    refuses("STARFMM_N_CRIT=1000001", "must be an integer from 1 to 1000000");
    refuses("STARFMM_M2L=nonsense", "must be auto, fourier or dense");
    refuses("STARFMM_M2L=FOURIER", "must be auto, fourier or dense");
    refuses("STARFMM_DETERMINISTIC=1", "must be auto, on or off");
    refuses("STARFMM_ISA=sse", "instruction set 'sse' is unknown");
    refuses("STARFMM_VERBOSE=3", "must be an integer from 0 to 2");
}

/* A child's answer is its exit code: which of these are so. */
static int choices_of_the_environment(void)
{
    starfmm_info i;
    int status = create(&i);
    if (status) return status;
    return 128 | (i.n_crit == 77) | (i.group_size == 9) << 1 |
           (i.m2l == STARFMM_M2L_DENSE) << 2 | i.deterministic << 3 |
           (strcmp(i.isa, "portable") == 0) << 4;
}

static void check_choices(int bits, const char *const *settings)
{
    expected = "";
    int code = sfm_test_in_child(choices_of_the_environment, settings);
    CHECKF(code == (128 | bits), "%s: %d, not %d", settings[0], code, 128 | bits);
}

SFM_CASE(values_are_taken)
{
    starfmm_options_init(&options);
    check_choices(0, (const char *[]){"STARFMM_GROUP", NULL});
    check_choices(1, (const char *[]){"STARFMM_N_CRIT=77", NULL});
    check_choices(2, (const char *[]){"STARFMM_GROUP=9", NULL});
    check_choices(4, (const char *[]){"STARFMM_M2L=dense", NULL});
    check_choices(8, (const char *[]){"STARFMM_DETERMINISTIC=on", NULL});
    check_choices(16, (const char *[]){"STARFMM_ISA=portable", NULL});
    check_choices(
        0, (const char *[]){"STARFMM_M2L=fourier", "STARFMM_DETERMINISTIC=off", NULL});
    check_choices(0, (const char *[]){"STARFMM_N_CRIT=", "STARFMM_GROUP=", "STARFMM_M2L=",
                                      "STARFMM_ISA=", "STARFMM_VERBOSE=", NULL});
}

SFM_CASE(options_win)
{
    starfmm_options_init(&options);
    options.n_crit = 60;
    options.group_size = 16;
    options.m2l = STARFMM_M2L_FOURIER;
    options.deterministic = STARFMM_OFF;
    check_choices(0,
                  (const char *[]){"STARFMM_N_CRIT=77", "STARFMM_GROUP=9",
                                   "STARFMM_M2L=dense", "STARFMM_DETERMINISTIC=on", NULL});
}

/* What a plan was made with stays with it. */
static int moves(void)
{
    starfmm_plan *plan;
    starfmm_info i = {.size = sizeof i};
    double *x = sfm_test_points("cube", N, 1);
    starfmm_status status = starfmm_plan_create(&plan, NULL, N, x, 0, NULL);
    unsetenv("STARFMM_N_CRIT");
    const char *const later[] = {"GROUP", "M2L",     "DETERMINISTIC",
                                 "ISA",   "VERBOSE", "PROFILE"};
    for (size_t k = 0; k < sizeof later / sizeof *later; k++) {
        char name[64];
        snprintf(name, sizeof name, "STARFMM_%s", later[k]);
        setenv(name, "/no/such/value", 1);
    }
    if (status == STARFMM_OK) status = starfmm_plan_move(plan, N / 2, x, 0, NULL);
    if (status == STARFMM_OK) status = starfmm_plan_get_info(plan, &i);
    starfmm_plan_destroy(plan);
    free(x);
    return status == STARFMM_OK && i.n_crit == 77 ? 0 : 1;
}

SFM_CASE(read_once_for_a_plan)
{
    CHECK(sfm_test_in_child(moves, (const char *[]){"STARFMM_N_CRIT=77", NULL}) == 0);
}

SFM_MAIN()
