/* SPDX-License-Identifier: BSD-3-Clause */
#include "policy/cost.h"

#include <math.h>

#include "schedule/interactions.h"

/* Measured rates of one core: pairs a second of the potential by accuracy, in double
 * (single precision has twice as many lanes), and of those that are summed for both of
 * their points; flops a second of GEMM and of the M2L core. */
static const double pair_rate[SFM_N_ACCURACY] = {5.0e9, 3.3e9, 2.5e9};
static const double mutual_rate[SFM_N_ACCURACY] = {8.5e9, 6.0e9, 4.7e9};
#define GEMM_RATE 4.0e10
#define LAPLACE_FLOPS 11.0
#define GRADIENT_COST 2.6

static double pair_seconds(const sfm_fmm *f)
{
    double seconds = 1 / pair_rate[f->accuracy] * f->kernel->flops[0][0] / LAPLACE_FLOPS;
    if (f->gradient) seconds *= GRADIENT_COST;
    return f->precision == STARFMM_FLOAT ? seconds / 2 : seconds;
}

static double gemm_seconds(const sfm_fmm *f, double flops)
{
    return flops / (f->precision == STARFMM_FLOAT ? 2 * GEMM_RATE : GEMM_RATE);
}

/* Flops of the two factors of a pseudo-inverse. */
static double solve_flops(const sfm_fmm *f)
{
    return 4.0 * f->n_e * (f->n_e + f->n_c) / 2;
}

/* Real operations of one V pair by the Fourier method. */
static double m2l_pair_flops(const sfm_fmm *f)
{
    double width = 2 * f->order - 1;
    return 8 * (width * width * width + 1) / 2;
}

/* Of one direction of a pair in the near field. */
static double near_seconds(const sfm_fmm *f, int one_set)
{
    double seconds = pair_seconds(f);
    if (one_set) seconds *= pair_rate[f->accuracy] / mutual_rate[f->accuracy];
    return seconds;
}

/* (target, source) pairs of points that a row of leaves sums directly. */
static double row_sources(const sfm_fmm *f, const sfm_csr *rows, int32_t node)
{
    double n = 0;
    for (size_t k = rows->begin[node]; k < rows->begin[node + 1]; k++)
        n += (double)f->tree.src.count[rows->item[k]];
    return n;
}

typedef struct node_pairs {
    double p2p, m2p, p2l, p2m, l2p; /* evaluations of the kernel */
} node_pairs;

static node_pairs count_pairs(const sfm_fmm *f, int32_t i)
{
    const sfm_tree *t = &f->tree;
    node_pairs p = {0};
    double targets = (double)t->trg.count[i];
    p.p2l = row_sources(f, &f->p2l.csr, i) * f->n_e;
    if (!sfm_tree_is_leaf(t, i)) return p;
    p.p2p = targets * row_sources(f, &f->near.csr, i);
    if (t->same_points) p.p2p += p.p2p - targets * targets; /* see schedule/reactions.h */
    p.m2p = targets * f->n_e * (double)(f->m2p.csr.begin[i + 1] - f->m2p.csr.begin[i]);
    if (sfm_key_level(t->key[i]) < SFM_TOP_LEVEL) return p;
    p.p2m = (double)t->src.count[i] * f->n_c;
    p.l2p = targets * f->n_c;
    return p;
}

/* Nodes worth a part of a shared loop. */
#define NODES_PER_PART 1024

typedef struct weighing {
    const sfm_fmm *f;
    const sfm_lists *lists;
    double *weight;
    int n_parts;
} weighing;

static void weigh_part(void *arg, int part)
{
    const weighing *w = arg;
    const sfm_fmm *f = w->f;
    size_t n = (size_t)f->tree.n_nodes;
    int32_t end = (int32_t)sfm_part_begin(n, w->n_parts, part + 1);
    for (int32_t i = (int32_t)sfm_part_begin(n, w->n_parts, part); i < end; i++) {
        node_pairs p = count_pairs(f, i);
        double flops = 0;
        if (sfm_key_level(f->tree.key[i]) >= SFM_TOP_LEVEL)
            flops = sfm_v_count(&f->tree, w->lists, i) * m2l_pair_flops(f) +
                    2 * solve_flops(f) + 4.0 * f->n_e * f->n_e;
        w->weight[i] = near_seconds(f, f->tree.same_points) * p.p2p +
                       pair_seconds(f) * (p.m2p + p.p2l + p.p2m + p.l2p) +
                       gemm_seconds(f, flops);
    }
}

