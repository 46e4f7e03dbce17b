/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * starfmm_info.h -- what a plan is, and what happened: the operators, the tree and settings of a
 * plan, times and tasks of its last evaluation.  A part of starfmm.h, which includes it.
 *
 * Threads and errors: as starfmm.h has them.
 */
#ifndef STARFMM_INFO_H
#define STARFMM_INFO_H

#include "starfmm.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The operators, in the order of every per-operator array. */
typedef enum starfmm_operator {
    STARFMM_OP_GATHER = 0, /* caller's charges -> Morton order */
    STARFMM_OP_P2M,
    STARFMM_OP_M2M,
    STARFMM_OP_M2F, /* multipole expansions -> the form that M2L reads (DFT) */
    STARFMM_OP_M2L,
    STARFMM_OP_P2L,
    STARFMM_OP_L2L, /* check potential of the parent -> of the children */
    STARFMM_OP_L2P, /* with the check-to-equivalent solve */
    STARFMM_OP_M2P,
    STARFMM_OP_P2P,
    STARFMM_OP_SCATTER, /* potentials -> the caller's order */
    STARFMM_N_OPERATORS
} starfmm_operator;

/* Name of an operator as in traces, without prefix: "P2M".  NULL when out of range. */
STARFMM_API const char *starfmm_operator_name(starfmm_operator op);

typedef struct starfmm_list_stats {
    double mean_all;    /* mean length over all nodes */
    double mean_leaves; /* mean length over the leaves */
    int max;            /* longest list */
} starfmm_list_stats;

/* What automatic became, and the tree that was built.  Times in seconds, memory in bytes. */
typedef struct starfmm_info {
    size_t size; /* sizeof(starfmm_info), set by the caller; a smaller size, of an older
                    header, is filled as far as it goes */
    size_t n_sources, n_targets;
    starfmm_precision precision;
    starfmm_kernel kernel;
    int digits;      /* whole digits of the tolerance, or 0 when order was given */
    int order;       /* of the upward equivalent and downward check surfaces */
    int check_order; /* of the upward check and downward equivalent surfaces */
    int n_crit, max_depth;
    int balanced, deterministic, gradient; /* 0 or 1 */
    starfmm_m2l m2l;
    int n_groups;
    int group_size; /* as asked for, or the largest number of nodes in a group */
    int depth;      /* deepest level in use */
    size_t n_nodes, n_leaves;
    double root_centre[3], root_half_side;
    starfmm_list_stats u, v, w, x; /* U counts the node itself */
    size_t n_tasks;                /* of one evaluation */
    size_t memory_bytes;           /* held by the plan now */
    char isa[16];                  /* instruction set of the vector kernels */
    double tree_seconds;           /* tree, lists and groups */
    double operators_seconds;      /* precomputed operators */
    double setup_seconds;          /* the whole of starfmm_plan_create */
    const char *sources, *targets; /* kinds, as options name them */
    /* Numbers of a point and vector in the arrays charges, potentials and gradients. */
    int charge_components, potential_components, gradient_components;
    double tolerance; /* in force, or 0 when order was given */
    starfmm_grade grade;
} starfmm_info;

STARFMM_API starfmm_status starfmm_plan_get_info(const starfmm_plan *plan,
                                                 starfmm_info *info);

/* Times of the last blocking evaluation that ended on this plan. */
typedef struct starfmm_profile {
    size_t size; /* sizeof(starfmm_profile), set by the caller; as of starfmm_info */
    int n_workers;
    double wall_seconds;   /* first submission to last task */
    double submit_seconds; /* spent in the submitting thread */
    double codelet_share;  /* worker time inside codelets / (wall_seconds x n_workers) */
    size_t tasks[STARFMM_N_OPERATORS];
    double seconds[STARFMM_N_OPERATORS]; /* summed over the workers */
    double flops[STARFMM_N_OPERATORS];   /* useful floating-point operations, a pair of the
                                            Laplace potential counted as 11 */
} starfmm_profile;

STARFMM_API starfmm_status starfmm_plan_get_profile(const starfmm_plan *plan,
                                                    starfmm_profile *profile);

/* One task of an evaluation, as it ran. */
typedef struct starfmm_task_record {
    starfmm_operator op;
    int level, group;  /* tree level and number of the group within it */
    int worker;        /* StarPU's number of the worker */
    double start, end; /* seconds since the first submission */
} starfmm_task_record;

/* The tasks of the last evaluation that ended on this plan, in no order: up to `capacity` of
 * them into records (NULL when 0); their number into *n_records.  EINVAL: none has ended. */
STARFMM_API starfmm_status starfmm_plan_get_timeline(const starfmm_plan *plan,
                                                     size_t capacity,
                                                     starfmm_task_record *records,
                                                     size_t *n_records);

/* Write tree, lists and groups to an HDF5 file, replaced as a whole (temporary name, then
 * rename).  Errors: EINVAL, EIO, ENOMEM. */
STARFMM_API starfmm_status starfmm_plan_write(const starfmm_plan *plan, const char *path);

#ifdef __cplusplus
}
#endif
#endif
