#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The command, driven through its executable: test_tool.sh STARFMM MAKE_INPUT CASE
# Every function case_<name> is a CTest named tool.command.<name>.
starfmm=$1
make_input=$2
case_name=$3
script=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")
. "$(dirname "$0")/../support/cases.sh"

# run CODE COMMAND...: stdout into $work/out, stderr into $work/err; the case works in data.
run() {
    expected=$1
    shift
    "$@" >"$work/out" 2>"$work/err"
    code=$?
    if [ $code -ne "$expected" ]; then
        fail "exit code $code, expected $expected: $*"
        cat "$work/err" >&2
    fi
}

# refuse CODE PATTERN COMMAND...: the message is one of ours and matches; nothing on stdout.
refuse() {
    expected=$1
    pattern=$2
    shift 2
    run "$expected" "$@"
    grep -q '^starfmm: ' "$work/err" || fail "no message of ours: $*"
    grep -q -e "$pattern" "$work/err" ||
        fail "message '$(cat "$work/err")' has no '$pattern'"
    [ -s "$work/out" ] && fail "something on stdout: $*"
}

# The folder data holds these files and no others: no temporaries, nothing half-written.
holds() {
    found=$(ls -A "$work/data" | tr '\n' ' ')
    [ "$found" = "${*:+$* }" ] || fail "folder holds '$found', expected '$*'"
}

# json_is EXPRESSION: of the object `o` in `out`, by python.
json_is() {
    python3 -c "import json,sys; o=json.load(open('$work/out')); sys.exit(not ($1))" ||
        fail "not so: $1"
}

needs_python() {
    command -v python3 >/dev/null && python3 -c 'import json' 2>/dev/null || exit 77
}

in_data() {
    mkdir "$work/data"
    cd "$work/data" || exit 1
}

case_help() {
    run 0 "$starfmm" --help
    for command in generate evaluate verify kernels info; do
        run 0 "$starfmm" $command --help
        for section in NAME SYNOPSIS DESCRIPTION OPTIONS 'EXIT STATUS' ENVIRONMENT \
            EXAMPLES; do
            grep -q "^$section" "$work/out" || fail "$command --help has no $section"
        done
        awk 'length > 90 { exit 1 }' "$work/out" || fail "$command --help: a long line"
        [ -s "$work/err" ] && fail "$command --help writes to stderr"
    done
    run 0 "$starfmm" --version
    grep -q '^starfmm [0-9]' "$work/out" || fail "no version"
}

# The README's table of variables is that of the code, row by row.
case_readme_variables() {
    readme=$(dirname "$0")/../../README.md
    run 0 "$starfmm" --help
    awk '/^    STARFMM_/ { name = $1; unset = $0; getline; sub(/^ */, "")
        sub(/.*\(default: /, "", unset); sub(/\)$/, "", unset)
        print "| `" name "` | " $0 " | " unset " |" }' "$work/out" >"$work/rows"
    [ "$(wc -l <"$work/rows")" -ge 6 ] || fail "no variables in --help: $(cat "$work/out")"
    grep '^| `STARFMM_' "$readme" | diff - "$work/rows" || fail "README and --help differ"
}

