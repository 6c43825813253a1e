/* Manual pages from the tables of commands, options, keys and topics, in roff with the macros of
 * man(7). Text is filled, with `words` in bold; lines that begin with a blank stay as they are. */
#include <stdio.h>
#include <string.h>

#include "runner/cli/cli.h"
#include "runner/cli/topics.h"
#include "runner/config/cfg.h"
#include "runner/version.h"

#define FILL_COLUMNS 60 /* of the source, without escapes; man(1) refills */

/* One byte of text as roff. */
static void put_byte(char c, bool *bold)
{
    if (c == '\\')
        printf("\\e");
    else if (c == '-')
        printf("\\-");
    else if (c == '`')
        printf("%s", (*bold = !*bold) ? "\\fB" : "\\fR");
    else
        printf("%c", c);
}

/* Text without line breaks; what roff would interpret is escaped. */
static void put_plain(const char *text, size_t n, bool *bold)
{
    if (n > 0 && (text[0] == '.' || text[0] == '\''))
        printf("\\&");
    for (size_t i = 0; i < n; i++)
        put_byte(text[i], bold);
}

/* Words on lines of a fair length. `column` is where the line before ended. */
static void fill(const char *text, size_t n, size_t *column, bool *bold)
{
    for (size_t i = 0; i < n;) {
        size_t length = strcspn(text + i, " \n");
        length = length < n - i ? length : n - i;
        if (length > 0) {
            bool fits = *column > 0 && *column + 1 + length <= FILL_COLUMNS;
            if (*column > 0)
                fputs(fits ? " " : "\n", stdout);
            *column = fits ? *column + 1 + length : length;
            put_plain(text + i, length, bold);
        }
        i += length + 1;
    }
}

static void end_fill(size_t *column)
{
    if (*column > 0)
        printf("\n");
    *column = 0;
}

static bool is_heading(const char *line, size_t n)
{
    return n > 0 && strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ") == n;
}

/* Paragraphs, HEADINGS and lines as they are. */
static void put_text(const char *text)
{
    bool verbatim = false, bold = false, paragraph = false, is_first = true;
    size_t column = 0;
    for (const char *line = text; *line;) {
        size_t n = strcspn(line, "\n");
        bool stays = line[0] == ' ' || (verbatim && n == 0 && line[1] == ' ');
        if (stays && !verbatim) {
            end_fill(&column);
            printf("%s.RS 2\n.nf\n", is_first ? "" : ".PP\n");
        } else if (verbatim && !stays) {
            printf(".fi\n.RE\n");
            paragraph = true;
        }
        verbatim = stays;
        is_first = is_heading(line, n) || (is_first && n == 0);
        if (stays) {
            bool no_bold = false;
            put_plain(line, n, &no_bold);
            printf("\n");
        } else if (n == 0) {
            end_fill(&column);
            paragraph = !is_first;
        } else if (is_heading(line, n)) {
            printf(".SS %.*s\n", (int)n, line);
            paragraph = false;
        } else {
            if (paragraph && column == 0)
                printf(".PP\n");
            paragraph = false;
            fill(line, n, &column, &bold);
        }
        line += n + (line[n] == '\n');
    }
    end_fill(&column);
    if (verbatim)
        printf(".fi\n.RE\n");
}

static void put_sentence(const char *text)
{
    size_t column = 0;
    bool bold = false;
    fill(text, strlen(text), &column, &bold);
    end_fill(&column);
}

static void put_head(const char *title, int section, const char *name, const char *summary)
{
    printf(".\\\" Made by `sweep help man %s`.\n.TH %s %d %s \"sweep %s\"\n.SH NAME\n%s \\- %s\n",
           name, title, section, SWEEP_DATE, SWEEP_VERSION, name, summary);
}

static void put_topic(const char *heading, const char *topic)
{
    printf(".SH %s\n", heading);
    put_text(cli_topic_find(topic)->text);
}

static void put_bold(const char *text)
{
    bool bold = false;
    printf("\\fB");
    put_plain(text, strlen(text), &bold);
    printf("\\fR");
}

static void put_italic(const char *text)
{
    bool bold = false;
    printf("\\fI");
    put_plain(text, strlen(text), &bold);
    printf("\\fR");
}

static void put_options(const cli_option *options)
{
    for (const cli_option *o = options; o->name; o++) {
        printf(".TP\n");
        if (o->letter)
            printf("\\fB\\-%c\\fR, ", o->letter);
        printf("\\fB\\-\\-\\fR");
        put_bold(o->name);
        if (o->argument) {
            printf(" ");
            put_italic(o->argument);
        }
        printf("\n");
        put_sentence(o->help);
    }
}

