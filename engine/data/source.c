/* The files that a path means: one file, two joined by a colon, or those of a folder. */
#include "engine/data/source_priv.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "engine/base/mem.h"
#include "engine/base/path.h"
#include "engine/base/str.h"
#include "engine/data/format_priv.h"

#define LISTED 8 /* names that an error message shows */

/* The plain files of a folder, sorted. */
typedef struct listing {
    const char *folder;
    char **names;
    size_t n, capacity;
} listing;

/* One set of a folder: NAME_TRAIN.end with NAME_TEST.end, or NAME.end alone. */
typedef struct candidate {
    const char *train, *test; /* names in the listing; test is NULL for a single file */
    size_t stem;              /* bytes of NAME */
} candidate;

static swp_status no_memory(const char *path, swp_err *err)
{
    return swp_fail(err, SWP_NOMEM, "no memory to look into %s", path);
}

bool eng_has_ending(const char *path, const char *ending)
{
    size_t n = strlen(path), m = strlen(ending);
    return n >= m && strcasecmp(path + n - m, ending) == 0;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool is_file(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

static char *copy(const char *text, size_t length)
{
    swp_buf out = {0};
    swp_buf_add(&out, text, length);
    if (out.failed)
        swp_buf_deinit(&out);
    return out.text;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static swp_status listing_add(listing *list, const char *name, swp_err *err)
{
    char *path = swp_path_join(list->folder, name);
    if (!path)
        return no_memory(list->folder, err);
    bool wanted = name[0] != '.' && is_file(path);
    swp_free(path);
    if (!wanted)
        return SWP_OK;
    if (list->n == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 16;
        char **names = swp_resize(list->names, capacity, sizeof *names);
        if (!names)
            return no_memory(list->folder, err);
        list->names = names;
        list->capacity = capacity;
    }
    list->names[list->n] = swp_strdup(name);
    return list->names[list->n] && ++list->n ? SWP_OK : no_memory(list->folder, err);
}

static swp_status listing_init(listing *list, const char *folder, swp_err *err)
{
    *list = (listing){.folder = folder};
    DIR *dir = opendir(folder);
    if (!dir)
        return swp_fail_errno(err, SWP_IO, errno, "cannot read the folder %s", folder);
    swp_status status = SWP_OK;
    const struct dirent *entry;
    while (status == SWP_OK && (entry = readdir(dir)) != NULL)
        status = listing_add(list, entry->d_name, err);
    closedir(dir);
    /* The order of readdir differs between file systems; the choice must not depend on it. */
    if (list->n > 0)
        qsort(list->names, list->n, sizeof *list->names, compare_names);
    return status;
}

static void listing_deinit(listing *list)
{
    for (size_t i = 0; i < list->n; i++)
        swp_free(list->names[i]);
    swp_free(list->names);
}

/* Does the folder's own name, whatever slashes follow it, equal the candidate's? */
static bool is_named_like_folder(const candidate *c, const char *folder)
{
    size_t end = strlen(folder);
    while (end > 0 && folder[end - 1] == '/')
        end--;
    return end >= c->stem && strncmp(folder + end - c->stem, c->train, c->stem) == 0 &&
           (end == c->stem || folder[end - c->stem - 1] == '/');
}

static bool same_stem(const candidate *a, const candidate *b)
{
    return a->stem == b->stem && strncmp(a->train, b->train, a->stem) == 0;
}

/* The choice in one folder: the set to take, and whether another is equally good. */
typedef struct set_choice {
    candidate best;
    bool found, unclear;
} set_choice;

static void consider(set_choice *choice, const candidate *c, const char *folder)
{
    if (!choice->found) {
        choice->best = *c;
        choice->found = true;
    } else if (same_stem(&choice->best, c) || is_named_like_folder(&choice->best, folder)) {
        return; /* formats are tried in the order of preference */
    } else {
        choice->unclear = !is_named_like_folder(c, folder);
        choice->best = *c;
    }
}

/* The file with the candidate's name but this ending; NULL when there is none. */
static const char *find_partner(const listing *list, const candidate *c, const char *ending)
{
    for (size_t i = 0; i < list->n; i++) {
        const char *name = list->names[i];
        if (strncmp(name, c->train, c->stem) == 0 && strcasecmp(name + c->stem, ending) == 0)
            return name;
    }
    return NULL;
}

static void search_ending(const listing *list, const char *ending, const char *packed, bool pairs,
                          set_choice *choice)
{
    enum { LONGEST = 20 };
    char train[LONGEST], test[LONGEST];
    snprintf(train, sizeof train, "%s%s%s", pairs ? "_TRAIN" : "", ending, packed);
    snprintf(test, sizeof test, "_TEST%s%s", ending, packed);
    for (size_t i = 0; i < list->n; i++) {
        candidate c = {.train = list->names[i]};
        if (!eng_has_ending(c.train, train) || strlen(c.train) == strlen(train))
            continue;
        c.stem = strlen(c.train) - strlen(train);
        if (pairs)
            c.test = find_partner(list, &c, test);
        if (!pairs || c.test)
            consider(choice, &c, list->folder);
    }
}

static void search_text(const listing *list, const char *packed, bool pairs, set_choice *choice)
{
    for (size_t i = 0; eng_formats[i]; i++) {
        for (size_t j = 0; j < ENG_FORMAT_ENDINGS && eng_formats[i]->endings[j]; j++) {
            const char *ending = eng_formats[i]->endings[j];
            /* A single file without an ending could be anything. */
            if (pairs || *ending)
                search_ending(list, ending, packed, pairs, choice);
        }
    }
}

/* Text first, packed and binary files only without text: their support came later, and a folder
 * must keep its meaning. */
static void search(const listing *list, bool packed, bool pairs, set_choice *choice)
{
    search_text(list, packed ? ".gz" : "", pairs, choice);
    for (size_t i = 0; packed && eng_binary_formats[i]; i++) {
        for (size_t j = 0; j < ENG_FORMAT_ENDINGS && eng_binary_formats[i]->endings[j]; j++)
            search_ending(list, eng_binary_formats[i]->endings[j], "", pairs, choice);
    }
}

static swp_status not_found(const listing *list, swp_err *err)
{
    swp_buf names = {0};
    for (size_t i = 0; i < list->n && i < LISTED; i++)
        swp_buf_printf(&names, "%s%s", i ? ", " : "", list->names[i]);
    if (list->n > LISTED)
        swp_buf_printf(&names, " and %zu more", list->n - LISTED);
    swp_status status = names.failed
                            ? no_memory(list->folder, err)
                            : swp_fail(err, SWP_IO,
                                       "%s: expected one set, NAME_TRAIN and NAME_TEST of the same "
                                       "format or a single data file, found %s",
                                       list->folder, list->n ? names.text : "no files");
    if (!names.failed)
        swp_hint(err, "name the file, or two files as TRAIN:TEST; folders inside are not searched");
    swp_buf_deinit(&names);
    return status;
}

static swp_status take(eng_source *out, const listing *list, const candidate *c, swp_err *err)
{
    out->name = copy(c->train, c->stem);
    out->paths[out->n_paths++] = swp_path_join(list->folder, c->train);
    if (c->test)
        out->paths[out->n_paths++] = swp_path_join(list->folder, c->test);
    if (!out->name || !out->paths[0] || !out->paths[out->n_paths - 1])
        return no_memory(list->folder, err);
    return SWP_OK;
}

/* Half of a pair, which must not be taken for a whole set. */
static bool is_half(const candidate *c)
{
    const char *end = c->train + c->stem;
    return (c->stem >= 6 && strncasecmp(end - 6, "_TRAIN", 6) == 0) ||
           (c->stem >= 5 && strncasecmp(end - 5, "_TEST", 5) == 0);
}

static swp_status find_in_folder(eng_source *out, const char *folder, swp_err *err)
{
    listing list;
    set_choice choice = {0};
    swp_status status = listing_init(&list, folder, err);
    if (status != SWP_OK)
        goto done;
    for (int packed = 0; packed < 2 && !choice.found; packed++) {
        search(&list, packed, true, &choice);
        if (!choice.found) {
            search(&list, packed, false, &choice);
            choice.unclear |= choice.found && is_half(&choice.best);
        }
    }
    if (!choice.found || choice.unclear)
        status = not_found(&list, err);
    else
        status = take(out, &list, &choice.best, err);
done:
    listing_deinit(&list);
    return status;
}

/* The name of a set from its file's name, without the ending and, for a pair, without _TRAIN. */
static char *name_of_file(const char *path, bool pair)
{
    const char *base = base_name(path), *dot = strrchr(base, '.');
    size_t length = dot && dot > base ? (size_t)(dot - base) : strlen(base);
    if (dot && strcasecmp(dot, ".gz") == 0) { /* "beats.csv.gz" */
        size_t shorter = length - 1;
        while (shorter > 0 && base[shorter] != '.')
            shorter--;
        length = shorter > 0 ? shorter : length;
    }
    if (pair && length > 6 && strncasecmp(base + length - 6, "_TRAIN", 6) == 0)
        length -= 6;
    return copy(base, length);
}

/* Split "A:B" at a colon that has a file on each side; no paths if there is no such colon. */
static swp_status find_pair(eng_source *out, const char *path, swp_err *err)
{
    char *first = swp_strdup(path);
    if (!first)
        return no_memory(path, err);
    for (char *colon = strchr(first, ':'); colon; colon = strchr(colon + 1, ':')) {
        *colon = '\0';
        if (is_file(first) && is_file(colon + 1)) {
            out->paths[0] = first;
            out->paths[1] = swp_strdup(colon + 1);
            out->n_paths = 2;
            out->name = name_of_file(first, true);
            return out->paths[1] && out->name ? SWP_OK : no_memory(path, err);
        }
        *colon = ':';
    }
    swp_free(first);
    return SWP_OK;
}

static swp_status find_file(eng_source *out, const char *path, swp_err *err)
{
    out->paths[0] = swp_strdup(path);
    out->n_paths = 1;
    out->name = name_of_file(path, false);
    return out->paths[0] && out->name ? SWP_OK : no_memory(path, err);
}

swp_status eng_source_find(eng_source *out, const char *path, swp_err *err)
{
    *out = (eng_source){0};
    struct stat info;
    if (stat(path, &info) == 0)
        return S_ISDIR(info.st_mode) ? find_in_folder(out, path, err) : find_file(out, path, err);
    int problem = errno;
    swp_status status = find_pair(out, path, err);
    if (status != SWP_OK || out->n_paths > 0)
        return status;
    status = swp_fail_errno(err, SWP_IO, problem, "cannot open %s", path);
    if (strchr(path, ':'))
        swp_hint(err, "of TRAIN:TEST both must be files");
    return status;
}

void eng_source_deinit(eng_source *source)
{
    swp_free(source->name);
    for (size_t i = 0; i < source->n_paths; i++)
        swp_free(source->paths[i]);
    *source = (eng_source){0};
}