case_usage() {
    in_data
    run 0 "$starfmm" generate cube -n 10 -o in.h5
    refuse 2 'command is needed' "$starfmm"
    refuse 2 "unknown command 'frobnicate'" "$starfmm" frobnicate
    refuse 2 'KIND is missing' "$starfmm" generate -n 5 -o x.h5
    refuse 2 "unknown kind 'torus'" "$starfmm" generate torus -n 5 -o x.h5
    refuse 2 '-n N is needed' "$starfmm" generate cube -o x.h5
    refuse 2 '-o FILE is needed' "$starfmm" generate cube -n 5
    refuse 2 'integer from 0' "$starfmm" generate cube -n -5 -o x.h5
    refuse 2 'an integer' "$starfmm" generate cube -n 5.5 -o x.h5
    refuse 2 'an integer' "$starfmm" generate cube -n nan -o x.h5
    refuse 2 'an integer' "$starfmm" generate cube -n 5 --seed -1 -o x.h5
    refuse 2 'one of unit, signed, ones' "$starfmm" generate cube -n 5 --charges x -o x.h5
    refuse 2 'no targets' "$starfmm" generate cube -n 5 -t 3 -o x.csv
    refuse 2 '-o FILE is needed' "$starfmm" evaluate in.h5
    refuse 2 'IN is missing' "$starfmm" evaluate -o x.h5
    refuse 2 "unexpected argument 'b'" "$starfmm" evaluate in.h5 b -o x.h5
    refuse 2 "'--frob'" "$starfmm" evaluate in.h5 -o x.h5 --frob
    refuse 2 "'-q'" "$starfmm" evaluate in.h5 -o x.h5 -q
    refuse 2 'needs a value' "$starfmm" evaluate in.h5 -o x.h5 --digits
    refuse 2 'takes no value' "$starfmm" evaluate in.h5 -o x.h5 --json=1
    refuse 2 'from 1 to 12' "$starfmm" evaluate in.h5 -o x.h5 --digits 13
    refuse 2 'from 1 to 12' "$starfmm" evaluate in.h5 -o x.h5 --digits 0
    refuse 2 'from 1 to 12' "$starfmm" evaluate in.h5 -o x.h5 --digits 3x
    refuse 2 'not both' "$starfmm" evaluate in.h5 -o x.h5 --digits 3 --order 4
    refuse 2 'needs --param: kappa' "$starfmm" evaluate in.h5 -o x.h5 --kernel yukawa
    refuse 2 'has no parameter' "$starfmm" evaluate in.h5 -o x.h5 --kappa 1
    refuse 2 "no sources 'force': charge, dipole, both" "$starfmm" evaluate in.h5 -o x.h5 \
        --sources force
    refuse 2 "no targets 'velocity'" "$starfmm" evaluate in.h5 -o x.h5 --results velocity
    refuse 2 'not both' "$starfmm" evaluate in.h5 -o x.h5 --results gradient --gradient
    refuse 2 'a number from 0' "$starfmm" evaluate in.h5 -o x.h5 --kernel yukawa --kappa -1
    refuse 2 'setup: ' "$starfmm" evaluate in.h5 -o x.h5 --precision float --digits 9
    refuse 2 'overwrite the input' "$starfmm" evaluate in.h5 -o ./in.h5
    refuse 2 'OUT is missing' "$starfmm" verify in.h5
    holds in.h5
}

# round_trip INPUT OUTPUT OPTION...: verify judges by the digits that evaluate was asked for.
round_trip() {
    input=$1
    output=$2
    shift 2
    run 0 "$starfmm" evaluate "$input" -o "$output" "$@"
    [ -s "$work/err" ] && fail "evaluate is not silent: $(cat "$work/err")"
    grep -q '^P2P ' "$work/out" || fail "no table of operators"
    run 0 "$starfmm" verify "$input" "$output"
    grep -q '^passed' "$work/out" || fail "no verdict"
}

case_round_trip_double() {
    in_data
    run 0 "$starfmm" generate sphere -n 5000 --seed 5 -o in.h5
    round_trip in.h5 out.h5 --digits 6
    holds in.h5 out.h5
    magic=$(od -A n -t x1 -N 4 out.h5 | tr -d ' ')
    [ "$magic" = 89484446 ] || fail "not HDF5"
}

case_round_trip_float() {
    in_data
    run 0 "$starfmm" generate cube -n 5000 --float -o in.h5
    [ "$(wc -c <in.h5)" -lt 100000 ] || fail "4 x 5000 floats take $(wc -c <in.h5) bytes"
    round_trip in.h5 out.h5 --digits 3 --precision float
    [ "$(wc -c <out.h5)" -lt 30000 ] || fail "5000 floats take $(wc -c <out.h5) bytes"
    round_trip in.h5 out2.h5 --digits 6
    holds in.h5 out.h5 out2.h5
}

case_round_trip_text() {
    in_data
    run 0 "$starfmm" generate cube -n 3000 -o in.csv
    round_trip in.csv out.csv --digits 4
    grep -q '^# kernel = laplace' out.csv || fail "no attributes"
    [ "$(grep -c '^[-0-9]' out.csv)" = 3000 ] || fail "not 3000 lines"
    tr ',' '\t' <in.csv | sed 's/$/   /' >tabs.txt
    round_trip tabs.txt out.txt --digits 4
    holds in.csv out.csv out.txt tabs.txt
}

# The line of gradients that verify printed: two digits fewer than the potentials' five.
gradients_are_good() {
    awk '$1 == "gradient" { n++; good = $2 < 1e-3 && $3 < 1e-2 } END { exit !(n && good) }' \
        "$work/out" || fail "gradients: $(cat "$work/out")"
}

case_round_trip_gradients_and_columns() {
    in_data
    run 0 "$starfmm" generate helix -n 3000 --rhs 3 --charges signed -o in.h5
    round_trip in.h5 out.h5 --digits 5 --gradient
    gradients_are_good
    round_trip in.h5 out.csv --digits 5 --gradient
    grep -q '^potential1,potential2,potential3,gradient_x1,' out.csv || fail "no header"
    run 0 "$starfmm" verify in.h5 out.csv
    gradients_are_good
}

