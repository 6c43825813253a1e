/* Completions for bash, zsh and fish from the tables of commands, options, keys and topics. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "runner/cli/cli.h"
#include "runner/cli/topics.h"
#include "runner/config/cfg.h"

/* What may stand for an operand, or for the value of an option. */
typedef enum arg_kind { ANYTHING, WORDS, FILES, INI, KEYS, EXPERIMENTS, TOPICS } arg_kind;

static const char *const kind_names[] = {"anything", "words",       "files", "ini",
                                         "keys",     "experiments", "topics"};

static arg_kind kind_of_option(const cli_option *o)
{
    if (o->values)
        return WORDS;
    if (strcmp(o->name, "set") == 0)
        return KEYS;
    bool is_path = !strcmp(o->argument, "FILE") || !strcmp(o->argument, "DIR") ||
                   !strcmp(o->argument, "FOLDER");
    return is_path ? FILES : ANYTHING;
}

static arg_kind kind_of_operands(const cli_command *c)
{
    static const struct {
        const char *part;
        arg_kind kind;
    } kinds[] = {{"FILE.ini", INI},    {"EXPERIMENT", EXPERIMENTS},
                 {"A B", EXPERIMENTS}, {"TOPIC", TOPICS},
                 {"PATH", FILES},      {"DATA", FILES},
                 {"FOLDER", FILES}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strstr(c->operands, kinds[i].part))
            return kinds[i].kind;
    return ANYTHING;
}

/* The next word of a list such as "csv (default), json or ini": its length, 0 at the end. */
static size_t next_word(const char **at)
{
    for (const char *c = *at; *c;) {
        size_t n = strcspn(c, ", \n");
        bool counts = n > 0 && *c != '(' && !(n == 2 && strncmp(c, "or", n) == 0);
        *at = c;
        if (counts)
            return n;
        c += n + (c[n] != '\0');
    }
    return 0;
}

static void put_words(const char *list)
{
    const char *word = list, *between = "";
    for (size_t n; (n = next_word(&word)) > 0; word += n, between = " ")
        printf("%s%.*s", between, (int)n, word);
}

static void put_keys(void)
{
    for (size_t i = 0; i < cfg_option_count(); i++)
        printf("%s=\n", cfg_option_at(i).key);
    for (size_t i = 0; i < cfg_option_count(); i++)
        if (cfg_option_at(i).can_be_axis)
            printf("sweep.%s=\n", cfg_option_at(i).key);
}

static void put_topics(void)
{
    for (const cli_topic *t = cli_topics(); t->name; t++)
        printf("%s ", t->name);
    for (const cli_command *const *c = cli_commands(); *c; c++)
        if (!strchr((*c)->name, ' '))
            printf("%s ", (*c)->name);
}

/* First words of commands, each once: "data" of "data info" and "data synth". */
static bool is_first(const cli_command *const *c)
{
    size_t n = strcspn((*c)->name, " ");
    return c == cli_commands() || strncmp(c[-1]->name, (*c)->name, n) != 0 ||
           c[-1]->name[n] != (*c)->name[n];
}

static void put_first_words(void)
{
    for (const cli_command *const *c = cli_commands(); *c; c++)
        if (is_first(c))
            printf("%.*s ", (int)strcspn((*c)->name, " "), (*c)->name);
}

/* The options of a command, then those of all; NULL at the end. */
static const cli_option *option_at(const cli_command *c, size_t index)
{
    size_t n = 0;
    while (c->options[n].name)
        n++;
    const cli_option *o = index < n ? &c->options[index] : &cli_common_options()[index - n];
    return o->name ? o : NULL;
}

static void put_bash_command(const cli_command *c)
{
    const cli_option *o;
    printf("    '%s')\n        operands=%s\n        options='", c->name,
           kind_names[kind_of_operands(c)]);
    for (size_t i = 0; (o = option_at(c, i)); i++) {
        printf("--%s ", o->name);
        if (o->letter)
            printf("-%c ", o->letter);
    }
    printf("'\n        case $before in\n");
    for (size_t i = 0; (o = option_at(c, i)); i++) {
        if (!o->argument)
            continue;
        printf("        --%s", o->name);
        if (o->letter)
            printf(" | -%c", o->letter);
        printf(") kind=%s", kind_names[kind_of_option(o)]);
        if (o->values) {
            printf(" values='");
            put_words(o->values);
            printf("'");
        }
        printf(" ;;\n");
    }
    printf("        esac ;;\n");
}

/* Names of experiments in the default store that need no quotes in any shell. */
#define EXPERIMENTS_COMMAND                                                                        \
    "sweep list --format csv 2>/dev/null | awk -F, 'NR > 1 && $1 ~ /^[A-Za-z0-9_.-]+$/ { print "   \
    "$1 }' | sort -u"

