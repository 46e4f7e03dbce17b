/* SPDX-License-Identifier: BSD-3-Clause */
/* Bad arguments through the public functions: a status, a message that holds the value, and
 * outputs that say "nothing". */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "starfmm.h"
#include "tests/support/test.h"

static const double two_points[6] = {0, 0, 0, 1, 2, 3};
static const double two_charges[2] = {1, -1};

/* The message of the call that just failed holds a text. */
static void check_message(const char *text)
{
    CHECKF(strstr(starfmm_last_error(), text) != NULL, "'%s' has no '%s'",
           starfmm_last_error(), text);
}

/* Creation with these options fails, the plan is NULL and the message holds the text. */
static void refuse_options(const starfmm_options *o, starfmm_status expected,
                           const char *text)
{
    starfmm_plan *plan = (starfmm_plan *)&plan;
    CHECK_STATUS(expected, starfmm_plan_create(&plan, o, 2, two_points, 0, NULL));
    CHECK(plan == NULL);
    check_message(text);
}

static starfmm_options fresh(void)
{
    starfmm_options o;
    memset(&o, 0xff, sizeof o);
    CHECK_OK(starfmm_options_init(&o));
    return o;
}

SFM_CASE(option_ranges)
{
    static const struct {
        const char *name;
        size_t at;
        int max;
    } field[] = {
        {"order", offsetof(starfmm_options, order), 20},
        {"n_crit", offsetof(starfmm_options, n_crit), 1000000},
        {"group_size", offsetof(starfmm_options, group_size), 1 << 30},
        {"max_depth", offsetof(starfmm_options, max_depth), 21},
        {"balance", offsetof(starfmm_options, balance), 2},
        {"gradient", offsetof(starfmm_options, gradient), 2},
        {"deterministic", offsetof(starfmm_options, deterministic), 2},
        {"m2l", offsetof(starfmm_options, m2l), 2},
    };
    for (size_t f = 0; f < sizeof field / sizeof *field; f++) {
        const int wrong[] = {-1, INT_MIN, field[f].max + 1, INT_MAX};
        for (int k = 0; k < 4; k++) {
            starfmm_options o = fresh();
            char value[32];
            memcpy((char *)&o + field[f].at, &wrong[k], sizeof(int));
            snprintf(value, sizeof value, "%s = %d", field[f].name, wrong[k]);
            refuse_options(&o, STARFMM_EINVAL, value);
        }
        starfmm_options o = fresh();
        starfmm_plan *plan;
        o.check_order = field[f].at == offsetof(starfmm_options, order) ? 20 : 0;
        memcpy((char *)&o + field[f].at, &field[f].max, sizeof(int));
        if (field[f].at == offsetof(starfmm_options, order)) o.kernel = STARFMM_COUNT;
        CHECK_OK(starfmm_plan_create(&plan, &o, 2, two_points, 0, NULL));
        CHECK_OK(starfmm_plan_destroy(plan));
    }
}

