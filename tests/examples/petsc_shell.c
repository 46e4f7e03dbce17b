/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The FMM as a PETSc matrix: a MatShell whose product is one evaluation, solved by KSP.
 *
 * The system is a boundary integral equation of the second kind on the unit sphere, with N
 * points of equal weight 4 pi / N and a screened kernel (gmres.c has the same as tasks):
 *
 *     sigma u_i + 4 pi / N sum_{j != i} exp(-kappa r_ij) / (4 pi r_ij) u_j = b_i
 *
 *   mpicc -std=c11 petsc_shell.c -o petsc_shell \
 *         $(pkg-config --cflags --libs starfmm PETSc) -lm
 */
#include <math.h>
#include <petscksp.h>
#include <starfmm.h>

enum { N = 400 };

static const double pi = 3.14159265358979323846, sigma = 0.5, kappa = 1;
static double x[N][3];

/* A status as a PETSc error, with the library's message. */
#define STARFMM_CALL(call)                                                                 \
    do {                                                                                   \
        if ((call) != STARFMM_OK)                                                          \
            SETERRQ(PETSC_COMM_SELF, PETSC_ERR_LIB, "starfmm: %s", starfmm_last_error());  \
    } while (0)

/* y = sigma v + 4 pi / N K v */
static PetscErrorCode multiply(Mat matrix, Vec v, Vec y)
{
    starfmm_plan *plan;
    const PetscScalar *charges;
    PetscScalar *potentials;
    PetscFunctionBeginUser;
    PetscCall(MatShellGetContext(matrix, &plan));
    PetscCall(VecGetArrayRead(v, &charges));
    PetscCall(VecGetArray(y, &potentials));
    STARFMM_CALL(starfmm_evaluate(plan, 1, charges, potentials, NULL));
    PetscCall(VecRestoreArray(y, &potentials));
    PetscCall(VecRestoreArrayRead(v, &charges));
    PetscCall(VecAXPBY(y, sigma, 4 * pi / N, v));
    PetscFunctionReturn(0);
}

static PetscErrorCode destroy(Mat matrix)
{
    starfmm_plan *plan;
    PetscFunctionBeginUser;
    PetscCall(MatShellGetContext(matrix, &plan));
    STARFMM_CALL(starfmm_plan_destroy(plan));
    PetscFunctionReturn(0);
}

static PetscErrorCode create_shell(Mat *matrix)
{
    starfmm_options options;
    starfmm_plan *plan;
    PetscFunctionBeginUser;
    STARFMM_CALL(starfmm_options_init(&options));
    options.kernel = STARFMM_YUKAWA;
    options.params[0] = kappa;
    options.digits = 9;
    options.n_crit = 20;
    STARFMM_CALL(starfmm_plan_create(&plan, &options, N, x[0], 0, NULL));
    PetscCall(MatCreateShell(PETSC_COMM_SELF, N, N, N, N, plan, matrix));
    PetscCall(MatShellSetOperation(*matrix, MATOP_MULT, (void (*)(void))multiply));
    PetscCall(MatShellSetOperation(*matrix, MATOP_DESTROY, (void (*)(void))destroy));
    PetscFunctionReturn(0);
}

static PetscErrorCode create_dense(Mat *matrix)
{
    PetscFunctionBeginUser;
    PetscCall(MatCreateSeqDense(PETSC_COMM_SELF, N, N, NULL, matrix));
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            double r = sqrt(pow(x[i][0] - x[j][0], 2) + pow(x[i][1] - x[j][1], 2) +
                            pow(x[i][2] - x[j][2], 2));
            double entry = i == j ? sigma : exp(-kappa * r) / (N * r);
            PetscCall(MatSetValue(*matrix, i, j, entry, INSERT_VALUES));
        }
    PetscCall(MatAssemblyBegin(*matrix, MAT_FINAL_ASSEMBLY));
    PetscCall(MatAssemblyEnd(*matrix, MAT_FINAL_ASSEMBLY));
    PetscFunctionReturn(0);
}

/* Solve `matrix` u = b, and let go of the matrix. */
static PetscErrorCode solve(Mat matrix, KSPType method, PCType preconditioner, Vec b, Vec u)
{
    KSP solver;
    PC pc;
    PetscInt iterations;
    PetscFunctionBeginUser;
    PetscCall(KSPCreate(PETSC_COMM_SELF, &solver));
    PetscCall(KSPSetOperators(solver, matrix, matrix));
    PetscCall(KSPSetType(solver, method));
    PetscCall(KSPGetPC(solver, &pc));
    PetscCall(PCSetType(pc, preconditioner));
    PetscCall(KSPSetTolerances(solver, 1e-10, PETSC_DEFAULT, PETSC_DEFAULT, PETSC_DEFAULT));
    PetscCall(KSPSetErrorIfNotConverged(solver, PETSC_TRUE));
    PetscCall(KSPSolve(solver, b, u));
    PetscCall(KSPGetIterationNumber(solver, &iterations));
    PetscCall(PetscPrintf(PETSC_COMM_SELF, "%s: %d iterations\n", method, (int)iterations));
    PetscCall(KSPDestroy(&solver));
    PetscCall(MatDestroy(&matrix));
    PetscFunctionReturn(0);
}

static PetscErrorCode compare(double *error)
{
    Mat shell, dense;
    Vec b, u, exact;
    double norm;
    PetscFunctionBeginUser;
    PetscCall(VecCreateSeq(PETSC_COMM_SELF, N, &b));
    PetscCall(VecDuplicate(b, &u));
    PetscCall(VecDuplicate(b, &exact));
    for (int i = 0; i < N; i++)
        PetscCall(VecSetValue(b, i, exp(x[i][0]) * (1 + x[i][1] * x[i][2]), INSERT_VALUES));
    PetscCall(VecAssemblyBegin(b));
    PetscCall(VecAssemblyEnd(b));
    PetscCall(create_shell(&shell));
    PetscCall(solve(shell, KSPGMRES, PCNONE, b, u));
    PetscCall(create_dense(&dense));
    PetscCall(solve(dense, KSPPREONLY, PCLU, b, exact));
    PetscCall(VecNorm(exact, NORM_2, &norm));
    PetscCall(VecAXPY(u, -1, exact));
    PetscCall(VecNorm(u, NORM_2, error));
    *error /= norm;
    PetscCall(VecDestroy(&b));
    PetscCall(VecDestroy(&u));
    PetscCall(VecDestroy(&exact));
    PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
    double error;
    for (int i = 0; i < N; i++) { /* a Fibonacci spiral */
        double z = 1 - (2 * i + 1.0) / N, r = sqrt(1 - z * z), phi = pi * (3 - sqrt(5)) * i;
        x[i][0] = r * cos(phi);
        x[i][1] = r * sin(phi);
        x[i][2] = z;
    }
    PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
    STARFMM_CALL(starfmm_runtime_start(0));
    PetscCall(compare(&error));
    starfmm_runtime_stop();
    PetscCall(PetscPrintf(PETSC_COMM_SELF,
                          "relative difference to the dense solution %.1e\n", error));
    PetscCall(PetscFinalize());
    return error < 1e-6 ? 0 : 1;
}
