/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random problems against the contract of starfmm.h:
 *
 *     campaign [--seed S] [--count N] [--seconds T] [--slow T] [--problem "name=value ..."]
 *
 * Problems S, S + 1, ... are run until N are or T seconds are over (defaults 1, 100, none).
 * Problems that take longer than --slow seconds (10) are told.  Each violation is made as simple
 * as it stays one, and told with the line that runs it again.
 * Ends with how many were kept, refused, excluded and violated; exit code 1 with violations.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "starfmm.h"
#include "tests/campaign/problem.h"

static void tell(const char *title, const problem *p, const char *what)
{
    char text[1024];
    problem_print(p, text, sizeof text);
    printf("%s: %s\n    --problem \"%s\"\n", title, what, text);
    fflush(stdout);
}

static void shrink(problem p)
{
    char what[256], last[256] = "";
    problem simpler;
    for (int k = 0; problem_simplify(&p, k, &simpler); k++) {
        if (memcmp(&simpler, &p, sizeof p) == 0) continue;
        if (problem_run(&simpler, what) != VIOLATED) continue;
        p = simpler;
        memcpy(last, what, sizeof last);
        k = -1; /* again from the first way */
    }
    if (last[0]) tell("simplest", &p, last);
}

static int run_one(const char *text)
{
    static const char *const names[] = {"kept", "refused", "excluded", "violated"};
    problem p;
    char what[256];
    if (!problem_parse(&p, text)) return fprintf(stderr, "no problem: %s\n", text), 2;
    verdict v = problem_run(&p, what);
    printf("%s %s\n", names[v], what);
    return v == VIOLATED;
}

static int run_many(unsigned long seed, long count, double seconds, double slow)
{
    long n[4] = {0}, done = 0;
    const time_t start = time(NULL);
    for (; done < count && (seconds <= 0 || difftime(time(NULL), start) < seconds);
         done++) {
        char what[256];
        problem p = problem_draw(seed + (unsigned long)done);
        const time_t begin = time(NULL);
        verdict v = problem_run(&p, what);
        n[v]++;
        if (difftime(time(NULL), begin) > slow) tell("slow", &p, what);
        if (v == VIOLATED) {
            tell("violated", &p, what);
            shrink(p);
        }
        if (isatty(2))
            fprintf(stderr, "\r%ld of %ld, %ld violated ", done + 1, count, n[VIOLATED]);
    }
    if (isatty(2)) fputc('\n', stderr);
    printf("problems %lu ... %lu: %ld kept, %ld refused, %ld excluded, %ld violated\n",
           seed, seed + (unsigned long)done - 1, n[KEPT], n[REFUSED], n[EXCLUDED],
           n[VIOLATED]);
    /* A campaign that sees nothing is none. */
    return n[VIOLATED] > 0 || n[KEPT] < done / 4;
}

int main(int argc, char **argv)
{
    unsigned long seed = 1;
    long count = 100;
    double seconds = 0, slow = 10;
    const char *text = NULL;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--seed") == 0)
            seed = strtoul(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--count") == 0)
            count = strtol(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--seconds") == 0)
            seconds = strtod(argv[i + 1], NULL);
        else if (strcmp(argv[i], "--slow") == 0)
            slow = strtod(argv[i + 1], NULL);
        else if (strcmp(argv[i], "--problem") == 0)
            text = argv[i + 1];
        else
            return fprintf(stderr, "unknown option %s\n", argv[i]), 2;
    }
    if (starfmm_runtime_start(0) != STARFMM_OK)
        return fprintf(stderr, "%s\n", starfmm_last_error()), 2;
    int code = text ? run_one(text) : run_many(seed, count, seconds, slow);
    starfmm_runtime_stop();
    return code;
}
