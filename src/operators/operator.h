/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The operators, a row each.  An operator's file holds its row and its numerics, table.c lists
 * the rows in the order of submission; submission, codelets, buffers, cost model, traces and
 * the serial runner of the tests read nothing else.
 *
 *   task     for groups     reads                        writes
 *   GATHER   with points    the caller's charges         S, T (sums cleared)
 *   P2M      with leaves    S                            M (leaves' rows)
 *   M2M      inner nodes    M of the child groups        M (inner nodes' rows)
 *   M2F      read by M2L    M                            F
 *   P2P      with points    S of the near groups         R, T
 *   M2L      with V         F of the groups around       D
 *   P2L      with X         S of the X lists' groups     D
 *   M2P      with W         M of the W lists' groups     T
 *   L2L      with parents   D of the parent groups       D
 *   L2P      with leaves    D                            T
 *   SCATTER  with targets   R of groups near by          T, the caller's results
 *   OTHER    of cells       D, M, S of groups            the caller's results
 *
 * Sums into M, D and T commute, but for the first into D, which clears it.
 */
#ifndef SFM_OPERATOR_H
#define SFM_OPERATOR_H

#include "base/arena.h"
#include "operators/buffer.h"

/* One operator beyond those of an evaluation: everything at other targets. */
#define SFM_OP_OTHER STARFMM_N_OPERATORS
#define SFM_N_ROWS (STARFMM_N_OPERATORS + 1)

typedef struct sfm_op_args {
    const sfm_fmm *fmm;
    int32_t group;
    size_t n_rhs;
    const void *const *in; /* buffers read, in the order of the row */
    void *out[2];          /* buffers written, in the order of the row; NULL: the group has
                              no such buffer */
    const sfm_rows *charges, *potentials, *gradients; /* the caller's; gradients NULL: not
                                                         wanted */
    unsigned flags; /* of starfmm_flag: order of their rows, are results added */
    size_t bad_row; /* out, of GATHER: smallest row with a charge that is not finite, or
                       SIZE_MAX */
    sfm_arena scratch;
} sfm_op_args;

/* How a task uses a buffer. */
typedef enum sfm_access {
    SFM_READ,
    SFM_OVERWRITE, /* what it held is of no interest */
    SFM_CHANGE,    /* in the order of submission */
    SFM_ADD /* may change places with others that add, unless sums must be repeatable */
} sfm_access;

/* Groups, in the order of a task's buffers: group[n], or if NULL first, first + 1, ... */
typedef struct sfm_group_list {
    int32_t n, first;
    const int32_t *group;
} sfm_group_list;

/* Those that a group reads by a reading list. */
static inline sfm_group_list sfm_groups_read(const sfm_reading *r, int32_t group)
{
    return (sfm_group_list){r->group[group].n_slots, 0, r->group[group].slot_group};
}

typedef struct sfm_use {
    sfm_access access;
    sfm_buffer_kind buffer;
    sfm_group_list (*of)(const sfm_fmm *fmm, int32_t group); /* NULL: the group's own, if it
                                                                has one */
} sfm_use;
#define SFM_MAX_USES 4

/* What an operator has to do for one target node and one vector. */
typedef struct sfm_amount {
    double pairs; /* evaluations of the kernel */
    double flops; /* beside them */
} sfm_amount;

/* The numerics in one precision. */
typedef struct sfm_operator_code {
    void (*run)(sfm_op_args *args);
    /* Bytes of scratch that run needs for a group; NULL: none. */
    size_t (*scratch)(const sfm_fmm *fmm, int32_t group, size_t n_rhs);
} sfm_operator_code;

typedef struct sfm_operator {
    const char *name;    /* "P2M" */
    const char *codelet; /* "starfmm_p2m" */
    uint32_t color;      /* 0xRRGGBB in traces: upward greens, M2L blues, downward violets,
                            direct warm, the caller's arrays grey */
    /* Priority in [0, 1]: base + slope * level / depth.  It follows the critical path: up the
     * tree, across at every level, down the tree; work that nothing waits for fills gaps. */
    double rank, rank_slope;
    int upward; /* submitted from the deepest level up */
    int n_uses;
    sfm_use use[SFM_MAX_USES]; /* reads before writes */
    int (*exists)(const sfm_fmm *fmm, int32_t group);
    sfm_amount (*amount)(const sfm_fmm *fmm, int32_t node); /* NULL: moves data only */
    int reads_sources; /* its pairs begin at sources, not at equivalent densities */
    int makes_results; /* they end at targets, not at check potentials */
    const sfm_operator_code *code[2]; /* by starfmm_precision */
} sfm_operator;

/* [SFM_N_ROWS], by starfmm_operator. */
extern const sfm_operator *const sfm_operator_table[];
/* The operators of an evaluation, [STARFMM_N_OPERATORS], as they are submitted. */
extern const starfmm_operator sfm_operator_order[];

static inline const sfm_operator_code *sfm_operator_code_of(const sfm_fmm *f, int op)
{
    return sfm_operator_table[op]->code[f->settings->precision];
}

/* Does the operator have a task for the group? */
static inline int sfm_operator_exists(const sfm_fmm *f, int op, int32_t group)
{
    return sfm_operator_table[op]->exists(f, group);
}

/* The group's buffers of a use that exist; n = 0: none. */
sfm_group_list sfm_use_groups(const sfm_use *use, const sfm_fmm *f, int32_t group);

/* Does an operator of an evaluation, which has a task for the group, add to a buffer that is to
 * be cleared (sfm_buffer_is_cleared) as the first of those that do? */
int sfm_operator_clears(const sfm_fmm *f, int op, int32_t group);

/* Useful floating-point operations for a group and one vector, from the amounts of its nodes;
 * 0 where points are only moved. */
double sfm_operator_flops(const sfm_fmm *f, int op, int32_t group);

/* Bytes of scratch of the hungriest task of an evaluation (of other targets, if the view has
 * some), pointers to buffers included. */
size_t sfm_operators_scratch(const sfm_fmm *f, size_t n_rhs);

#endif