SFM_CASE(digits)
{
    static const struct {
        starfmm_precision precision;
        int digits;
        starfmm_status status;
        const char *text;
    } wrong[] = {
        {STARFMM_DOUBLE, -1, STARFMM_EINVAL, "digits = -1"},
        {STARFMM_DOUBLE, 13, STARFMM_EPRECISION, "digits = 13"},
        {STARFMM_DOUBLE, INT_MAX, STARFMM_EPRECISION, "2147483647"},
        {STARFMM_FLOAT, INT_MIN, STARFMM_EINVAL, "-2147483648"},
        {STARFMM_FLOAT, 6, STARFMM_EPRECISION, "STARFMM_DOUBLE"},
        {STARFMM_FLOAT, 12, STARFMM_EPRECISION, "at most 5"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        starfmm_options o = fresh();
        o.precision = wrong[i].precision;
        o.digits = wrong[i].digits;
        refuse_options(&o, wrong[i].status, wrong[i].text);
    }
    /* An order given makes the digits irrelevant, as the header says. */
    starfmm_options o = fresh();
    starfmm_plan *plan;
    o.order = 2;
    o.digits = 13;
    CHECK_OK(starfmm_plan_create(&plan, &o, 2, two_points, 0, NULL));
    CHECK_OK(starfmm_plan_destroy(plan));
}

SFM_CASE(check_order)
{
    starfmm_options o = fresh();
    o.order = 4;
    o.check_order = 3;
    refuse_options(&o, STARFMM_EINVAL, "check_order = 3");
    o.check_order = 23;
    refuse_options(&o, STARFMM_EINVAL, "check_order = 23");
    o.check_order = -1;
    refuse_options(&o, STARFMM_EINVAL, "check_order = -1");
}

SFM_CASE(enumerations)
{
    starfmm_options o = fresh();
    o.precision = (starfmm_precision)2;
    refuse_options(&o, STARFMM_EINVAL, "precision = 2");
    o.precision = (starfmm_precision)-1;
    refuse_options(&o, STARFMM_EINVAL, "precision = -1");
    o = fresh();
    o.kernel = (starfmm_kernel)63;
    refuse_options(&o, STARFMM_EINVAL, "kernel = 63");
    o.kernel = (starfmm_kernel)-7;
    refuse_options(&o, STARFMM_EINVAL, "kernel = -7");
}

SFM_CASE(kernel_parameters)
{
    const double wrong[] = {-1, NAN, INFINITY, -INFINITY, -1e-300};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        starfmm_options o = fresh();
        o.kernel = STARFMM_YUKAWA;
        o.params[0] = wrong[i];
        refuse_options(&o, STARFMM_EINVAL, "kappa");
        double p;
        CHECK_STATUS(STARFMM_EINVAL, starfmm_direct(&o, 2, two_points, 0, NULL, 1,
                                                    two_charges, 1, NULL, &p, NULL));
        check_message("kappa");
    }
}

SFM_CASE(struct_sizes)
{
    const size_t wrong[] = {0, 1, sizeof(starfmm_options) + 1, SIZE_MAX};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        starfmm_options o = fresh();
        o.size = wrong[i];
        refuse_options(&o, STARFMM_EINVAL, "starfmm_options_init");
    }
}

/* What is written into a struct of an older header ends where that ends. */
static void check_written(const char *what, const unsigned char *p, size_t size,
                          size_t room, const unsigned char *whole)
{
    size_t i = size;
    while (i < room && p[i] == 0xa5) i++;
    CHECKF(i == room, "%s of %zu bytes: byte %zu is written", what, size, i);
    CHECKF(memcmp(p + sizeof size, whole + sizeof size, size - sizeof size) == 0,
           "%s of %zu bytes differs from that of %zu", what, size, room);
    CHECKF(memcmp(p, &size, sizeof size) == 0, "%s of %zu bytes: its size", what, size);
}

static void check_info_sizes(const starfmm_plan *plan)
{
    starfmm_info whole = {.size = sizeof whole}, info;
    const size_t wrong[] = {0, 1, sizeof(size_t), sizeof info + 1, SIZE_MAX};
    CHECK_OK(starfmm_plan_get_info(plan, &whole));
    CHECK(whole.n_sources == 2 && whole.isa[0] != '\0');
    for (size_t size = offsetof(starfmm_info, precision); size <= sizeof info; size++) {
        memset(&info, 0xa5, sizeof info);
        info.size = size;
        CHECK_OK(starfmm_plan_get_info(plan, &info));
        check_written("info", (unsigned char *)&info, size, sizeof info,
                      (unsigned char *)&whole);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        info.size = wrong[i];
        CHECK_STATUS(STARFMM_EINVAL, starfmm_plan_get_info(plan, &info));
        check_message("starfmm_info.size");
    }
}

static void check_profile_sizes(const starfmm_plan *plan)
{
    starfmm_profile whole = {.size = sizeof whole}, profile;
    const size_t wrong[] = {0, 1, sizeof(size_t), sizeof profile + 1, SIZE_MAX};
    CHECK_OK(starfmm_plan_get_profile(plan, &whole));
    CHECK(whole.wall_seconds > 0 && whole.tasks[STARFMM_OP_SCATTER] > 0);
    for (size_t size = offsetof(starfmm_profile, submit_seconds); size <= sizeof profile;
         size++) {
        memset(&profile, 0xa5, sizeof profile);
        profile.size = size;
        CHECK_OK(starfmm_plan_get_profile(plan, &profile));
        check_written("profile", (unsigned char *)&profile, size, sizeof profile,
                      (unsigned char *)&whole);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        profile.size = wrong[i];
        CHECK_STATUS(STARFMM_EINVAL, starfmm_plan_get_profile(plan, &profile));
        check_message("starfmm_profile.size");
    }
}