case_round_trip_targets() {
    in_data
    run 0 "$starfmm" generate ellipsoid -n 3000 --targets 500 -o in.h5
    round_trip in.h5 out.h5 --digits 5
    printf '0.5 0.5 0.5\n2, 0, 0\n' >targets.txt
    run 0 "$starfmm" evaluate in.h5 -o few.csv --targets targets.txt
    [ "$(grep -c '^[-0-9]' few.csv)" = 2 ] || fail "not 2 potentials"
    # Two targets are too few for a norm: a digit to spare.
    run 0 "$starfmm" verify in.h5 few.csv --targets targets.txt --digits 5
    refuse 3 'of another input' "$starfmm" verify in.h5 few.csv
    refuse 3 'of another input' "$starfmm" verify in.h5 out.h5 --targets targets.txt
}

case_round_trip_yukawa() {
    in_data
    run 0 "$starfmm" generate cube -n 3000 -o in.h5
    round_trip in.h5 out.h5 --digits 5 --kernel yukawa --kappa 3 --n-crit 50
    run 1 "$starfmm" verify in.h5 out.h5 --digits 15
}

# By hand: two points at distance 2, charges 3 and 5.
case_two_points() {
    in_data
    printf 'x y z q\n0 0 0 3\n0 0 2 5 # the upper\n' >in.txt
    run 0 "$starfmm" evaluate in.txt -o out.csv --gradient --digits 12
    grep -v '^[#p]' out.csv >rows
    awk -F, 'function far(a, b) { return a - b > 1e-9 || b - a > 1e-9 }
        { pi = atan2(0, -1); q = NR == 1 ? 5 : 3; s = NR == 1 ? 1 : -1
          if (far($1, q / (8 * pi)) || far($4, s * q / (16 * pi)) || far($2, 0)) exit 1 }' \
        rows || fail "wrong values: $(cat rows)"
}

# Kernel 1: every potential is the sum of the charges.
case_count() {
    in_data
    run 0 "$starfmm" generate clusters -n 4000 --charges ones -o in.h5
    run 0 "$starfmm" evaluate in.h5 -o out.csv --kernel count
    grep -v '^[#p]' out.csv | awk '$1 != 4000 { exit 1 }' || fail "not 4000 everywhere"
    run 0 "$starfmm" verify in.h5 out.csv --samples 50 --digits 15
}

# Kinds and components by name, for people and programs.
case_kernels() {
    needs_python
    run 0 "$starfmm" kernels
    grep -q '^  sources *force *force_x force_y force_z$' "$work/out" || fail "no forces"
    grep -q '^  parameter kappa *at least 0, in 1 / (unit' "$work/out" || fail "no kappa"
    run 0 "$starfmm" kernels --json
    json_is '{k["name"]: len(k["targets"][-1]["components"]) for k in o}["laplace"] == 10'
    json_is 'o[0]["sources"][2]["components"] == ["charge"] + ["dipole_" + c for c in "xyz"]'
    json_is '[k["targets"][1]["components"][-1] for k in o if k["name"] == "helmholtz"] ==
        ["gradient_z_im"]'
    json_is '[k["targets"][1]["components"][-1] for k in o if k["name"] == "stokes"] ==
        ["pressure"]'
}

# verify sees a planted error and measures it; a NaN outside the sample does not pass either.
case_verify_finds_errors() {
    in_data
    run 0 "$starfmm" generate cube -n 1000 -o in.h5
    run 0 "$starfmm" evaluate in.h5 -o out.csv --digits 9
    awk '/^[-0-9]/ { printf "%.17g\n", $1 * 1.001; next } { print }' out.csv >bad.csv
    run 1 "$starfmm" verify in.h5 bad.csv
    grep -q '^potential *1\.000e-03 ' "$work/out" || fail "error is not 1e-3"
    run 0 "$starfmm" verify in.h5 bad.csv --digits 2
    sed 's/^# tolerance.*/# tolerance = 0/' bad.csv >order.csv
    run 0 "$starfmm" verify in.h5 order.csv
    awk '/^[-0-9]/ && ++n == 500 { print "nan"; next } { print }' out.csv >nan.csv
    refuse 3 'nan is not finite' "$starfmm" verify in.h5 nan.csv
    "$make_input" good good.h5
    "$make_input" result_nan nan.h5
    run 1 "$starfmm" verify good.h5 nan.h5 --samples 1
    grep -q '^FAILED: 1 value' "$work/out" || fail "$(cat "$work/out")"
    run 0 "$starfmm" generate cube -n 1000 --seed 1 -o other.h5
    run 1 "$starfmm" verify other.h5 out.csv
    run 0 "$starfmm" generate cube -n 999 -o less.h5
    refuse 3 'of another input' "$starfmm" verify less.h5 out.csv
    grep -v '^#' out.csv >foreign.csv
    refuse 3 "no attribute 'kernel'" "$starfmm" verify in.h5 foreign.csv
    refuse 3 "no attribute 'kernel'" "$starfmm" verify in.h5 in.h5
    sed 's/laplace/foreign/' out.csv >foreign.csv
    refuse 3 'is unknown' "$starfmm" verify in.h5 foreign.csv
}

