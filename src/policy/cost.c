/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Seconds = kernel evaluations / pair rate + other flops / GEMM's rate.
 */
#include "policy/cost.h"

#include <math.h>

#include "operators/m2l/m2l_method.h"

/* Measured rates of one core in double: pairs a second of the potential by accuracy, and of
 * those that are summed for both of their points; flops a second of GEMM; how many times as
 * long as its flops say a pair takes with its gradient. */
static const double pair_rate[SFM_N_ACCURACY] = {5.0e9, 3.3e9, 2.5e9};
static const double mutual_rate[SFM_N_ACCURACY] = {8.5e9, 6.0e9, 4.7e9};
#define GEMM_RATE 4.0e10
#define LAPLACE_FLOPS 11.0
#define GRADIENT_COST 1.43

/* All rates by precision, relative to double: single has twice as many lanes. */
static const double speed[] = {[STARFMM_DOUBLE] = 1, [STARFMM_FLOAT] = 2};

/* Of kinds of sources and targets. */
static double pair_seconds(const sfm_settings *s, int source, int target)
{
    double seconds =
        1 / pair_rate[s->accuracy] * s->kernel->flops[source][target] / LAPLACE_FLOPS;
    if (target != 0) seconds *= GRADIENT_COST;
    return seconds / speed[s->precision];
}

static double gemm_seconds(const sfm_settings *s, double flops)
{
    return flops / (speed[s->precision] * GEMM_RATE);
}

/* Flops of the two factors of both pseudo-inverses. */
static double solve_flops(const sfm_settings *s)
{
    double equiv = (double)sfm_equiv_row(s), check = (double)sfm_check_row(s);
    return 2 * equiv * (equiv + (double)sfm_outer_check_row(s)) +
           2 * check * (check + (double)sfm_outer_equiv_row(s));
}

/* Of M2M and L2L of a node. */
static double translation_flops(const sfm_settings *s)
{
    double equiv = (double)sfm_equiv_row(s), check = (double)sfm_check_row(s);
    return 2 * equiv * equiv + 2 * check * check;
}

/* Of one direction of a pair in the near field. */
static double near_seconds(const sfm_settings *s, int one_set)
{
    double seconds = pair_seconds(s, s->source, s->target);
    if (one_set) seconds *= pair_rate[s->accuracy] / mutual_rate[s->accuracy];
    return seconds;
}

typedef struct node_costs {
    const sfm_fmm *fmm;
    double *weight;
} node_costs;

static void weigh_nodes(void *arg, size_t begin, size_t end)
{
    const node_costs *c = arg;
    const sfm_settings *s = c->fmm->settings;
    const double near = near_seconds(s, c->fmm->schedule->mutual);
    double pair[STARFMM_N_OPERATORS];
    for (int op = 0; op < STARFMM_N_OPERATORS; op++) {
        const sfm_operator *o = sfm_operator_table[op];
        pair[op] = pair_seconds(s, o->reads_sources ? s->source : s->equiv,
                                o->makes_results ? s->target : s->check);
    }
    pair[STARFMM_OP_P2P] = near;
    for (size_t i = begin; i < end; i++) {
        double seconds = 0;
        for (int op = 0; op < STARFMM_N_OPERATORS; op++) {
            if (!sfm_operator_table[op]->amount) continue;
            sfm_amount a = sfm_operator_table[op]->amount(c->fmm, (int32_t)i);
            seconds += a.pairs * pair[op] + gemm_seconds(s, a.flops);
        }
        c->weight[i] = seconds;
    }
}

void sfm_cost_nodes(const sfm_fmm *f, sfm_helpers *helpers, double *weight)
{
    node_costs c = {f, weight};
    sfm_parallel_for(helpers, (size_t)f->geometry->tree.n_nodes, SFM_GRAIN_NODES,
                     weigh_nodes, &c);
}

/*
 * A group's weight is spread over some seven tasks.  Groups of 8 ms keep StarPU's share
 * below 1 %.  Larger ones let M2L use its table and the halo of its sources for more nodes,
 * and P2P leave less to fetch: at 9 digits, groups of 88 nodes instead of 20 halved M2L and
 * took 15 % off the evaluation, of 130 another few.  So there are just enough groups for
 * every worker to have some to choose from until the end, and none so large that the last
 * ones leave others idle; but no more than one thread submits while they work: that takes
 * some 30 us a group.
 */