SFM_CASE(sizes_of_what_is_filled)
{
    starfmm_plan *plan;
    starfmm_options o = fresh();
    double p[2];
    o.order = 2;
    CHECK_OK(starfmm_runtime_start(2));
    CHECK_OK(starfmm_plan_create(&plan, &o, 2, two_points, 0, NULL));
    starfmm_profile profile = {.size = sizeof profile};
    CHECK_STATUS(STARFMM_EINVAL, starfmm_plan_get_profile(plan, &profile));
    check_message("no evaluation");
    CHECK_OK(starfmm_evaluate(plan, 1, two_charges, p, NULL));
    check_info_sizes(plan);
    check_profile_sizes(plan);
    CHECK_OK(starfmm_plan_destroy(plan));
    starfmm_runtime_stop();
}

SFM_CASE(null_pointers)
{
    starfmm_plan *plan = NULL;
    starfmm_info info = {.size = sizeof info};
    starfmm_profile profile = {.size = sizeof profile};
    double p[2];
    CHECK_STATUS(STARFMM_EINVAL, starfmm_options_init(NULL));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_plan_create(NULL, NULL, 2, two_points, 0, NULL));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_plan_create(&plan, NULL, 2, NULL, 0, NULL));
    check_message("2 sources");
    CHECK_STATUS(STARFMM_EINVAL, starfmm_plan_get_info(NULL, &info));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_plan_get_profile(NULL, &profile));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_plan_write(NULL, "x"));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_evaluate(NULL, 1, two_charges, p, NULL));
    CHECK_OK(starfmm_plan_destroy(NULL));
    starfmm_options o = fresh();
    o.order = 2;
    CHECK_OK(starfmm_plan_create(&plan, &o, 2, two_points, 0, NULL));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_plan_get_info(plan, NULL));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_plan_get_profile(plan, NULL));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_plan_write(plan, NULL));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_evaluate(plan, 1, NULL, p, NULL));
    check_message("charges");
    CHECK_STATUS(STARFMM_EINVAL, starfmm_evaluate(plan, 1, two_charges, NULL, NULL));
    check_message("potentials");
    CHECK_OK(starfmm_plan_destroy(plan));
}

SFM_CASE(absurd_sizes)
{
    starfmm_plan *plan;
    starfmm_options o = fresh();
    double p[2];
    CHECK_STATUS(STARFMM_EINVAL,
                 starfmm_plan_create(&plan, &o, SIZE_MAX, two_points, 0, NULL));
    check_message("18446744073709551615");
    CHECK_STATUS(STARFMM_EINVAL, starfmm_plan_create(&plan, &o, 2, two_points,
                                                     (size_t)1 << 32, two_points));
    check_message("4294967296");
    o.order = 2;
    CHECK_OK(starfmm_plan_create(&plan, &o, 2, two_points, 0, NULL));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_evaluate(plan, 0, two_charges, p, NULL));
    check_message("n_rhs = 0");
    CHECK_STATUS(STARFMM_EINVAL, starfmm_evaluate(plan, 1025, two_charges, p, NULL));
    check_message("n_rhs = 1025");
    CHECK_STATUS(STARFMM_EINVAL, starfmm_evaluate(plan, 1, two_charges, p, p));
    check_message("gradient");
    CHECK_OK(starfmm_plan_destroy(plan));
}

SFM_CASE(direct)
{
    double p[4];
    const size_t beyond[] = {1, 2};
    CHECK_STATUS(STARFMM_EINVAL,
                 starfmm_direct(NULL, 2, NULL, 0, NULL, 1, two_charges, 2, NULL, p, NULL));
    CHECK_STATUS(STARFMM_EINVAL,
                 starfmm_direct(NULL, 2, two_points, 0, NULL, 1, NULL, 2, NULL, p, NULL));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_direct(NULL, 2, two_points, 0, NULL, 1,
                                                two_charges, 2, NULL, NULL, NULL));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_direct(NULL, 2, two_points, 0, NULL, 0,
                                                two_charges, 2, NULL, p, NULL));
    check_message("n_rhs = 0");
    CHECK_STATUS(STARFMM_EINVAL, starfmm_direct(NULL, 2, two_points, 0, NULL, 1,
                                                two_charges, 2, beyond, p, NULL));
    check_message("row 2 of 2");
    CHECK_STATUS(STARFMM_EINVAL, starfmm_direct(NULL, 2, two_points, 0, NULL, 1,
                                                two_charges, 3, NULL, p, NULL));
    starfmm_options o = fresh();
    o.kernel = (starfmm_kernel)9;
    CHECK_STATUS(STARFMM_EINVAL, starfmm_direct(&o, 2, two_points, 0, NULL, 1, two_charges,
                                                2, NULL, p, NULL));
    o = fresh();
    o.precision = (starfmm_precision)9;
    CHECK_STATUS(STARFMM_EINVAL, starfmm_direct(&o, 2, two_points, 0, NULL, 1, two_charges,
                                                2, NULL, p, NULL));
    check_message("precision = 9");
    CHECK_OK(
        starfmm_direct(NULL, 2, two_points, 0, NULL, 1, two_charges, 2, NULL, p, NULL));
    double exact = -1 / (4 * acos(-1.0) * sqrt(14));
    CHECKF(fabs(p[0] / exact - 1) < 1e-15 && fabs(p[1] / exact + 1) < 1e-15, "%g %g", p[0],
           p[1]);
}

