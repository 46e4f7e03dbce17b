/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Errors of orders, measured by perf/accuracy_sets and perf/accuracy_pairs and put together by
 * hand (perf/accuracy_tables.py is to write them).  [0]: ordinary, relative L2 errors, the largest
 * of many sets, numbers of points and signs of charges.  [1]: strict, the largest relative error
 * between points of two boxes of a V list.  Potential, gradient; 1: not measured.  By kernel
 * (Laplace; Yukawa, also for other kernels with a length) and precision.  Not measured but derived
 * are Yukawa's ordinary rows in double precision, twice Laplace's, and its strict ones, ten times.
 */
#ifndef SFM_ACCURACY_TABLES_H
#define SFM_ACCURACY_TABLES_H

typedef struct accuracy_row {
    int order, check_order;
    double error[2][2];
} accuracy_row;

typedef struct accuracy_table {
    const accuracy_row *row;
    int n;
} accuracy_table;

static const accuracy_row laplace_f64[] = {
    {2, 2, {{2.9e-02, 3.5e-01}, {2.8e-01, 8.0e-01}}},
    {3, 3, {{1.2e-03, 2.3e-02}, {3.6e-02, 2.8e-01}}},
    {4, 4, {{8.1e-05, 7.0e-04}, {5.9e-03, 5.9e-02}}},
    {5, 5, {{1.0e-05, 2.6e-04}, {5.7e-04, 1.9e-02}}},
    {6, 6, {{7.5e-07, 1.1e-05}, {8.2e-05, 4.7e-03}}},
    {7, 7, {{1.1e-07, 1.1e-06}, {1.3e-05, 7.6e-04}}},
    {8, 8, {{1.0e-08, 7.1e-08}, {1.2e-06, 7.3e-05}}},
    {9, 9, {{1.7e-09, 2.2e-08}, {1.7e-07, 1.4e-05}}},
    {10, 10, {{2.3e-10, 1.0e-09}, {2.9e-08, 3.5e-06}}},
    {11, 11, {{3.1e-11, 1.6e-10}, {3.0e-09, 3.7e-07}}},
    {12, 12, {{5.9e-12, 4.2e-11}, {6.9e-10, 5.8e-08}}},
    {13, 13, {{6.5e-13, 4.2e-12}, {1.0e-10, 1.2e-08}}},
    {14, 14, {{2.5e-13, 1.8e-11}, {2.1e-11, 2.3e-09}}},
    {15, 15, {{3.2e-14, 9.9e-13}, {5.8e-12, 3.9e-10}}},
    {16, 16, {{1.2e-14, 8.1e-13}, {1.2e-12, 1.6e-10}}},
    {17, 17, {{4.4e-15, 3.2e-13}, {1.7e-13, 5.9e-11}}},
    {18, 18, {{1.2e-15, 5.7e-14}, {2.1e-13, 1.0e-11}}},
    {19, 19, {{1.0e+00, 1.0e+00}, {1.8e-13, 2.4e-12}}},
    {20, 20, {{1.0e+00, 1.0e+00}, {2.0e-13, 5.8e-13}}},
};
static const accuracy_row laplace_f32[] = {
    {2, 2, {{2.9e-02, 3.5e-01}, {2.8e-01, 8.0e-01}}},
    {3, 3, {{1.1e-03, 2.3e-02}, {3.6e-02, 2.8e-01}}},
    {4, 4, {{8.0e-05, 7.0e-04}, {5.9e-03, 5.9e-02}}},
    {5, 5, {{9.2e-06, 2.7e-04}, {5.7e-04, 1.9e-02}}},
    {6, 6, {{1.5e-06, 1.0e-05}, {8.4e-05, 4.4e-03}}},
    {7, 7, {{6.8e-07, 8.9e-06}, {1.1e-05, 6.7e-04}}},
    {8, 8, {{6.5e-07, 6.2e-06}, {7.3e-06, 1.1e-04}}},
};
static const accuracy_row yukawa_f64[] = {
    {2, 2, {{5.8e-02, 6.9e-01}, {1.0e+00, 1.0e+00}}},
    {3, 3, {{2.4e-03, 4.6e-02}, {3.6e-01, 1.0e+00}}},
    {4, 4, {{1.6e-04, 1.4e-03}, {5.9e-02, 5.9e-01}}},
    {5, 5, {{2.0e-05, 5.3e-04}, {5.7e-03, 1.9e-01}}},
    {6, 6, {{1.5e-06, 2.1e-05}, {8.2e-04, 4.7e-02}}},
    {7, 7, {{2.2e-07, 2.3e-06}, {1.3e-04, 7.6e-03}}},
    {8, 8, {{2.1e-08, 1.4e-07}, {1.2e-05, 7.3e-04}}},
    {9, 9, {{3.3e-09, 4.3e-08}, {1.7e-06, 1.4e-04}}},
    {10, 10, {{4.6e-10, 2.1e-09}, {2.9e-07, 3.5e-05}}},
    {11, 11, {{6.2e-11, 3.1e-10}, {3.0e-08, 3.7e-06}}},
    {12, 12, {{1.2e-11, 8.4e-11}, {6.9e-09, 5.8e-07}}},
    {13, 13, {{1.3e-12, 8.5e-12}, {1.0e-09, 1.2e-07}}},
    {14, 14, {{4.9e-13, 3.5e-11}, {2.1e-10, 2.3e-08}}},
    {15, 15, {{6.3e-14, 2.0e-12}, {5.8e-11, 3.9e-09}}},
    {16, 16, {{2.4e-14, 1.6e-12}, {1.2e-11, 1.6e-09}}},
    {17, 17, {{8.9e-15, 6.4e-13}, {1.7e-12, 5.9e-10}}},
    {18, 18, {{2.5e-15, 1.1e-13}, {2.1e-12, 1.0e-10}}},
    {19, 19, {{1.0e+00, 1.0e+00}, {1.8e-12, 2.4e-11}}},
    {20, 20, {{1.0e+00, 1.0e+00}, {2.0e-12, 5.8e-12}}},
};
static const accuracy_row yukawa_f32[] = {
    {2, 2, {{4.5e-02, 3.5e-01}, {1.0e+00, 1.0e+00}}},
    {3, 3, {{2.2e-03, 2.4e-02}, {3.6e-01, 1.0e+00}}},
    {4, 4, {{1.5e-04, 7.0e-04}, {5.9e-02, 5.9e-01}}},
    {5, 5, {{1.7e-05, 3.3e-04}, {5.7e-03, 1.9e-01}}},
    {6, 6, {{1.6e-06, 1.6e-05}, {8.4e-04, 4.4e-02}}},
    {7, 7, {{5.6e-07, 8.9e-06}, {1.1e-04, 6.7e-03}}},
    {8, 8, {{5.7e-07, 1.2e-05}, {7.3e-05, 1.1e-03}}},
};

static const accuracy_table accuracy_tables[2][2] = {
    {{laplace_f64, sizeof laplace_f64 / sizeof *laplace_f64},
     {laplace_f32, sizeof laplace_f32 / sizeof *laplace_f32}},
    {{yukawa_f64, sizeof yukawa_f64 / sizeof *yukawa_f64},
     {yukawa_f32, sizeof yukawa_f32 / sizeof *yukawa_f32}},
};

#endif