void sfm_cost_nodes(const sfm_fmm *f, const sfm_lists *lists, sfm_team *team,
                    double *weight)
{
    weighing w = {f, lists, weight,
                  sfm_team_parts(team, (size_t)f->tree.n_nodes, NODES_PER_PART)};
    sfm_team_run(team, w.n_parts, weigh_part, &w);
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

int sfm_cost_n_crit(const sfm_fmm *f, int one_set, int volume)
{
    const surroundings *s = volume ? &in_volume : &on_surface;
    double flops = s->v * m2l_pair_flops(f) / M2L_SHARE + 2 * solve_flops(f);
    double far = s->children * (gemm_seconds(f, flops) + NODE_SECONDS);
    double near = s->u * (1 - 1 / s->children) * near_seconds(f, one_set), n = 1;
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
static double grid_seconds(const sfm_fmm *f, int one_set, double n_pairs, int k)
{
    double node = NODE_SECONDS + gemm_seconds(f, 4.0 * f->n_e * f->n_e), far = 0;
    double near = near_seconds(f, one_set) * n_pairs / cube(k) * cube(neighbours(k) / k);
    double leaves = cube(k) * gemm_seconds(f, 2 * solve_flops(f));
    for (int cells = k; cells > 2; cells = (cells + 1) / 2) {
        double v = cube(cousins(cells)) - cube(neighbours(cells));
        far += v * gemm_seconds(f, m2l_pair_flops(f) / M2L_SHARE) + cube(cells) * node;
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

static sfm_grid best_grid(const sfm_fmm *f, int one_set, double n_src, double n_trg,
                          int most)
{
    double least = INFINITY;
    int best = 1;
    for (int k = 1; k <= most && fullest(n_src, k) >= FEWEST_POINTS; k++) {
        double seconds = grid_seconds(f, one_set, n_src * n_trg, k);
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

sfm_grid sfm_cost_grid(const sfm_fmm *f, const sfm_point_sets *p, int n_crit, int max_depth)
{
    const int most = 1 << (max_depth < 10 ? max_depth : 10);
    double n_src = (double)p->n_sources;
    double n_trg = p->targets ? (double)p->n_targets : n_src;
    if (n_crit) return fitting_grid(fmax(n_src, n_trg), n_crit, most);
    return best_grid(f, p->targets == NULL, n_src, n_trg, most);
}

static void add_node_flops(const sfm_fmm *f, int32_t i, double *flops)
{
    const sfm_tree *t = &f->tree;
    node_pairs p = count_pairs(f, i);
    double potential = f->kernel->flops[0][0];
    double result = f->kernel->flops[0][f->gradient];
    flops[STARFMM_OP_P2P] += result * p.p2p;
    flops[STARFMM_OP_M2P] += result * p.m2p;
    flops[STARFMM_OP_P2L] += potential * p.p2l;
    if (sfm_key_level(t->key[i]) < SFM_TOP_LEVEL) return;
    double up = t->src.count[i] != 0, dn = t->trg.count[i] != 0;
    if (sfm_tree_is_leaf(t, i))
        flops[STARFMM_OP_P2M] += up * (potential * p.p2m + solve_flops(f));
    else
        flops[STARFMM_OP_M2M] += up * t->n_children[i] * 2.0 * f->n_e * f->n_e;
    if (sfm_key_level(t->key[i]) > SFM_TOP_LEVEL)
        flops[STARFMM_OP_L2L] += dn * 2.0 * f->n_e * f->n_e;
    if (sfm_tree_is_leaf(t, i))
        flops[STARFMM_OP_L2P] += result * p.l2p + dn * solve_flops(f);
}

static void add_group_flops(void *arg, int g)
{
    const sfm_fmm *f = arg;
    const sfm_group *gr = &f->groups.group[g];
    double *flops = f->flops[g];
    for (int op = 0; op < STARFMM_N_OPERATORS; op++) flops[op] = 0;
    for (int32_t i = gr->first; i < gr->first + gr->count; i++) add_node_flops(f, i, flops);
    flops[STARFMM_OP_M2L] = f->m2l[g].pairs * m2l_pair_flops(f);
    flops[STARFMM_OP_M2F] = 0;
}

void sfm_cost_flops(sfm_fmm *f, sfm_team *team)
{
    sfm_team_run(team, f->groups.n, add_group_flops, f);
}