# The same numbers through both formats, and through repetitions with other charges.
case_same_through_formats() {
    in_data
    run 0 "$starfmm" generate plummer -n 2000 --rhs 2 -o in.h5
    run 0 "$starfmm" generate plummer -n 2000 --rhs 2 -o in.csv
    run 0 "$starfmm" evaluate in.h5 -o a.csv --deterministic
    run 0 "$starfmm" evaluate in.csv -o b.csv --deterministic
    run 0 "$starfmm" evaluate in.csv -o c.csv --deterministic --repeat 3
    cmp a.csv b.csv || fail "formats differ"
    cmp a.csv c.csv || fail "repetitions differ"
}

case_generate_reproducible() {
    in_data
    for kind in cube sphere plummer ellipsoid helix plane clusters; do
        run 0 "$starfmm" generate $kind -n 300 --seed 9 -o a.csv
        run 0 "$starfmm" generate $kind -n 300 --seed 9 -o b.csv
        run 0 "$starfmm" generate $kind -n 200 --seed 9 -o c.csv
        run 0 "$starfmm" generate $kind -n 300 --seed 10 -o d.csv
        cmp -s a.csv b.csv || fail "$kind: the same seed differs"
        head -n 203 a.csv | cmp -s - c.csv || fail "$kind: 200 are not the first of 300"
        cmp -s a.csv d.csv && fail "$kind: seeds do not matter"
        [ "$(grep -v '^[#x]' a.csv | sort -u | wc -l)" = 300 ] || fail "$kind: points repeat"
    done
}

# all KIND CONDITION: an awk condition on x, y, z, q and the distance r from the centre.
all() {
    run 0 "$starfmm" generate "$1" -n 2000 --seed 4 -o points.csv
    grep -v '^[#x]' points.csv | awk -F, "function near(a, b) { return (a - b)^2 < 1e-24 }
        { x = \$1 - 0.5; y = \$2 - 0.5; z = \$3 - 0.5; q = \$4; r = sqrt(x * x + y * y + z * z)
          if (r > 0.8661 || q < 0 || q >= 1 || !($2)) exit 1 }" || fail "$1: not $2"
}

case_generate_kinds() {
    in_data
    all cube '1'
    all sphere 'near(r, 0.5)'
    all ellipsoid 'near(64 * (x * x + y * y) + 4 * z * z, 1)'
    all helix 'near(x * x + y * y, 0.25)'
    all plane 'near(z, 0)'
    all clusters '1'
    # Half the mass of Plummer's model is within 1.30 scale radii.
    run 0 "$starfmm" generate plummer -n 20000 -o points.csv
    grep -v '^[#x]' points.csv | awk -F, '
        { r = sqrt(($1 - 0.5)^2 + ($2 - 0.5)^2 + ($3 - 0.5)^2); n += r < 0.013048 }
        END { exit !(n > 9700 && n < 10300) }' || fail "plummer: half-mass radius"
    run 0 "$starfmm" generate cube -n 2000 --charges signed -o points.csv
    grep -v '^[#x]' points.csv | awk -F, '
        { if ($4 < -1 || $4 >= 1) bad = 1; n += $4 < 0; s += $1 }
        END { exit bad || n < 850 || n > 1150 || s < 930 || s > 1070 }' || fail "signed"
}

case_refuses_hdf5() {
    in_data
    for fault in without_sources without_charges sources_rank_1 sources_rank_3 \
        sources_scalar sources_two_columns charges_too_few charges_rank_3 \
        charges_no_column charges_integer charges_nan sources_inf targets_rank_1 \
        sources_group; do
        "$make_input" $fault in.h5 || fail "make_input $fault"
        refuse 3 'in.h5' "$starfmm" evaluate in.h5 -o out.h5
    done
    "$make_input" charges_nan in.h5
    refuse 3 'charges\[0\]\[0\] is nan' "$starfmm" evaluate in.h5 -o out.h5
    "$make_input" charges_too_few in.h5
    refuse 3 '3 charges for 4 sources' "$starfmm" evaluate in.h5 -o out.h5
    "$make_input" charges_beyond_float in.h5
    refuse 3 'too large for --precision float' "$starfmm" evaluate in.h5 -o out.h5 \
        --precision float
    "$make_input" sources_huge in.h5
    refuse 5 'no memory for sources' "$starfmm" evaluate in.h5 -o out.h5
    "$make_input" good in.h5
    run 0 "$starfmm" generate cube -n 1000 -o whole.h5
    head -c 9000 whole.h5 >in.h5
    refuse 3 'in.h5' "$starfmm" evaluate in.h5 -o out.h5
    echo 'not HDF5' >in.h5
    refuse 3 'not an HDF5 file' "$starfmm" evaluate in.h5 -o out.h5
    refuse 3 'No such file' "$starfmm" evaluate missing.h5 -o out.h5
    refuse 3 'Is a directory' "$starfmm" evaluate . -o out.h5
    holds in.h5 whole.h5
}

