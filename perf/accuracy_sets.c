/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Errors of whole evaluations on many sets, against direct sums: what the ordinary columns of
 * src/policy/accuracy_tables.h and the accuracy table of the README are made of
 * (perf/accuracy_tables.py).
 *
 *     accuracy_sets [-f] [-k KAPPA] [-s SEEDS] [-n N]... { -p FIRST:LAST | -d DIGITS }...
 *
 * One CSV row, as `header` says, per set, number of points, charges and order or digits.  -f:
 * single precision.  KAPPA is that of Yukawa in units of the set's half extent (0: Laplace).
 * -p gives orders, whose check orders are automatic; -d digits: then potentials and gradients
 * are those of two plans, without gradients and with them.  An error is the relative L2 one
 * over ROWS targets, the largest of SEEDS problems (points and charges; default 2).
 */
#include <math.h>
#include <unistd.h>

#include "bench.h"
#include "starfmm.h"
#include "tests/support/errors.h"
#include "tests/support/points.h"

#define ROWS 300
#define MAX_ASKED 64

static const char header[] =
    "kappa,precision,set,n,charges,digits,order,check_order,potential,gradient\n";

/* Ordinary sets of N points, and small ones that are hard: unit charges, a point a leaf. */
static const struct {
    const char *kind;
    size_t n; /* 0: any */
    double half_extent;
} sets[] = {{"cube", 0, 0.5},     {"sphere", 0, 1},    {"ellipsoid", 0, 4},
            {"helix", 0, 1},      {"plummer", 0, 0.5}, {"lattice", 0, 0.5},
            {"clusters", 0, 0.5}, {"corners", 64, 1},  {"rod", 21, 0.5},
            {"outlier", 10, 0.5}};

typedef struct asked {
    int digits, order;
} asked;

typedef struct settings {
    starfmm_precision precision;
    double kappa;
    int seeds, n_asked;
    asked asked[MAX_ASKED];
} settings;

/* Errors of potentials and gradients, and the orders that were used. */
static void evaluate_asked(const sfm_test_problem *p, const settings *s, const asked *a,
                           double error[2])
{
    starfmm_options o = p->options;
    double gradient, potential;
    o.precision = s->precision;
    o.digits = a->digits;
    o.order = a->order;
    potential = sfm_test_error(p, &o, &gradient);
    if (a->digits) {
        o.gradient = STARFMM_OFF;
        potential = sfm_test_error(p, &o, NULL);
    }
    error[0] = fmax(error[0], potential);
    error[1] = fmax(error[1], gradient);
}

static int check_order_of(const starfmm_options *options, const settings *s, const asked *a,
                          int *order)
{
    starfmm_options o = *options;
    starfmm_info i = {.size = sizeof i};
    starfmm_plan *plan;
    o.precision = s->precision;
    o.digits = a->digits;
    o.order = a->order;
    if (starfmm_plan_create(&plan, &o, 0, NULL, 0, NULL) != STARFMM_OK) return 0;
    starfmm_plan_get_info(plan, &i);
    starfmm_plan_destroy(plan);
    *order = i.order;
    return i.check_order;
}

/* `lo` 1: unit charges. */
static void measure_set(const settings *s, int set, size_t n, double lo)
{
    double error[MAX_ASKED][2] = {{0}};
    starfmm_options o;
    starfmm_options_init(&o);
    o.kernel = s->kappa > 0 ? STARFMM_YUKAWA : STARFMM_LAPLACE;
    o.params[0] = s->kappa / sets[set].half_extent;
    o.gradient = STARFMM_ON;
    if (sets[set].n) o.n_crit = 1;
    for (int seed = 0; seed < s->seeds; seed++) {
        sfm_test_problem p;
        sfm_test_problem_make(&p, &o, sets[set].kind, n, 0, 1, lo, ROWS,
                              (uint64_t)(1000 * seed + 17));
        for (int a = 0; a < s->n_asked; a++) evaluate_asked(&p, s, &s->asked[a], error[a]);
        sfm_test_problem_free(&p);
    }
    for (int a = 0; a < s->n_asked; a++) {
        int order = 0, check_order = check_order_of(&o, s, &s->asked[a], &order);
        printf("%g,f%d,%s,%zu,%s,%d,%d,%d,%.2e,%.2e\n", s->kappa,
               s->precision == STARFMM_DOUBLE ? 64 : 32, sets[set].kind, n,
               lo == 1   ? "unit"
               : lo == 0 ? "positive"
                         : "signed",
               s->asked[a].digits, order, check_order, error[a][0], error[a][1]);
    }
    fflush(stdout);
}

static void add_orders(settings *s, const char *range)
{
    int first = 0, last = 0;
    if (sscanf(range, "%d:%d", &first, &last) < 2) last = first;
    for (; first <= last && s->n_asked < MAX_ASKED; first++)
        s->asked[s->n_asked++] = (asked){0, first};
}

int main(int argc, char **argv)
{
    settings s = {.seeds = 2};
    size_t n[8];
    int n_sizes = 0, option;
    while ((option = getopt(argc, argv, "fk:s:n:p:d:")) != -1) switch (option) {
        case 'f':
            s.precision = STARFMM_FLOAT;
            break;
        case 'k':
            s.kappa = atof(optarg);
            break;
        case 's':
            s.seeds = atoi(optarg);
            break;
        case 'n':
            if (n_sizes < 8) n[n_sizes++] = (size_t)atof(optarg);
            break;
        case 'p':
            add_orders(&s, optarg);
            break;
        case 'd':
            if (s.n_asked < MAX_ASKED) s.asked[s.n_asked++] = (asked){atoi(optarg), 0};
            break;
        default:
            return 2;
        }
    if (starfmm_runtime_start(0) != STARFMM_OK) {
        fprintf(stderr, "%s\n", starfmm_last_error());
        return 1;
    }
    fputs(header, stdout);
    for (int set = 0; set < (int)(sizeof sets / sizeof *sets); set++) {
        if (sets[set].n) {
            measure_set(&s, set, sets[set].n, 1);
            measure_set(&s, set, sets[set].n, 0);
            continue;
        }
        for (int k = 0; k < n_sizes; k++)
            for (int lo = -1; lo <= 0; lo++) measure_set(&s, set, n[k], lo);
    }
    starfmm_runtime_stop();
    return 0;
}
