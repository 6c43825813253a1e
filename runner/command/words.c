/* Splitting and finding. Splitting comes first, once, and values are put into the words afterwards:
 * whatever a value holds, it stays inside its word. */
#include "runner/command/words.h"

#include <string.h>

#include "engine/base/mem.h"

swp_status run_words_add(run_words *words, const char *text, size_t length, swp_err *err)
{
    char **more = swp_resize(words->words, words->n + 2, sizeof *more);
    if (more)
        words->words = more;
    char *word = more ? swp_alloc(length + 1, 1) : NULL;
    if (!word)
        return swp_fail(err, SWP_NOMEM, "out of memory for the words of a command");
    memcpy(word, text, length);
    more[words->n++] = word;
    more[words->n] = NULL;
    return SWP_OK;
}

void run_words_deinit(run_words *words)
{
    for (size_t i = 0; i < words->n; i++)
        swp_free(words->words[i]);
    swp_free(words->words);
    *words = (run_words){0};
}

/* Take the text between quotes. Returns what follows the closing one, or NULL. */
static const char *take_quoted(const char *s, swp_buf *word)
{
    char quote = *s++;
    for (; *s && *s != quote; s++) {
        if (quote == '"' && *s == '\\' && (s[1] == '"' || s[1] == '\\'))
            s++;
        swp_buf_add(word, s, 1);
    }
    return *s ? s + 1 : NULL;
}

/* Take one word. Returns what follows, or NULL when a quote does not end. */
static const char *take_word(const char *s, swp_buf *word)
{
    while (s && *s && !strchr(" \t\r\n", *s)) {
        if (*s == '\'' || *s == '"') {
            s = take_quoted(s, word);
            continue;
        }
        s += *s == '\\' && s[1];
        swp_buf_add(word, s++, 1);
    }
    return s;
}

swp_status run_words_split(const char *line, run_words *out, swp_err *err)
{
    swp_status status = SWP_OK;
    *out = (run_words){0};
    for (const char *s = line + strspn(line, " \t\r\n"); *s && status == SWP_OK;
         s += strspn(s, " \t\r\n")) {
        swp_buf word = {0};
        swp_buf_add(&word, "", 0);
        s = take_word(s, &word);
        if (!s)
            status = swp_fail(err, SWP_CONFIG, "a quote does not end in: %s", line);
        else if (word.failed)
            status = swp_fail(err, SWP_NOMEM, "out of memory for the words of a command");
        else
            status = run_words_add(out, word.text, word.length, err);
        swp_buf_deinit(&word);
        if (!s)
            break;
    }
    return status;
}

swp_status run_place_find(const char *text, run_place *out, swp_err *err)
{
    const char *s = text;
    *out = (run_place){0};
    for (; (s = strstr(s, "${")); s += 2) {
        if (s > text && s[-1] == '$')
            continue;
        size_t length = strcspn(s + 2, "}");
        if (s[2 + length] != '}')
            return swp_fail(err, SWP_CONFIG, "a brace does not end in: %s", text);
        *out = (run_place){.name = s + 2,
                           .name_length = length,
                           .plain = (size_t)(s - text),
                           .rest = s + 3 + length};
        return SWP_OK;
    }
    out->plain = strlen(text);
    return SWP_OK;
}

void run_place_add_plain(swp_buf *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!(length - i >= 3 && strncmp(text + i, "$${", 3) == 0))
            swp_buf_add(out, text + i, 1);
    }
}
