# SPDX-License-Identifier: BSD-3-Clause
# Completion of the command starfmm for bash, from what --help says at that moment.
_starfmm() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        words="--help --version $("$1" --help 2>/dev/null |
            awk '/^[A-Z]/ { inside = $0 == "COMMANDS" } inside && /^    / { print $1 }')"
    else
        words=$("$1" "${COMP_WORDS[1]}" --help 2>/dev/null | awk -v before="$before" -v word="$word" \
            -v at="$COMP_CWORD" '
            /^[A-Z]/ { section = $0 }
            section == "DESCRIPTION" && /^      [a-z]/ && at == 2 && word !~ /^-/ { print $1 }
            section != "OPTIONS" || !/^    -/ { next }
            {
                sub(/,/, "")
                long = $1 ~ /^--/ ? $1 : $2
                value = $1 ~ /^--/ ? $2 : $3
                if (before == $1 || before == long) {
                    taken = value != ""
                    if (gsub(/\|/, " ", value)) choices = value
                }
                all = all " " long
            }
            END { if (choices) print choices; else if (!taken && word ~ /^-/) print all }')
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _starfmm starfmm