# refuse_text PATTERN TEXT
refuse_text() {
    printf "$2" >in.csv
    refuse 3 "$1" "$starfmm" evaluate in.csv -o out.h5
}

case_refuses_text() {
    in_data
    refuse_text 'in.csv:3: column 2: nan is not finite' '# c\n0 0 0 1\n0 nan 1 1\n'
    refuse_text 'in.csv:2: column 4: 1e999 is not finite' '0 0 0 1\n0 1 1 1e999\n'
    refuse_text 'in.csv:2: column 1: -inf is not finite' '0,0,0,1\n-inf,1,1,1\n'
    refuse_text "in.csv:1: column 2: 'a' is not a number" '0 a 0 1\n'
    refuse_text "in.csv:2: column 3: '1x' is not a number" 'x y z q\n0 0 1x 1\n'
    refuse_text 'in.csv:2: column 1: .x. is not a number' 'x y z q\nx y z q\n'
    refuse_text 'in.csv:2: 3 columns, but 4' '0 0 0 1\n0 0 1\n'
    refuse_text 'in.csv:1: column 2' '0,,0,1\n'
    refuse_text 'in.csv:1: column 5' '0,0,0,1,\n'
    refuse_text '3 columns; expected x y z' '0 0 0\n1 1 1\n'
    refuse_text 'holds no numbers' ''
    refuse_text 'holds no numbers' '# nothing\n'
    refuse_text '3 columns; expected x y z' '# nothing\nx,y,z\n'
    refuse_text 'in.csv:1: a zero byte' '0 0 0 1\000\n'
    holds in.csv
}

# Sound inputs that are odd: no points, no targets, columns, CRLF, byte order mark.
case_accepts_odd_inputs() {
    in_data
    for kind in good good_columns empty no_targets; do
        "$make_input" $kind in.h5 || fail "make_input $kind"
        run 0 "$starfmm" evaluate in.h5 -o out.h5 --gradient
        run 0 "$starfmm" verify in.h5 out.h5
        run 0 "$starfmm" evaluate in.h5 -o out.csv --gradient
        run 0 "$starfmm" verify in.h5 out.csv
    done
    printf '\357\273\277x,y,z,q\r\n0,0,0,1\r\n\r\n  1 , 0 , 0 , 1\r\n' >in.csv
    run 0 "$starfmm" evaluate in.csv -o out.csv
    [ "$(grep -c '^0\.0795' out.csv)" = 2 ] || fail "CRLF: $(cat out.csv)"
}

case_unwritable_output() {
    in_data
    run 0 "$starfmm" generate cube -n 100 -o in.h5
    refuse 4 'No such file or directory' "$starfmm" generate cube -n 100 -o no/x.h5
    refuse 4 'No such file or directory' "$starfmm" evaluate in.h5 -o no/x.h5
    refuse 4 'No such file or directory' "$starfmm" evaluate in.h5 -o x.h5 --plan-out no/p.h5
    refuse 4 'Is a directory' "$starfmm" evaluate in.h5 -o .
    refuse 4 'not a regular file' "$starfmm" evaluate in.h5 -o /dev/full
    refuse 4 'name too long' "$starfmm" evaluate in.h5 -o "$(printf '%0300d' 0).h5"
    if [ "$(id -u)" -ne 0 ]; then
        mkdir locked && chmod 555 locked
        refuse 4 'Permission denied' "$starfmm" evaluate in.h5 -o locked/x.h5
        rmdir locked
    fi
    holds in.h5
}

case_full_disk() {
    in_data
    run 0 "$starfmm" generate cube -n 20000 -o in.h5
    refuse 4 '/dev/full: No space' "$starfmm" generate cube -n 1000 --format csv -o /dev/full
    refuse 4 '/dev/full: No space' "$starfmm" evaluate in.h5 --format csv -o /dev/full
    "$starfmm" info >/dev/full 2>"$work/err"
    [ $? -eq 4 ] || fail "info to a full disk"
    echo old >keep.csv
    # A limit on the size of files, in blocks of 512 bytes, stands for a full disk.
    limited() {
        (ulimit -f 100 && exec "$@")
    }
    refuse 4 'x.h5' limited "$starfmm" generate cube -n 20000 -o x.h5
    refuse 4 'keep.csv' limited "$starfmm" generate cube -n 20000 -o keep.csv
    refuse 4 'x.h5' limited "$starfmm" evaluate in.h5 -o x.h5
    [ "$(cat keep.csv)" = old ] || fail "the old output is gone"
    holds in.h5 keep.csv
}