/* Everything that the direct sum is given is looked at before anything is summed. */
SFM_CASE(direct_looks_at_all)
{
    const double bad[] = {NAN, INFINITY, -INFINITY};
    const size_t huge[] = {1025, SIZE_MAX / 2, SIZE_MAX};
    const float single[2] = {1, INFINITY};
    starfmm_options o = fresh();
    double p[2], x[6], q[2];
    for (int i = 0; i < 3; i++) {
        CHECK_STATUS(STARFMM_EINVAL, starfmm_direct(NULL, 2, two_points, 0, NULL, huge[i],
                                                    two_charges, 2, NULL, p, NULL));
        check_message("n_rhs = ");
        memcpy(x, two_points, sizeof x);
        memcpy(q, two_charges, sizeof q);
        q[1] = bad[i];
        CHECK_STATUS(STARFMM_ENONFINITE,
                     starfmm_direct(NULL, 2, x, 0, NULL, 1, q, 2, NULL, p, NULL));
        check_message("charge row 1 of 2");
        x[4] = bad[i];
        CHECK_STATUS(STARFMM_ENONFINITE,
                     starfmm_direct(NULL, 2, x, 0, NULL, 1, two_charges, 2, NULL, p, NULL));
        check_message("source 1 has");
        CHECK_STATUS(STARFMM_ENONFINITE, starfmm_direct(NULL, 2, two_points, 2, x, 1,
                                                        two_charges, 1, NULL, p, NULL));
        check_message("target 1 has");
    }
    CHECK_STATUS(STARFMM_EINVAL, starfmm_direct(NULL, SIZE_MAX, two_points, 0, NULL, 1,
                                                two_charges, 2, NULL, p, NULL));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_direct(NULL, 2, two_points, SIZE_MAX, two_points,
                                                1, two_charges, 2, NULL, p, NULL));
    CHECK_STATUS(STARFMM_EINVAL, starfmm_direct(NULL, 2, two_points, 0, NULL, 1,
                                                two_charges, SIZE_MAX, NULL, p, NULL));
    o.precision = STARFMM_FLOAT;
    CHECK_STATUS(STARFMM_ENONFINITE,
                 starfmm_direct(&o, 2, two_points, 0, NULL, 1, single, 2, NULL, p, NULL));
    CHECK_OK(starfmm_direct(NULL, 0, NULL, 0, NULL, 1, NULL, 0, NULL, NULL, NULL));
    CHECK_OK(starfmm_direct(NULL, 0, NULL, 2, two_points, 1, NULL, 2, NULL, p, NULL));
    CHECK(p[0] == 0 && p[1] == 0);
}

/* The first coordinate that is not finite is named, with its values. */
SFM_CASE(coordinates_not_finite)
{
    const double bad[] = {NAN, INFINITY, -INFINITY};
    enum { n = 1000 };
    double *x = calloc(3 * n, sizeof *x);
    for (size_t i = 0; i < 3 * n; i++) x[i] = 0.001 * (double)(i * i % 997);
    for (int b = 0; b < 3; b++)
        for (size_t at = 0; at < 3 * n; at += 1499) {
            starfmm_plan *plan;
            double kept = x[at];
            char text[64];
            x[at] = bad[b];
            CHECK_STATUS(STARFMM_ENONFINITE,
                         starfmm_plan_create(&plan, NULL, n, x, 0, NULL));
            CHECK(plan == NULL);
            snprintf(text, sizeof text, "source %zu has", at / 3);
            check_message(text);
            check_message(b == 0 ? "nan" : b == 1 ? "inf" : "-inf");
            CHECK_STATUS(STARFMM_ENONFINITE,
                         starfmm_plan_create(&plan, NULL, 2, two_points, n, x));
            snprintf(text, sizeof text, "target %zu has", at / 3);
            check_message(text);
            x[at] = kept;
        }
    free(x);
}