static void put_bash(void)
{
    printf("# Completions of sweep, made by `sweep help completion bash`.\n_sweep()\n{\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
           "    local command=${COMP_WORDS[1]} kind= values= operands= options=\n"
           "    COMPREPLY=()\n"
           "    if [[ $word == = ]]; then\n        word=\n    elif [[ $before == = ]]; then\n"
           "        before=${COMP_WORDS[COMP_CWORD - 2]}\n    fi\n"
           "    case $command in\n");
    for (const cli_command *const *c = cli_commands(); *c; c++)
        if (strchr((*c)->name, ' ') && is_first(c))
            printf("    %.*s) ((COMP_CWORD < 3)) || command+=\" ${COMP_WORDS[2]}\" ;;\n",
                   (int)strcspn((*c)->name, " "), (*c)->name);
    printf("    esac\n    case $command in\n");
    for (const cli_command *const *c = cli_commands(); *c; c++)
        put_bash_command(*c);
    for (const cli_command *const *c = cli_commands(); *c; c++)
        if (strchr((*c)->name, ' '))
            printf("    %.*s) values+=' %s' ;;&\n", (int)strcspn((*c)->name, " "), (*c)->name,
                   strchr((*c)->name, ' ') + 1);
    printf("    esac\n    if ((COMP_CWORD == 1)); then\n        values='");
    put_first_words();
    printf("--help --version'\n    elif [[ ! $kind$values ]]; then\n"
           "        [[ $word == -* ]] && values=$options || kind=$operands\n    fi\n"
           "    case $kind in\n    keys)\n        compopt -o nospace\n        values='");
    put_keys();
    printf("' ;;\n    topics) values='");
    put_topics();
    printf("' ;;\n    experiments) values=$(" EXPERIMENTS_COMMAND ") ;;\n"
           "    ini)\n        compopt -o filenames\n"
           "        mapfile -t COMPREPLY < <(compgen -f -X '!*.ini' -- \"$word\"; compgen -d -- "
           "\"$word\") ;;\n"
           "    files)\n        compopt -o filenames\n"
           "        mapfile -t COMPREPLY < <(compgen -f -- \"$word\") ;;\n    esac\n"
           "    [[ ! $values ]] || mapfile -t COMPREPLY < <(compgen -W \"$values\" -- \"$word\")\n"
           "}\ncomplete -F _sweep sweep\n");
}

/* Text between single quotes; of zsh, as a part of a specification of _arguments or _describe. */
static void put_quoted(const char *text, const char *quote, const char *special)
{
    for (const char *c = text; *c; c++) {
        if (*c == '\'')
            printf("%s", quote);
        else if (*c == '\n')
            printf(" ");
        else
            printf("%s%c", strchr(special, *c) ? "\\" : "", *c);
    }
}

#define ZSH_QUOTE  "'\\''"
#define FISH_QUOTE "\\'"

static void put_zsh_action(arg_kind kind, const char *values)
{
    switch (kind) {
    case WORDS:
        printf("(");
        put_words(values);
        printf(")");
        break;
    case FILES:
        printf("_files");
        break;
    case INI:
        printf("_files -g \"*.ini(-.)\"");
        break;
    case KEYS:
    case EXPERIMENTS:
    case TOPICS:
        printf("_sweep_%s", kind_names[kind]);
        break;
    case ANYTHING:
        printf(" ");
        break;
    }
}

static void put_zsh_option(const cli_option *o, bool is_letter)
{
    if (is_letter)
        printf(" \\\n            '*-%c%s[", o->letter, o->argument ? "+" : "");
    else
        printf(" \\\n            '*--%s%s[", o->name, o->argument ? "=" : "");
    put_quoted(o->help, ZSH_QUOTE, "[]:\\");
    printf("]");
    if (o->argument) {
        printf(":%s:", kind_names[kind_of_option(o)]);
        put_zsh_action(kind_of_option(o), o->values);
    }
    printf("'");
}

static void put_zsh_command(const cli_command *c)
{
    const cli_option *o;
    printf("    '%s')\n        _arguments -s -S", c->name);
    for (size_t i = 0; (o = option_at(c, i)); i++) {
        put_zsh_option(o, false);
        if (o->letter)
            put_zsh_option(o, true);
    }
    printf(" \\\n            '*:%s:", kind_names[kind_of_operands(c)]);
    put_zsh_action(kind_of_operands(c), NULL);
    printf("' ;;\n");
}