case_replaces_output() {
    in_data
    run 0 "$starfmm" generate cube -n 100 -o real.csv
    ln -s real.csv link.csv
    run 0 "$starfmm" generate cube -n 50 -o link.csv
    [ -L link.csv ] || fail "the link is replaced"
    [ "$(grep -c '^[0-9]' real.csv)" = 50 ] || fail "the linked file is not"
    (umask 027 && "$starfmm" generate cube -n 5 -o mode.csv)
    ls -l mode.csv | grep -q '^-rw-r-----' || fail "mode: $(ls -l mode.csv)"
    holds link.csv mode.csv real.csv
}

# Whenever the signal comes, no temporary outlives the process.
case_interrupted() {
    in_data
    for wait in 0 0.05 0.2; do
        "$starfmm" generate cube -n 3000000 -o x.csv 2>/dev/null &
        sleep $wait
        kill -TERM $! 2>/dev/null
        wait $! 2>/dev/null
        [ "$(ls -A)" = '' ] || [ "$(ls -A)" = x.csv ] || fail "left: $(ls -A)"
        rm -f x.csv
    done
}

# A fault of the process is no excuse for a temporary: StarPU aborts at times.  Under StarPU's
# own handlers a signal ends the process all the same.
case_killed_while_evaluating() {
    in_data
    run 0 "$starfmm" generate cube -n 1000000 -o in.h5
    for signal in ABRT TERM SEGV; do
        "$starfmm" evaluate in.h5 -o x.h5 --repeat 100 >/dev/null 2>&1 &
        sleep 0.5
        kill -$signal $! 2>/dev/null
        wait $! 2>/dev/null && fail "$signal is survived"
        holds in.h5
    done
}

# Whatever the limit on address space, a result or a message, and soon.
case_little_address_space() {
    "$starfmm" --version | grep -q . || exit 1
    nm -D "$starfmm" 2>/dev/null | grep -q __asan && exit 77
    run 0 "$starfmm" generate cube -n 20000 -o in.h5
    kinds=
    for megabytes in 100 200 300 400 450 500 550 600 700 800 900 1000 4000; do
        (
            ulimit -v $((megabytes * 1000))
            STARPU_NCPU=2 timeout 30 "$starfmm" evaluate in.h5 -o out.h5 --digits 9
        ) >"$work/out" 2>"$work/err"
        code=$?
        kinds="$kinds $code"
        case $code in
        0) ;;
        5) grep -q '^starfmm: .*no memory' "$work/err" || fail "$megabytes MB: $(cat "$work/err")" ;;
        *) fail "exit code $code with $megabytes MB: $(cat "$work/err")" ;;
        esac
    done
    case $kinds in
    " 5 "*" 0") ;;
    *) fail "from refusals to results: $kinds" ;;
    esac
}

case_plan_out() {
    in_data
    run 0 "$starfmm" generate cube -n 1000 -o in.h5
    run 0 "$starfmm" evaluate in.h5 -o out.h5 --plan-out plan.h5
    holds in.h5 out.h5 plan.h5
}

# Every dataset of every file tells its meaning and axes; numbers with a unit tell that.
case_files_explain_themselves() {
    command -v h5dump >/dev/null || exit 77
    in_data
    run 0 "$starfmm" generate cube -n 1000 --targets 50 --rhs 2 -o in.h5
    run 0 "$starfmm" evaluate in.h5 -o out.h5 --plan-out plan.h5 --gradient --points
    for file in in out plan; do
        h5dump -A $file.h5 >dump || fail "h5dump $file.h5"
        for attribute in meaning axes; do
            awk -v a="\"$attribute\"" '/DATASET/ { n++ } $1 == "ATTRIBUTE" && $2 == a { m++ }
                END { exit !(n >= 3 && m >= n) }' dump || fail "$file.h5: a dataset without $attribute"
        done
    done
    h5dump -A out.h5 | grep -q '"potential_j = sum_i charge_i / (4 pi r_ij)"' || fail "no formula"
    h5dump -d targets@units out.h5 >dump 2>&1 || h5dump -a targets/units out.h5 >dump 2>&1
    grep -q 'unit of the coordinates' dump || fail "no units: $(cat dump)"
}

# - is standard input and output; what is printed then goes to standard error.
case_pipes() {
    in_data
    run 0 "$starfmm" generate cube -n 2000 -o in.h5
    run 0 "$starfmm" evaluate in.h5 -o out.csv --deterministic
    run 0 sh -c "'$starfmm' generate cube -n 2000 -o - --format hdf5 | cat |
        '$starfmm' evaluate - -o - --deterministic >piped.csv"
    grep -q '^P2P ' "$work/err" || fail "no table on standard error"
    cmp -s out.csv piped.csv || fail "other potentials through pipes"
    run 0 sh -c "'$starfmm' evaluate - -o - --format hdf5 <in.h5 2>err | cat >piped.h5"
    run 0 "$starfmm" verify in.h5 piped.h5
    run 0 sh -c "cat piped.h5 | '$starfmm' verify in.h5 -"
    refuse 2 'only the file of -o' "$starfmm" evaluate in.h5 -o x.h5 --timeline -
    refuse 4 'standard output' sh -c "'$starfmm' generate cube -n 50000 -o - >/dev/full"
    holds err in.h5 out.csv piped.csv piped.h5
}