static void put_command(const cli_command *c)
{
    printf(".SS sweep %s [OPTION]...%s%s\n", c->name, *c->operands ? " " : "", c->operands);
    put_sentence(c->summary);
    if (c->notes) {
        printf(".PP\n");
        put_text(c->notes);
    }
    put_options(c->options);
}

static void put_sweep(void)
{
    put_head("SWEEP", 1, "sweep", "hyperparameter sweeps and experiments");
    printf(".SH SYNOPSIS\n\\fBsweep\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR]... "
           "[\\fIOPERAND\\fR]...\n.br\n"
           "\\fBsweep\\fR \\-\\-version\n.SH DESCRIPTION\n");
    put_text(
        "`sweep` trains every configuration that an INI file describes, on its own engine for\n"
        "LSTM autoencoders or by running a command of yours, records every epoch in one\n"
        "SQLite file, and prints tables and draws charts of what it finds.");
    printf(".SH COMMANDS\n");
    for (const cli_command *const *c = cli_commands(); *c; c++)
        put_command(*c);
    printf(".SH OPTIONS OF EVERY COMMAND\n");
    put_options(cli_common_options());
    printf(".TP\n\\fB\\-V\\fR, \\fB\\-\\-version\\fR\nin place of a command: print version, commit "
           "and "
           "features\n");
    put_topic("EXIT STATUS", "exit");
    put_topic("ENVIRONMENT", "environment");
    put_topic("DATA SETS", "data");
    put_topic("EXPERIMENTS", "experiments");
    put_topic("GPU", "gpu");
    put_topic("MODELS", "models");
    put_topic("SECURITY", "security");
    printf(".SH GLOSSARY\n");
    for (const cli_word *w = cli_glossary(); w->word; w++) {
        printf(".TP\n\\fB%s\\fR\n", w->word);
        put_sentence(w->meaning);
    }
    printf(".SH SEE ALSO\n\\fBsweep\\-ini\\fR(5), \\fBsweep\\-store\\fR(5), \\fBgnuplot\\fR(1), "
           "\\fBsqlite3\\fR(1)\n");
}

static void put_key(const cfg_option_info *option, const char *name)
{
    printf(".TP\n");
    put_bold(name);
    if (option->default_value) {
        printf(" = ");
        put_italic(option->default_value);
    }
    printf("\n");
    put_sentence(option->help);
    printf(".br\n");
    size_t column = 0;
    bool bold = false;
    fill("Allowed:", strlen("Allowed:"), &column, &bold);
    fill(option->allowed, strlen(option->allowed), &column, &bold);
    printf(".\n");
    if (!option->default_value)
        printf("Must be given.\n");
    if (option->can_be_axis)
        printf("May be an axis.\n");
}

static void put_sweep_ini(void)
{
    put_head("SWEEP\\-INI", 5, "sweep-ini", "INI files of sweep");
    printf(".SH DESCRIPTION\n");
    put_text(cli_topic_find("ini")->text);
    printf(".SH OPTIONS\n");
    for (size_t i = 0; i < cfg_option_count(); i++) {
        cfg_option_info option = cfg_option_at(i);
        size_t length;
        const char *name = cfg_option_name(&option, &length);
        if (cfg_option_begins_section(i))
            printf(".SS [%.*s]\n", (int)length, option.key);
        put_key(&option, name);
    }
    put_topic("COMMANDS OF YOUR OWN", "scripts");
    printf(".SH SEE ALSO\n\\fBsweep\\fR(1), \\fBsweep\\-store\\fR(5)\n");
}

static void put_sweep_store(void)
{
    put_head("SWEEP\\-STORE", 5, "sweep-store", "stores of sweep: views, exports, tables");
    put_topic("DESCRIPTION", "store");
    printf(".SH SEE ALSO\n\\fBsweep\\fR(1), \\fBsweep\\-ini\\fR(5), \\fBsqlite3\\fR(1)\n");
}

swp_status cli_print_man(const char *page, swp_err *err)
{
    if (strcmp(page, "sweep") == 0)
        put_sweep();
    else if (strcmp(page, "sweep-ini") == 0)
        put_sweep_ini();
    else if (strcmp(page, "sweep-store") == 0)
        put_sweep_store();
    else
        return swp_fail(err, SWP_USAGE,
                        "help man: expected sweep, sweep-ini or sweep-store, found \"%s\"", page);
    return SWP_OK;
}
