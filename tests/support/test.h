/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A test program is a file of SFM_CASE(name) { ... } blocks, each line beginning with
 * SFM_CASE so that CMake finds it, and SFM_MAIN() at the end.  `program case` runs one case,
 * `program` all of them.  A failed check prints its place and values, and the case goes on.
 */
#ifndef SFM_TEST_H
#define SFM_TEST_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

void sfm_test_register(const char *name, void (*run)(void));
int sfm_test_main(int argc, char **argv);
void sfm_test_failed(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void sfm_test_equal(const char *file, int line, const char *text, intmax_t found,
                    intmax_t expected);
void sfm_test_below(const char *file, int line, const char *text, double value,
                    double limit);
void sfm_test_close(const char *file, int line, const char *text, double found,
                    double expected, double tolerance);
/* End the running case as skipped, with the reason. */
_Noreturn void sfm_test_skip(const char *reason);

/* Whether a sanitizer, which makes all slower, is at work. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SFM_SANITIZED 1
#else
#define SFM_SANITIZED 0
#endif

#define SFM_CASE(name)                                                                     \
    static void case_##name(void);                                                         \
    __attribute__((constructor)) static void register_##name(void)                         \
    {                                                                                      \
        sfm_test_register(#name, case_##name);                                             \
    }                                                                                      \
    static void case_##name(void)

#define SFM_MAIN()                                                                         \
    int main(int argc, char **argv)                                                        \
    {                                                                                      \
        return sfm_test_main(argc, argv);                                                  \
    }

#define CHECK(condition)                                                                   \
    do {                                                                                   \
        if (!(condition)) sfm_test_failed(__FILE__, __LINE__, "%s", #condition);           \
    } while (0)
/* With values: CHECKF(err < 1e-3, "err = %g", err). */
#define CHECKF(condition, ...)                                                             \
    do {                                                                                   \
        if (!(condition)) {                                                                \
            sfm_test_failed(__FILE__, __LINE__, "%s", #condition);                         \
            fprintf(stderr, "    " __VA_ARGS__);                                           \
            fputc('\n', stderr);                                                           \
        }                                                                                  \
    } while (0)
/* Integers are the same, a number is below a limit, two numbers are within a tolerance of each
 * other (NaN never is): both values are printed. */
#define CHECK_EQ(found, expected)                                                          \
    sfm_test_equal(__FILE__, __LINE__, #found " == " #expected, (intmax_t)(found),         \
                   (intmax_t)(expected))
#define CHECK_BELOW(value, limit)                                                          \
    sfm_test_below(__FILE__, __LINE__, #value " < " #limit, value, limit)
#define CHECK_CLOSE(found, expected, tolerance)                                            \
    sfm_test_close(__FILE__, __LINE__, #found " = " #expected, found, expected, tolerance)
/* Stop the case when it fails: what follows would make no sense. */
#define REQUIRE(condition)                                                                 \
    do {                                                                                   \
        if (!(condition)) {                                                                \
            sfm_test_failed(__FILE__, __LINE__, "%s", #condition);                         \
            return;                                                                        \
        }                                                                                  \
    } while (0)
/* A library call must succeed / must fail with a status; the message is shown. */
#define CHECK_OK(call)                                                                     \
    do {                                                                                   \
        int check_ok_ = (int)(call);                                                       \
        if (check_ok_ != 0)                                                                \
            sfm_test_failed(__FILE__, __LINE__, "%s: status %d: %s", #call, check_ok_,     \
                            starfmm_last_error());                                         \
    } while (0)
#define CHECK_STATUS(expected, call)                                                       \
    do {                                                                                   \
        int check_st_ = (int)(call);                                                       \
        if (check_st_ != (int)(expected))                                                  \
            sfm_test_failed(__FILE__, __LINE__, "%s: status %d, expected %s (%s)", #call,  \
                            check_st_, #expected, starfmm_last_error());                   \
    } while (0)

#endif
