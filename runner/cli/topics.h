/* What `sweep help` explains besides commands, for the terminal and for manual pages. */
#ifndef CLI_TOPICS_H
#define CLI_TOPICS_H

#include <stdbool.h>

#include "engine/base/err.h"

/* A topic. Its text has paragraphs, HEADINGS, and lines that begin with a blank and stay as they
 * are. */
typedef struct cli_topic {
    const char *name;
    const char *summary;
    const char *text; /* NULL: made by the program */
} cli_topic;

/* All topics, ended by a name of NULL. */
const cli_topic *cli_topics(void);

/* The topic of this name, or NULL. */
const cli_topic *cli_topic_find(const char *name);

/* A word of the glossary, ended by a word of NULL. Meanings have lines. */
typedef struct cli_word {
    const char *word, *meaning;
} cli_word;
const cli_word *cli_glossary(void);

/* Print a manual page for man(1): "sweep", "sweep-ini" or "sweep-store". errors USAGE */
SWP_CHECKED swp_status cli_print_man(const char *page, swp_err *err);

/* Print the completions for a shell: "bash", "zsh" or "fish". errors USAGE */
SWP_CHECKED swp_status cli_print_completion(const char *shell, swp_err *err);

#endif
