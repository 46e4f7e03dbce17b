/* SPDX-License-Identifier: BSD-3-Clause */
#include "tool/options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/help.h"

#define MAX_OPTIONS 40
/* getopt_long's codes of long options start above every character. */
#define FIRST_CODE 256
#define HELP_CODE (FIRST_CODE + MAX_OPTIONS)

/* getopt's view of a table. */
typedef struct parser {
    struct option longs[MAX_OPTIONS + 2];
    char letters[2 * MAX_OPTIONS + 4];
    int n;
} parser;

static void build(parser *p, const tool_option *options)
{
    char *letter = p->letters;
    memset(p, 0, sizeof(*p));
    *letter++ = ':'; /* a missing value is told apart from an unknown option */
    for (; options[p->n].name && p->n < MAX_OPTIONS; p->n++) {
        const tool_option *o = &options[p->n];
        int takes_value = o->kind != TOOL_FLAG;
        p->longs[p->n] =
            (struct option){o->name, takes_value ? required_argument : no_argument, NULL,
                            FIRST_CODE + p->n};
        if (o->letter == 0) continue;
        *letter++ = o->letter;
        if (takes_value) *letter++ = ':';
    }
    p->longs[p->n] = (struct option){"help", no_argument, NULL, HELP_CODE};
    *letter = 'h';
}

static const tool_option *find(const tool_option *options, int code)
{
    if (code >= FIRST_CODE) return &options[code - FIRST_CODE];
    for (const tool_option *o = options; o->name; o++)
        if (o->letter == code) return o;
    return NULL;
}

static int bad_value(const tool_option *o, const char *text, const char *expected)
{
    return tool_fail(TOOL_USAGE, "--%s %s: expected %s", o->name, text, expected);
}

/* A number in min..max; `whole` wants an integer. */
static int parse_number(const tool_option *o, const char *text, int whole, double *v)
{
    char *end, expected[80];
    *v = strtod(text, &end);
    if (end != text && *end == '\0' && *v >= o->min && *v <= o->max &&
        (!whole || *v == floor(*v)))
        return TOOL_OK;
    snprintf(expected, sizeof(expected), "%s from %.10g to %.10g",
             whole ? "an integer" : "a number", o->min, o->max);
    return bad_value(o, text, expected);
}

static int parse_seed(const tool_option *o, const char *text, uint64_t *seed)
{
    char *end;
    errno = 0;
    *seed = strtoull(text, &end, 0);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0)
        return bad_value(o, text, "an integer from 0 to 2^64 - 1");
    return TOOL_OK;
}

static int parse_choice(const tool_option *o, const char *text, int *choice)
{
    char expected[256] = "one of";
    *choice = tool_choice_find(o->choices, text);
    if (*choice >= 0) return TOOL_OK;
    for (int i = 0; o->choices[i]; i++) {
        size_t used = strlen(expected);
        snprintf(expected + used, sizeof(expected) - used, "%s %s", i ? "," : "",
                 o->choices[i]);
    }
    return bad_value(o, text, expected);
}

static int parse_value(const tool_option *o, const char *text, void *settings)
{
    void *field = (char *)settings + o->offset;
    double v;
    switch (o->kind) {
    case TOOL_FLAG:
        *(int *)field = 1;
        break;
    case TOOL_INTEGER:
        TOOL_TRY(parse_number(o, text, 1, &v));
        *(int *)field = (int)v;
        break;
    case TOOL_COUNT:
        TOOL_TRY(parse_number(o, text, 1, &v));
        *(size_t *)field = (size_t)v;
        break;
    case TOOL_REAL:
        return parse_number(o, text, 0, field);
    case TOOL_SEED:
        return parse_seed(o, text, field);
    case TOOL_CHOICE:
        return parse_choice(o, text, field);
    case TOOL_TEXT:
        if (text[0] == '\0' && o->min >= 0) return bad_value(o, "''", "a name");
        *(const char **)field = text;
        break;
    }
    return TOOL_OK;
}

static int parse_operands(const tool_command *command, int argc, char **argv,
                          const char *operands[TOOL_MAX_OPERANDS])
{
    int n = 0;
    for (; command->operands[n]; n++) {
        if (n >= argc)
            return tool_fail(TOOL_USAGE, "%s: %s is missing; see 'starfmm %s --help'",
                             command->name, command->operands[n], command->name);
        operands[n] = argv[n];
    }
    if (n < argc)
        return tool_fail(TOOL_USAGE, "%s: unexpected argument '%s'", command->name,
                         argv[n]);
    return TOOL_OK;
}

static int refuse(const tool_command *command, int code, const char *argument)
{
    const char *problem = code == ':' ? "needs a value" : "is unknown or takes no value";
    return tool_fail(TOOL_USAGE, "%s: option '%s' %s; see 'starfmm %s --help'",
                     command->name, argument, problem, command->name);
}

int tool_parse(const tool_command *command, int argc, char **argv, void *settings,
               const char *operands[TOOL_MAX_OPERANDS])
{
    parser p;
    int code;
    build(&p, command->options);
    optind = 1;
    while ((code = getopt_long(argc, argv, p.letters, p.longs, NULL)) != -1) {
        if (code == '?' || code == ':') {
            char letter[3] = {'-', (char)optopt, '\0'};
            int is_letter = optopt > 0 && optopt < FIRST_CODE;
            return refuse(command, code, is_letter ? letter : argv[optind - 1]);
        }
        if (code == HELP_CODE || code == 'h') {
            tool_help_command(command);
            return TOOL_HELP;
        }
        TOOL_TRY(parse_value(find(command->options, code), optarg, settings));
    }
    return parse_operands(command, argc - optind, argv + optind, operands);
}
