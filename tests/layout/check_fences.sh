#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Who may include what: check_fences.sh CASE, with SFM_SOURCE set.
. "$(dirname "$0")/lib.sh"

# fence HEADER ALLOWED: files of the library and command that include a header matching the
# pattern, except those whose path matches ALLOWED.
fence() {
    c_sources | grep -E '^(src|include|codelets)/' |
        xargs grep -lE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($1)[>\"]" |
        grep -vE "^($2)\$" | sed 's/$/ is outside the fence/'
}

starpu() {
    fence 'starpu[a-z_0-9]*\.h' \
        'codelets/.*|src/graph/.*|include/starfmm_starpu\.h|src/api/starpu\.c'
}
case_starpu() {
    plant src/plan/a.c '#include <starpu.h>\n'
    plant include/starfmm.h '# include <starpu_task.h>\n'
    plant codelets/a.c '#include <starpu.h>\n'
    finds 2 starpu
    holds starpu
}

hdf5() {
    fence 'hdf5\.h|H5[A-Za-z]*\.h' \
        'src/base/hdf5_file\.c'
}
case_hdf5() {
    plant src/base/hdf5_file.h '#include <hdf5.h>\n'
    plant src/base/hdf5_file.c '#include <hdf5.h>\n'
    finds 1 hdf5
    holds hdf5
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
    c_sources | grep -E '^(src|include|codelets)/' |
        xargs grep -nE '\<(secure_)?getenv ?\(' |
        grep -vE '^src/(plan/environment\.c|graph/(runtime|starpu_variables)\.c):'
}
case_environment() {
    plant src/plan/a.c 'f() { getenv("A"); }\n'
    plant src/plan/environment.c 'f() { getenv("A"); }\n'
    finds 1 environment
    holds environment
}

# The public headers need the C library only, and StarPU where their name says so.
public() {
    grep -HE '^[[:space:]]*#[[:space:]]*include' include/*.h |
        grep -vE '<(stddef|stdint)\.h>|"starfmm\.h"' |
        grep -vE '^include/starfmm_starpu\.h:.*<starpu\.h>'
}
case_public() {
    plant include/starfmm.h '#include <stddef.h>\n#include "base/real.h"\n'
    plant include/starfmm_starpu.h '#include <starpu.h>\n#include "starfmm.h"\n'
    finds 1 public
    holds public
}

# may_include LAYER: the folders that a file of the layer may include from.
may_include() {
    case $1 in
    src/base) echo 'base' ;;
    src/tree) echo 'base|tree' ;;
    src/kernels) echo 'base|kernels' ;;
    src/schedule) echo 'base|tree|schedule' ;;
    src/operators) echo 'base|tree|kernels|schedule|operators' ;;
    src/precompute) echo 'base|tree|kernels|schedule|operators|precompute' ;;
    src/policy) echo 'base|tree|kernels|schedule|operators|precompute|policy' ;;
    src/plan) echo 'base|tree|kernels|schedule|operators|precompute|policy|plan' ;;
    codelets) echo 'base|tree|kernels|schedule|operators|plan|codelets' ;;
    src/graph) echo 'base|tree|kernels|schedule|operators|precompute|policy|plan|codelets|graph' ;;
    src/api) echo 'base|tree|kernels|schedule|operators|precompute|policy|plan|graph|api' ;;
    src/tool) echo 'base|tree|kernels|schedule|operators|precompute|policy|plan|graph|api|tool' ;;
    *) echo 'nothing' ;;
    esac
}

# Arrows run one way: base <- tree, kernels <- ops <- setup <- plan <- graph <- api <- tool.
# An include with a path names its layer; one without is a header of include/.
arrows() {
    for layer in src/* codelets; do
        [ -d "$layer" ] || continue
        grep -rE '^[[:space:]]*#[[:space:]]*include "' "$layer" --include='*.[ch]' |
            grep -vE "include \"(($(may_include "$layer"))/|starfmm(_starpu|_kernel)?\.h)"
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
    finds 6 arrows
    holds arrows
}

"case_$1"
