/* Where a data set is: as written, beside the INI file, in the data path. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "runner/config/cfg_priv.h"

/* A look-up of one file or folder: the places tried so far, and the first that exists. */
typedef struct search {
    const char *name;
    swp_buf places; /* for the message */
    swp_buf found;  /* text NULL = not yet */
    bool failed;    /* memory ran out */
} search;

/* Try the name in a folder (`length` bytes of a text); an empty folder is the working one. */
static void try_folder(search *s, const char *folder, size_t length)
{
    if (s->found.text)
        return;
    swp_buf path = {0};
    swp_buf_printf(&path, "%.*s%s%s", (int)length, folder, length > 0 ? "/" : "", s->name);
    if (path.failed) {
        s->failed = true;
        return;
    }
    if (access(path.text, F_OK) == 0) {
        s->found = path;
        return;
    }
    swp_buf_printf(&s->places, "%s%s", s->places.length > 0 ? ", " : "", path.text);
    swp_buf_deinit(&path);
}

static void try_list(search *s, const char *folders)
{
    while (folders && *folders) {
        size_t n = strcspn(folders, ":");
        if (n > 0)
            try_folder(s, folders, n);
        folders += n + (folders[n] == ':');
    }
}

/* $XDG_DATA_HOME/sweep, by the XDG base directory specification ~/.local/share/sweep. */
static void try_home(search *s)
{
    const char *data = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    swp_buf folder = {0};
    if (data && *data)
        swp_buf_printf(&folder, "%s/sweep", data);
    else if (home && *home)
        swp_buf_printf(&folder, "%s/.local/share/sweep", home);
    if (folder.text)
        try_folder(s, folder.text, folder.length);
    s->failed = s->failed || folder.failed;
    swp_buf_deinit(&folder);
}

static void hint_download(const char *name, swp_err *err)
{
    const char *slash = strrchr(name, '/');
    size_t n = strlen(name);
    if (name[0] == '~')
        swp_hint(err,
                 "only a shell knows what ~ is: write the whole path, or one beside the INI file");
    else if (n > 1 && (name[0] == '"' || name[0] == '\'') && name[n - 1] == name[0])
        swp_hint(err, "the quotes are taken as part of the name: write the path without them");
    else if (strchr(name, ','))
        swp_hint(err, "two files of one set are joined by a colon (TRAIN:TEST); in a list of paths "
                      "none can hold a comma: rename the file");
    else if (strncmp(slash ? slash + 1 : name, "ECG5000", 7) == 0)
        swp_hint(err, "download ECG5000.zip from https://timeseriesclassification.com (data set "
                      "ECG5000) and unpack it to data/ECG5000/, or name its folder in $SWEEP_DATA");
    else
        swp_hint(err, "put it into data/, or name its folder in $SWEEP_DATA");
}

/* Find one file or folder. owns *out: swp_free */
static swp_status find_one(const char *ini, const char *name, char **out, swp_err *err)
{
    search s = {.name = name};
    const char *slash = strrchr(ini, '/');
    try_folder(&s, "", 0);
    if (name[0] != '/') {
        if (slash)
            try_folder(&s, ini, (size_t)(slash - ini));
        try_list(&s, getenv("SWEEP_DATA"));
        try_list(&s, "data:../shared/data");
        try_home(&s);
    }
    swp_status status = SWP_OK;
    if (s.failed || s.places.failed) {
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    } else if (!s.found.text) {
        status = swp_fail(err, SWP_CONFIG, "found no \"%s\"; looked at %s", cfg_quote(name).text,
                          s.places.text);
        hint_download(name, err);
    }
    swp_buf_deinit(&s.places);
    if (status != SWP_OK)
        swp_buf_deinit(&s.found);
    *out = s.found.text;
    return status;
}

/* "A:B". owns *out: swp_free */
static swp_status find_pair(const char *ini, const char *path, size_t length, char **out,
                            swp_err *err)
{
    swp_buf first = {0}, both = {0};
    char *a = NULL, *b = NULL;
    swp_buf_add(&first, path, length);
    swp_status status = SWP_OK;
    if (first.failed)
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    if (status == SWP_OK)
        status = find_one(ini, first.text, &a, err);
    if (status == SWP_OK)
        status = find_one(ini, path + length + 1, &b, err);
    if (status == SWP_OK) {
        swp_buf_printf(&both, "%s:%s", a, b);
        if (both.failed)
            status = swp_fail(err, SWP_NOMEM, "out of memory");
    }
    if (status != SWP_OK)
        swp_buf_deinit(&both);
    *out = both.text;
    swp_buf_deinit(&first);
    swp_free(a);
    swp_free(b);
    return status;
}

swp_status cfg_find_data(const cfg *config, const char *path, char **out, swp_err *err)
{
    const char *ini = config ? config->path : "";
    *out = NULL;
    size_t first = strcspn(path, ":");
    if (strncmp(path, "builtin:", 8) == 0) {
        *out = swp_strdup(path);
        return *out ? SWP_OK : swp_fail(err, SWP_NOMEM, "out of memory");
    }
    if (path[first] == '\0' || access(path, F_OK) == 0)
        return find_one(ini, path, out, err);
    if (first == 0 || path[first + 1] == '\0')
        return swp_fail(err, SWP_CONFIG, "expected two files A:B, found \"%s\"",
                        cfg_quote(path).text);
    return find_pair(ini, path, first, out, err);
}