case_points_beside_results() {
    in_data
    run 0 "$starfmm" generate cube -n 500 -o in.csv
    round_trip in.csv out.csv --digits 5 --gradient --points
    grep -q '^x,y,z,potential,gradient_x,gradient_y,gradient_z$' out.csv || fail "no header"
    grep '^[0-9]' in.csv | cut -d , -f 1-3 >points
    grep '^[0-9]' out.csv | cut -d , -f 1-3 | cmp -s - points || fail "other points"
    round_trip in.csv out.h5 --digits 5 --points
}

# No points, one header: generate and evaluate agree, in every format.
case_no_points() {
    in_data
    for ending in h5 csv; do
        run 0 "$starfmm" generate cube -n 0 --rhs 2 -o in.$ending
        run 0 "$starfmm" evaluate in.$ending -o out.$ending --gradient
        run 0 "$starfmm" verify in.$ending out.$ending
        run 0 "$starfmm" evaluate in.$ending -o out.vtp
    done
}

# read_vtk PYTHON [vtk]
read_vtk() {
    in_data
    for precision in double float; do
        run 0 "$starfmm" generate sphere -n 700 --rhs 2 -o in.h5
        run 0 "$starfmm" evaluate in.h5 -o out.csv --points --gradient --deterministic \
            --precision $precision
        run 0 "$starfmm" evaluate in.h5 -o out.vtp --gradient --deterministic \
            --precision $precision
        "$1" "$(dirname "$script")/read_vtp.py" out.vtp out.csv ${2:-} || fail "out.vtp"
    done
}

# Read by a reader that is written from VTK's specification.
case_vtk() {
    needs_python
    read_vtk python3
    run 0 "$starfmm" generate cube -n 10 -o in.vtp
    grep -q 'Name="q"' in.vtp || fail "no charges in in.vtp"
}

# Read by VTK, where it is (Debian: python3-vtk9).
case_vtk_by_vtk() {
    for python in python3 /usr/bin/python3; do
        "$python" -c 'import vtkmodules' 2>/dev/null && break
    done || exit 77
    read_vtk "$python" vtk
}

# The bar of a step that takes over a second, on a terminal alone.
case_progress_bar() {
    command -v script >/dev/null || exit 77
    in_data
    run 0 "$starfmm" generate cube -n 30000 -o in.h5
    run 0 "$starfmm" evaluate in.h5 -o out.h5 --digits 6
    script -qec "'$starfmm' verify in.h5 out.h5 --samples 4000" /dev/null >typescript </dev/null
    grep -q '\[#* *\] [0-9]* %, [0-9.]* s left' typescript || fail "no bar: $(cat typescript)"
    run 0 "$starfmm" verify in.h5 out.h5 --samples 2000
    [ -s "$work/err" ] && fail "a bar in a pipe"
}

case_json() {
    needs_python
    in_data
    run 0 "$starfmm" generate sphere -n 3000 -o in.h5
    run 0 "$starfmm" evaluate in.h5 -o out.h5 --digits 4 --repeat 3 --json --n-crit 50 \
        --workers 1
    keys="setup_seconds evaluate_seconds n_sources n_targets n_rhs digits order check_order \
n_crit group_size tree codelet_share operators tasks gflops peak_memory_bytes \
plan_memory_bytes workers scheduler isa setup kernel precision m2l version starpu"
    json_is "not [k for k in '$keys'.split() if k not in o]"
    json_is "len(o['evaluate_seconds']) == 3 and min(o['evaluate_seconds']) > 0"
    json_is "o['n_sources'] == o['n_targets'] == 3000 and o['digits'] == 4"
    json_is "o['n_crit'] == 50 and o['workers'] == 1"
    json_is "all(k in o['tree'] for k in 'nodes leaves depth u v w x'.split())"
    json_is "all(k in o['tree']['u'] for k in ('mean', 'max'))"
    json_is "'seconds' in o['operators']['P2P'] and o['peak_memory_bytes'] > 1000000"
    run 0 "$starfmm" verify in.h5 out.h5 --json --samples 100
    json_is "o['passed'] is True and o['samples'] == 100 and abs(o['tolerance'] - 1e-4) < 1e-9"
    json_is "0 <= o['potential_error'] < 1e-4"
    run 1 "$starfmm" verify in.h5 out.h5 --json --digits 15
    json_is "o['passed'] is False"
}