static void put_zsh(void)
{
    printf("#compdef sweep\n# Completions of sweep, made by `sweep help completion zsh`.\n\n"
           "_sweep_keys()\n{\n    compadd -S '' -- ");
    for (size_t i = 0; i < cfg_option_count(); i++)
        printf("%s= ", cfg_option_at(i).key);
    for (size_t i = 0; i < cfg_option_count(); i++)
        if (cfg_option_at(i).can_be_axis)
            printf("sweep.%s= ", cfg_option_at(i).key);
    printf("\n}\n\n_sweep_topics()\n{\n    compadd -- ");
    put_topics();
    printf("\n}\n\n_sweep_experiments()\n{\n    compadd -- $(" EXPERIMENTS_COMMAND ")\n}\n\n"
           "_sweep()\n{\n    local command=$words[2]\n    local -a commands\n    commands=(\n");
    for (const cli_command *const *c = cli_commands(); *c; c++) {
        if (!is_first(c))
            continue;
        printf("        '%.*s:", (int)strcspn((*c)->name, " "), (*c)->name);
        put_quoted((*c)->summary, ZSH_QUOTE, ":\\");
        printf("'\n");
    }
    printf("    )\n    if ((CURRENT == 2)); then\n        _describe command commands\n"
           "        compadd -- --help --version\n        return\n    fi\n"
           "    shift words\n    ((CURRENT--))\n");
    for (const cli_command *const *c = cli_commands(); *c; c++)
        if (strchr((*c)->name, ' '))
            printf("    if [[ $command == %.*s && $CURRENT == 2 ]]; then\n"
                   "        compadd -- %s\n    fi\n",
                   (int)strcspn((*c)->name, " "), (*c)->name, strchr((*c)->name, ' ') + 1);
    for (const cli_command *const *c = cli_commands(); *c; c++)
        if (strchr((*c)->name, ' ') && is_first(c))
            printf("    if [[ $command == %.*s && $CURRENT -gt 2 ]]; then\n"
                   "        command+=\" $words[2]\"\n        shift words\n        ((CURRENT--))\n"
                   "    fi\n",
                   (int)strcspn((*c)->name, " "), (*c)->name);
    printf("    case $command in\n");
    for (const cli_command *const *c = cli_commands(); *c; c++)
        put_zsh_command(*c);
    printf("    esac\n}\n\n_sweep \"$@\"\n");
}

static void put_fish_action(arg_kind kind, const char *values, bool is_operand)
{
    switch (kind) {
    case WORDS:
        printf(" -x -a '");
        put_words(values);
        printf("'");
        break;
    case FILES:
        printf("%s -F", is_operand ? "" : " -r");
        break;
    case INI:
        printf(" -k -a '(__fish_complete_suffix .ini)'");
        break;
    case KEYS:
    case EXPERIMENTS:
    case TOPICS:
        printf("%s -a '(__sweep_%s)'", is_operand ? "" : " -x", kind_names[kind]);
        break;
    case ANYTHING:
        printf("%s", is_operand ? "" : " -x");
        break;
    }
}

static void put_fish_command(const cli_command *c)
{
    const cli_option *o;
    for (size_t i = 0; (o = option_at(c, i)); i++) {
        printf("complete -c sweep -n '__sweep_command %s' -l %s", c->name, o->name);
        if (o->letter)
            printf(" -s %c", o->letter);
        if (o->argument)
            put_fish_action(kind_of_option(o), o->values, false);
        printf(" -d '");
        put_quoted(o->help, FISH_QUOTE, "\\");
        printf("'\n");
    }
    if (kind_of_operands(c) == ANYTHING)
        return;
    printf("complete -c sweep -n '__sweep_command %s'", c->name);
    put_fish_action(kind_of_operands(c), NULL, true);
    printf("\n");
}

static void put_fish(void)
{
    printf("# Completions of sweep, made by `sweep help completion fish`.\n"
           "function __sweep_command\n    set -l words (commandline -opc)\n    set -l n (count "
           "$argv)\n"
           "    set -e words[1]\n    test (count $words) -ge $n\n"
           "    and test \"$words[1..$n]\" = \"$argv\"\nend\n"
           "function __sweep_only\n    set -l words (commandline -opc)\n    set -e words[1]\n"
           "    test \"$words\" = \"$argv\"\nend\n"
           "function __sweep_keys\n    echo '");
    put_keys();
    printf("'\nend\nfunction __sweep_topics\n    string split -n ' ' '");
    put_topics();
    printf("'\nend\nfunction __sweep_experiments\n    " EXPERIMENTS_COMMAND "\nend\n"
           "complete -c sweep -f\n"
           "complete -c sweep -n __sweep_only -l help -d 'show help'\n"
           "complete -c sweep -n __sweep_only -l version -d 'print version and features'\n");
    for (const cli_command *const *c = cli_commands(); *c; c++) {
        const char *blank = strchr((*c)->name, ' ');
        if (is_first(c))
            printf("complete -c sweep -n __sweep_only -a %.*s", (int)strcspn((*c)->name, " "),
                   (*c)->name);
        if (is_first(c) && !blank) {
            printf(" -d '");
            put_quoted((*c)->summary, FISH_QUOTE, "\\");
            printf("'");
        }
        printf("%s", is_first(c) ? "\n" : "");
        if (blank) {
            printf("complete -c sweep -n '__sweep_only %.*s' -a %s -d '", (int)(blank - (*c)->name),
                   (*c)->name, blank + 1);
            put_quoted((*c)->summary, FISH_QUOTE, "\\");
            printf("'\n");
        }
        put_fish_command(*c);
    }
}

swp_status cli_print_completion(const char *shell, swp_err *err)
{
    if (strcmp(shell, "bash") == 0)
        put_bash();
    else if (strcmp(shell, "zsh") == 0)
        put_zsh();
    else if (strcmp(shell, "fish") == 0)
        put_fish();
    else
        return swp_fail(err, SWP_USAGE, "help completion: expected bash, zsh or fish, found \"%s\"",
                        shell);
    return SWP_OK;
}
