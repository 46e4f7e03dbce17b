#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Who may include what: check_fences.sh CASE
. "$(dirname "$0")/lib.sh"

# What the tree does not keep yet.
exceptions() {
    cat <<END
END
}

# fence HEADER ALLOWED: files of the library and command that include a header matching the
# pattern, except those whose path matches ALLOWED.
fence() {
    ours | xargs grep -lE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($1)[>\"]" |
        grep -vE "^($2)\$" | sed 's/$/ is outside the fence/'
}

starpu() {
    fence 'starpu[a-z_0-9]*\.h' \
        'codelets/.*|src/(graph|mpi)/.*|include/starfmm_(starpu|mpi)\.h|src/api/(starpu|mpi)\.c'
}
case_starpu() {
    plant src/plan/a.c '#include <starpu.h>\n'
    plant include/starfmm.h '# include <starpu_task.h>\n'
    plant codelets/a.c '#include <starpu.h>\n'
    finds 2 starpu
    holds starpu
}

hdf5() {
    fence 'hdf5\.h|H5[A-Za-z]*\.h' 'src/base/hdf5_file\.c'
}
case_hdf5() {
    plant src/precompute/store.h '#include <hdf5.h>\n'
    plant src/base/hdf5_file.c '#include <hdf5.h>\n'
    finds 1 hdf5
    holds hdf5
}

mpi() {
    fence 'mpi\.h|starpu_mpi[a-z_]*\.h' 'src/mpi/.*|include/starfmm_mpi\.h|src/api/mpi\.c'
}
case_mpi() {
    plant src/graph/a.c '#include <mpi.h>\n'
    plant src/mpi/a.c '#include <starpu_mpi.h>\n'
    finds 1 mpi
    holds mpi
}

hwloc() {
    fence 'hwloc\.h' 'src/policy/machine\.c'
}
case_hwloc() {
    plant src/policy/machine.h '#include <hwloc.h>\n'
    plant src/policy/machine.c '#include <hwloc.h>\n'
    finds 1 hwloc
    holds hwloc
}

blas() {
    fence 'cblas\.h|lapacke?\.h|f77blas\.h|openblas_config\.h' 'src/base/blas\.c'
}
case_blas() {
    plant src/operators/m2l_t.c '#include "cblas.h"\n'
    plant src/base/blas.c '#include <cblas.h>\n'
    finds 1 blas
    holds blas
}

# The library reads the environment in few places, and never per task.
environment() {
    ours | xargs grep -nE '\<(secure_)?getenv ?\(' |
        grep -vE '^src/(plan/environment\.c|graph/(runtime|starpu_variables)\.c):|^src/tool/main\.c:.*OPENBLAS'
}
case_environment() {
    plant src/plan/a.c 'f() { getenv("A"); }\n'
    plant src/plan/environment.c 'f() { getenv("A"); }\n'
    finds 1 environment
    holds environment
}

# The public headers need the C library only, and StarPU or MPI where their name says so.
public() {
    grep -HE '^[[:space:]]*#[[:space:]]*include' include/*.h |
        grep -vE '<(stddef|stdint)\.h>|"starfmm(_info)?\.h"' |
        grep -vE '^include/starfmm_starpu\.h:.*<starpu\.h>' |
        grep -vE '^include/starfmm_kernel\.h:.*(<math\.h>|"starfmm_kernel/[a-z_]+\.h")' |
        grep -vE '^include/starfmm_mpi\.h:.*(<mpi\.h>|"starfmm_starpu\.h")'
}
case_public() {
    plant include/starfmm.h '#include <stddef.h>\n#include "base/real.h"\n'
    plant include/starfmm_starpu.h '#include <starpu.h>\n#include "starfmm.h"\n'
    finds 1 public
    holds public
}

# The rooms that a room may include from: those below it, by
#   base <- tree <- schedule;  base <- kernels;  schedule, kernels <- operators <- precompute <-
#   policy <- plan <- codelets <- graph <- api <- tool;  graph <- mpi
below() {
    case $1 in
    base) echo base ;;
    tree) echo "$(below base)|tree" ;;
    schedule) echo "$(below tree)|schedule" ;;
    kernels) echo "$(below base)|kernels" ;;
    operators) echo "$(below schedule)|kernels|operators" ;;
    precompute) echo "$(below operators)|precompute" ;;
    policy) echo "$(below precompute)|policy" ;;
    plan) echo "$(below policy)|plan" ;;
    codelets) echo "$(below plan)|codelets" ;;
    graph) echo "$(below codelets)|graph" ;;
    mpi) echo "$(below graph)|mpi" ;;
    api) echo "$(below graph)|api" ;;
    tool) echo "$(below api)|tool" ;;
    *) echo nothing ;;
    esac
}

# An include with a path names its room; one without is a header of include/.
arrows() {
    for room in src/* codelets; do
        [ -d "$room" ] || continue
        grep -rE '^[[:space:]]*#[[:space:]]*include "' "$room" --include='*.[ch]' |
            grep -vE "include \"(($(below "${room#src/}"))/|starfmm(_starpu|_kernel|_mpi|_kernel/[a-z_]+)?\.h)"
    done
}
case_arrows() {
    plant src/base/a.h '#include "tree/tree.h"\n#include "starfmm.h"\n'
    plant src/tree/a.c '#include "kernels/kernel.h"\n#include "base/status.h"\n'
    plant src/plan/a.c '#include "codelets/codelets.h"\n'
    plant codelets/a.c '#include "graph/submit.h"\n'
    plant src/graph/a.c '#include "codelets/codelets.h"\n'
    plant src/api/a.c '#include "tool/tool.h"\n'
    plant src/tool/a.c '#include "tool.h"\n'
    plant src/schedule/a.c '#include "operators/operator.h"\n#include "tree/lists.h"\n'
    plant src/mpi/a.c '#include "graph/graph.h"\n#include "api/api.h"\n'
    finds 8 arrows
    holds arrows
}

"case_$1"
