# SPDX-License-Identifier: BSD-3-Clause
# The text of `starfmm [COMMAND] --help` as a manual page of section 1, so that neither says
# anything that the other does not:   starfmm evaluate --help | awk -v version=... -f this
#
# Sections begin in column 0, text at 4 blanks; in OPTIONS, ENVIRONMENT and FILES what stands
# at 8 blanks belongs to the line above.  Examples and tables keep their lines.

function escaped(s) {
    gsub(/\\/, "\\e", s)
    gsub(/-/, "\\-", s)
    gsub(/'/, "\\(aq", s)
    gsub(/`/, "\\(ga", s)
    return s ~ /^\./ ? "\\&" s : s
}
function literal(wanted) {
    if (wanted != is_literal) print (wanted ? ".nf" : ".fi")
    is_literal = wanted
}

/^[A-Z]/ {
    literal(0)
    section = $0
    if (section != "NAME") print ".SH " section
    keeps = section ~ /^(SYNOPSIS|COMMANDS|EXIT STATUS|EXAMPLES)$/
    next
}
section == "NAME" && NF {
    name = $0
    sub(/^ */, "", name)
    dash = index(name, " - ")
    brief = substr(name, dash + 3)
    name = substr(name, 1, dash - 1)
    gsub(/ /, "-", name)
    printf ".TH %s 1 \"\" \"starfmm %s\" \"starfmm\"\n", toupper(name), version
    print ".SH NAME\n" escaped(name) " \\- " escaped(brief)
    next
}
!NF { next }
{
    match($0, /^ */)
    indent = RLENGTH
    text = escaped(substr($0, indent + 1))
}
section == "DESCRIPTION" {
    literal(indent > 4)
    print text
    next
}
keeps {
    literal(1)
    print substr($0, 5) == substr($0, indent + 1) ? text : sprintf("%" (indent - 4) "s%s", "", text)
    next
}
indent == 4 { print ".TP\n\\fB" text "\\fR"; next }
{ print text }
END { literal(0) }