double sfm_cost_group_limit(double total, int n_workers)
{
    const double shortest = 8e-3, longest = 64e-3, per_worker = 18, least_per_worker = 5;
    const double shortest_unknown = 2e-3, longest_unknown = 8e-3, unknown = 100;
    const double submission = 30e-6;
    if (n_workers <= 0)
        return fmin(fmax(total / unknown, shortest_unknown), longest_unknown);
    double share = total / (n_workers > 2 ? n_workers : 2);
    double least = fmin(shortest, share / least_per_worker);
    least = fmax(least, n_workers * submission);
    return fmin(fmax(share / per_worker, least), longest);
}

/* Lists of a leaf, and its children, where points fill the volume evenly and where they lie
 * on a surface (mean lengths as measured on a sphere). */
typedef struct surroundings {
    double u, v, children;
} surroundings;
static const surroundings in_volume = {27, 189, 8}, on_surface = {10.7, 41, 4};

#define M2L_SHARE 0.75      /* of the rate of GEMM */
#define NODE_SECONDS 1.3e-6 /* that a node costs beside its arithmetic */
#define FEWEST_POINTS 16    /* that a leaf may hold */
#define MOST_POINTS 2000

int sfm_cost_n_crit(const sfm_settings *s, int one_set, int volume)
{
    const surroundings *around = volume ? &in_volume : &on_surface;
    double flops = around->v * sfm_m2l_pair_flops(s) / M2L_SHARE + solve_flops(s);
    double far = around->children * (gemm_seconds(s, flops) + NODE_SECONDS);
    double near = around->u * (1 - 1 / around->children) * near_seconds(s, one_set), n = 1;
    while (near * n * n < far && n < MOST_POINTS) n *= 1.02;
    return (int)fmax(n, FEWEST_POINTS);
}

/* Pairs of neighbours, each with itself too, of k cells in a row. */
static double neighbours(double k)
{
    return k < 2 ? k : 3 * k - 2;
}

/* Pairs of k cells in a row whose parents are neighbours. */
static double cousins(int k)
{
    int whole = k / 2; /* parents with both children */
    return 4 * neighbours(whole) + (k % 2 ? (whole ? 4 : 0) + 1 : 0);
}

static double cube(double x)
{
    return x * x * x;
}

/* One evaluation where the leaves are k x k x k cells: what depends on k. */
static double grid_seconds(const sfm_settings *s, int one_set, double n_pairs, int k)
{
    double node = NODE_SECONDS + gemm_seconds(s, translation_flops(s)), far = 0;
    double near = near_seconds(s, one_set) * n_pairs / cube(k) * cube(neighbours(k) / k);
    double leaves = cube(k) * gemm_seconds(s, solve_flops(s));
    for (int cells = k; cells > 2; cells = (cells + 1) / 2) {
        double v = cube(cousins(cells)) - cube(neighbours(cells));
        far += v * gemm_seconds(s, sfm_m2l_pair_flops(s) / M2L_SHARE) + cube(cells) * node;
    }
    return near + (far > 0 ? leaves + far : 0);
}

/* The mean and so many deviations of random points that hardly any leaf holds more. */
static double fullest(double n_points, int k)
{
    const double deviations = 5;
    double mean = n_points / cube(k);
    return ceil(mean + deviations * sqrt(mean));
}

/* Side of the root cube: 2^level cells, of which k have points. */
static double stretch(int k)
{
    int all = 1;
    while (all < k) all *= 2;
    return (double)all / k;
}

static sfm_grid best_grid(const sfm_settings *s, int one_set, double n_src, double n_trg,
                          int most)
{
    double least = INFINITY;
    int best = 1;
    for (int k = 1; k <= most && fullest(n_src, k) >= FEWEST_POINTS; k++) {
        double seconds = grid_seconds(s, one_set, n_src * n_trg, k);
        if (seconds < least) best = k;
        least = fmin(least, seconds);
    }
    return (sfm_grid){stretch(best), (int)fullest(fmax(n_src, n_trg), best)};
}

static sfm_grid fitting_grid(double n_points, int n_crit, int most)
{
    int k = 1;
    while (k < most && fullest(n_points, k) > n_crit) k++;
    return (sfm_grid){stretch(k), n_crit};
}

sfm_grid sfm_cost_grid(const sfm_settings *s, const sfm_point_sets *p, int n_crit,
                       int max_depth)
{
    const int most = 1 << (max_depth < 10 ? max_depth : 10);
    double n_src = (double)p->n_sources;
    double n_trg = p->targets ? (double)p->n_targets : n_src;
    if (n_crit) return fitting_grid(fmax(n_src, n_trg), n_crit, most);
    return best_grid(s, p->targets == NULL && s->mutual, n_src, n_trg, most);
}
