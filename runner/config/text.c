/* Texts: kept as long as a configuration, trimmed, fit for error messages. */
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "runner/config/cfg_priv.h"

typedef struct cfg_pool_block {
    struct cfg_pool_block *before;
    max_align_t bytes[];
} cfg_pool_block;

void *cfg_pool_alloc(cfg_pool *pool, size_t count, size_t size)
{
    size_t units = (count * size + sizeof(max_align_t) - 1) / sizeof(max_align_t);
    cfg_pool_block *block = swp_alloc(units + 1, sizeof(max_align_t));
    if (!block)
        return NULL;
    block->before = pool->last;
    pool->last = block;
    return block->bytes;
}

const char *cfg_pool_text(cfg_pool *pool, const char *text)
{
    size_t n = strlen(text) + 1;
    char *copy = cfg_pool_alloc(pool, n, 1);
    return copy ? memcpy(copy, text, n) : NULL;
}

void cfg_pool_deinit(cfg_pool *pool)
{
    while (pool->last) {
        cfg_pool_block *block = pool->last;
        pool->last = block->before;
        swp_free(block);
    }
}

char *cfg_trim(char *text)
{
    text += strspn(text, " \t");
    size_t n = strlen(text);
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
        n--;
    text[n] = '\0';
    return text;
}

cfg_quoted cfg_quote(const char *text)
{
    cfg_quoted out;
    size_t room = sizeof out.text - sizeof "...";
    size_t n = strlen(text);
    bool cut = n > room;
    if (cut) {
        n = room;
        while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
            n--; /* whole UTF-8 sequences only */
    }
    snprintf(out.text, sizeof out.text, "%.*s%s", (int)n, text, cut ? "..." : "");
    return out;
}
