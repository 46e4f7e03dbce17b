/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/test.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#define MAX_CASES 128

static struct {
    const char *name;
    void (*run)(void);
} cases[MAX_CASES];
static int n_cases;
static int n_failed;

void sfm_test_register(const char *name, void (*run)(void))
{
    if (n_cases == MAX_CASES) abort();
    cases[n_cases].name = name;
    cases[n_cases++].run = run;
}

void sfm_test_failed(const char *file, int line, const char *format, ...)
{
    va_list args;
    fprintf(stderr, "%s:%d: check failed: ", file, line);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    n_failed++;
}

void sfm_test_equal(const char *file, int line, const char *text, intmax_t found,
                    intmax_t expected)
{
    if (found != expected)
        sfm_test_failed(file, line, "%s: %jd, expected %jd", text, found, expected);
}

void sfm_test_below(const char *file, int line, const char *text, double value,
                    double limit)
{
    if (!(value < limit))
        sfm_test_failed(file, line, "%s: %.17g, limit %.17g", text, value, limit);
}

void sfm_test_close(const char *file, int line, const char *text, double found,
                    double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance))
        sfm_test_failed(file, line, "%s: %.17g, expected %.17g, apart %.3g of at most %.3g",
                        text, found, expected, fabs(found - expected), tolerance);
}

_Noreturn void sfm_test_skip(const char *reason)
{
    fprintf(stderr, "skipped: %s\n", reason);
    exit(n_failed ? 1 : 77);
}

int sfm_test_main(int argc, char **argv)
{
    int ran = 0;
    for (int i = 0; i < n_cases; i++) {
        if (argc > 1 && strcmp(argv[1], cases[i].name) != 0) continue;
        int before = n_failed;
        cases[i].run();
        ran++;
        fprintf(stderr, "%-40s %s\n", cases[i].name, n_failed == before ? "ok" : "FAILED");
    }
    if (ran == 0) {
        fprintf(stderr, "no case named '%s'\n", argc > 1 ? argv[1] : "");
        return 1;
    }
    return n_failed != 0;
}
