#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What a user finds once the packages are installed: test_package.sh SOURCE BUILD CASE
source=$1
build=$2
starfmm=$build/starfmm
. "$(dirname "$0")/../support/cases.sh"

commands() {
    "$starfmm" --help | awk '/^[A-Z]/ { inside = $0 == "COMMANDS" } inside && /^    / { print $1 }'
}

# page NAME.SECTION: the words of a manual page, without the escapes of its source.
page() {
    gzip -dc "$build/doc/man${1##*.}/$1.gz" | sed 's/\\-/-/g; s/\\f[BR]//g; s/\\(ga/`/g; s/\\e/\\/g'
}

# The tables of the code: commands, options, variables.
case_every_option_has_its_page() {
    [ "$(commands | wc -l)" -ge 4 ] || fail "commands: $(commands)"
    page starfmm.1 >all
    for command in $(commands); do
        grep -q "^$command " all || fail "$command is not in starfmm(1)"
        page "starfmm-$command.1" >one || fail "no starfmm-$command(1)"
        grep -q "^starfmm-$command - " one || fail "starfmm-$command(1) has no name"
        "$starfmm" "$command" --help | grep -oE '^    (-., )?--[a-z0-9-]+' | sed 's/^ *//' >options
        [ "$(wc -l <options)" -ge 3 ] || fail "$command has options: $(cat options)"
        while read -r option; do
            grep -qF -e "$option" one || fail "$option is not in starfmm-$command(1)"
        done <options
        grep -oE '"[a-z0-9-]+", (0|.\w.), TOOL_' "$source/src/tool/$command.c" |
            sed -E 's/^"([^"]*)".*/\1/' >rows
        while read -r option; do
            grep -q -e "--$option" options || fail "row '$option' of $command is in no page"
        done <rows
    done
    grep -oE '\{"STARFMM_[A-Z0-9_]+' "$source/src/plan/environment.c" | tr -d '{"' >variables
    [ "$(wc -l <variables)" -ge 6 ] || fail "variables: $(cat variables)"
    while read -r variable; do
        grep -q "$variable" all || fail "$variable is not in starfmm(1)"
    done <variables
}

# Every function of the library is in the page of its header, and leads to it.
case_every_function_has_its_page() {
    nm -D --defined-only "$build/libstarfmm.so" | awk '{ print $3 }' | grep '^starfmm_' >functions
    [ "$(wc -l <functions)" -ge 30 ] || fail "functions: $(cat functions)"
    while read -r function; do
        gzip -dc "$build/doc/man3/$function.3.gz" >so
        to=$(sed -n 's/^\.so man3\///p' "$work/so")
        page "$to" | grep -q "$function(" || fail "$function is not in $to"
    done <functions
}

# Types, constants and fields, too: each name of a header is in its page.
case_every_name_has_its_page() {
    for header in "$source"/include/*.h; do
        name=$(basename "$header" .h)
        page "$name.3" | grep -oE '\w+' | sort -u >words
        {
            grep -vE '^#(ifndef|include)' "$header" | grep -oE '\b(STARFMM|starfmm)_\w+'
            sed -nE 's/^    [a-z_].*[ *]([a-z_]+)(\[\w+\])?;.*/\1/p' "$header" # fields
        } | grep -vE '^(STARFMM_API|STARFMM_(STARPU_|KERNEL_)?H)$' | sort -u >names
        [ "$(wc -l <names)" -ge 30 ] || fail "names of $name: $(cat names)"
        comm -23 names words | grep . >&2 && fail "not in $name(3)"
    done
}

case_pages_are_sound() {
    command -v man >/dev/null || skip "no man: apt install man-db"
    for file in "$build"/doc/man?/*.gz; do
        gzip -dc "$file" | grep -q '^\.so' && continue
        LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$file" \
            2>&1 >/dev/null | grep . && fail "$file"
    done
}

# complete WORD...: what bash would offer for the last word.
complete_words() {
    bash -c 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _starfmm "$1"
        printf "%s\n" "${COMPREPLY[@]}"' "$source/src/package/completion.bash" "$@" | sort
}
case_completion() {
    command -v bash >/dev/null || skip "no bash"
    complete_words "$starfmm" '' >offered
    (commands && printf '%s\n' --help --version) | sort | diff - offered >&2 || fail "commands"
    for command in $(commands); do
        complete_words "$starfmm" "$command" --digits=3 -- >offered
        "$starfmm" "$command" --help | sed -n '/^OPTIONS/,$p' | sed -nE 's/^    (-., )?(--[a-z0-9-]+).*/\2/p' | sort |
            diff - offered >&2 || fail "options of $command"
    done
    complete_words "$starfmm" evaluate in.h5 --precision '' | tr '\n' ' ' >offered
    grep -qx 'double float ' offered || fail "choices: $(cat offered)"
    complete_words "$starfmm" generate sp | grep -qx sphere || fail "kinds of points"
}

case_packages() {
    command -v dpkg-deb >/dev/null || skip "no dpkg"
    "$SFM_CPACK" -G DEB --config "$build/CPackConfig.cmake" -B "$work" >log 2>&1 ||
        fail "cpack: $(cat log)"
    for name in libstarfmm0 libstarfmm-dev starfmm_ python3-starfmm; do
        set -- "$work/$name"*.deb
        [ -f "$1" ] || fail "no package $name: $(ls)"
    done
    dpkg-deb -c python3-starfmm*.deb >files
    grep -q 'usr/lib/python3/dist-packages/starfmm.py$' files || fail "no module"
    dpkg-deb -c starfmm_*.deb >files
    for file in bin/starfmm share/man/man1/starfmm-evaluate.1.gz share/starfmm/trace.py share/starfmm/build_starpu.sh \
        share/bash-completion/completions/starfmm share/doc/starfmm/README.md; do
        grep -q "usr/$file$" files || fail "no $file"
    done
    dpkg-deb -I libstarfmm0*.deb >control
    grep -q 'Depends:.*libstarpu' control || fail "no dependencies"
    command -v lintian >/dev/null || skip "no lintian: apt install lintian"
    lintian --fail-on error --tag-display-limit 0 ./*.deb >log 2>&1 || fail "$(cat log)"
}

run_case "$3"