static void evaluate_bad_charge(starfmm_plan *plan, int is_double, size_t n, size_t n_rhs,
                                size_t at, double bad)
{
    double *q = calloc(n * n_rhs, sizeof *q), *p = calloc(n * n_rhs, sizeof *p);
    for (size_t i = 0; i < n * n_rhs; i++)
        if (is_double)
            q[i] = 1;
        else
            ((float *)q)[i] = 1;
    if (is_double) {
        q[at] = bad;
        if (at + 1 < n * n_rhs)
            q[n * n_rhs - 1] = NAN; /* a later one is not the one named */
    } else
        ((float *)q)[at] = (float)bad;
    char text[64];
    CHECK_STATUS(STARFMM_ENONFINITE, starfmm_evaluate(plan, n_rhs, q, p, NULL));
    snprintf(text, sizeof text, "row %zu of %zu", at / n_rhs, n);
    check_message(text);
    CHECKF(strstr(starfmm_last_error(), isnan(bad) ? "nan" : "inf") ||
               strstr(starfmm_last_error(), "NaN"),
           "%s", starfmm_last_error());
    free(q);
    free(p);
}

/* The first bad charge is named, and the plan still gives what it gave before. */
SFM_CASE(charges_not_finite)
{
    enum { n = 700 };
    double x[3 * n], q[n], before[n], after[n];
    for (size_t i = 0; i < 3 * n; i++) x[i] = 0.001 * (double)(i * i % 997);
    for (size_t i = 0; i < n; i++) q[i] = 1;
    CHECK_OK(starfmm_runtime_start(2));
    for (int precision = 0; precision < 2; precision++) {
        starfmm_options o = fresh();
        starfmm_plan *plan;
        o.precision = (starfmm_precision)precision;
        o.order = 3;
        o.n_crit = 10;
        o.deterministic = STARFMM_ON;
        CHECK_OK(starfmm_plan_create(&plan, &o, n, x, 0, NULL));
        if (precision == STARFMM_FLOAT)
            for (size_t i = 0; i < n; i++) ((float *)q)[i] = 1;
        memset(before, 0, sizeof before);
        memset(after, 0, sizeof after);
        CHECK_OK(starfmm_evaluate(plan, 1, q, before, NULL));
        evaluate_bad_charge(plan, !precision, n, 1, 0, NAN);
        evaluate_bad_charge(plan, !precision, n, 1, n - 1, INFINITY);
        evaluate_bad_charge(plan, !precision, n, 1, 345, -INFINITY);
        evaluate_bad_charge(plan, !precision, n, 3, 1000, NAN);
        CHECK_OK(starfmm_evaluate(plan, 1, q, after, NULL));
        CHECK(memcmp(before, after, sizeof before) == 0);
        CHECK_OK(starfmm_plan_destroy(plan));
    }
    starfmm_runtime_stop();
}

SFM_CASE(names)
{
    for (int s = -2; s < 20; s++) {
        const char *text = starfmm_status_string((starfmm_status)s);
        CHECK(text != NULL && text[0] != '\0');
        CHECK((strcmp(text, "unknown status") == 0) == (s < 0 || s > STARFMM_EUNSUPPORTED));
    }
    CHECK(starfmm_operator_name((starfmm_operator)-1) == NULL);
    CHECK(starfmm_operator_name(STARFMM_N_OPERATORS) == NULL);
    for (int op = 0; op < STARFMM_N_OPERATORS; op++)
        CHECK(starfmm_operator_name((starfmm_operator)op) != NULL);
    CHECK(strcmp(starfmm_operator_name(STARFMM_OP_M2L), "M2L") == 0);
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", STARFMM_VERSION_MAJOR,
             STARFMM_VERSION_MINOR, STARFMM_VERSION_PATCH);
    CHECK(strcmp(starfmm_version(), version) == 0);
}

SFM_MAIN()