case_info() {
    run 0 "$starfmm" info
    for line in starfmm StarPU machine settings; do
        grep -q "^$line " "$work/out" || fail "no line $line"
    done
    needs_python
    run 0 "$starfmm" info --json
    json_is "o['starpu']['workers'] >= 1 and o['machine']['cpus_allowed'] >= 1"
    json_is "isinstance(o['warnings'], list) and o['isa'] != ''"
}

case_bad_scheduler() {
    in_data
    run 0 "$starfmm" generate cube -n 100 -o in.h5
    STARPU_SCHED=nonsense
    export STARPU_SCHED
    refuse 5 'nonsense' "$starfmm" evaluate in.h5 -o out.h5
    run 5 "$starfmm" info
    grep -q '^machine ' "$work/out" || fail "info tells nothing of the machine"
    holds in.h5
}

# No folder to keep models in: told of, and no reason to fail.
case_nowhere_to_keep() {
    in_data
    run 0 "$starfmm" generate cube -n 3000 -o in.h5
    run 0 env -u XDG_CACHE_HOME -u STARPU_HOME HOME=/proc/none \
        "$starfmm" evaluate in.h5 -o out.h5
    run 0 env -u XDG_CACHE_HOME -u STARPU_HOME HOME=/proc/none \
        "$starfmm" info
    refuse 5 'STARPU_NCPU=abc: StarPU takes integers' env STARPU_NCPU=abc "$starfmm" evaluate \
        in.h5 -o out2.h5
    holds in.h5 out.h5
}

# refuse_setting SETTING WORDS: evaluate refuses it, and so does info, which tells the rest.
refuse_setting() {
    refuse 2 "$1: $2" env "$1" "$starfmm" evaluate in.h5 -o out.h5
    run 2 env "$1" "$starfmm" info
    grep -q "$1: $2" "$work/err" || fail "info says '$(cat "$work/err")'"
    grep -q '^machine ' "$work/out" || fail "info tells nothing of the machine"
}

case_wrong_settings() {
    in_data
    run 0 "$starfmm" generate cube -n 100 -o in.h5
    refuse_setting STARFMM_GROUP=-3 'must be an integer from 1 to 1073741824'
    refuse_setting STARFMM_GROUP=abc 'must be an integer'
    refuse_setting STARFMM_N_CRIT=1e3 'must be an integer from 1 to 1000000'
    refuse_setting STARFMM_M2L=nonsense 'must be auto, fourier or dense'
    refuse_setting STARFMM_VERBOSE=loud 'must be an integer from 0 to 2'
    holds in.h5
}

case_settings() {
    needs_python
    in_data
    run 0 "$starfmm" generate cube -n 3000 -o in.h5
    run 0 env STARFMM_N_CRIT=77 STARFMM_GROUP=9 STARFMM_M2L=dense STARFMM_ISA=portable \
        "$starfmm" evaluate in.h5 -o out.h5 --json
    json_is "(o['n_crit'], o['group_size'], o['m2l'], o['isa']) == (77, 9, 'dense', 'portable')"
    run 0 env STARFMM_N_CRIT=77 "$starfmm" evaluate in.h5 -o out.h5 --json --n-crit 50
    json_is "o['n_crit'] == 50"
    STARFMM_GROUP=9 STARFMM_GRUOP=9 run 0 "$starfmm" info
    grep -q '^  STARFMM_GROUP=9$' "$work/out" || fail "info shows no STARFMM_GROUP"
    grep -q '^warning .*STARFMM_GRUOP' "$work/out" || fail "no warning of STARFMM_GRUOP"
    STARFMM_ISA=portable run 0 "$starfmm" info --json
    json_is "o['isa'] == 'portable' and o['settings']['STARFMM_ISA'] == 'portable'"
    json_is "'STARFMM_GROUP' not in o['settings']"
}

case_verbosity() {
    in_data
    run 0 "$starfmm" generate cube -n 1000 -o in.h5
    STARFMM_VERBOSE=2 run 0 "$starfmm" evaluate in.h5 -o out.h5 --workers 2 --repeat 2
    grep -Eqx 'starfmm: [0-9.]+ s: evaluating, 2 of 2' "$work/err" || fail "$(cat "$work/err")"
    STARPU_NCPU=1 STARFMM_VERBOSE=1 run 0 "$starfmm" evaluate in.h5 -o out.h5 --workers 2
    grep -q '^starfmm: warning: 2 workers' "$work/err" || fail "no warning"
    STARPU_NCPU=1 STARFMM_VERBOSE=0 run 0 "$starfmm" evaluate in.h5 -o out.h5 --workers 2
    [ -s "$work/err" ] && fail "quiet says '$(cat "$work/err")'"
}

run_case "$case_name"
