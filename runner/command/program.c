/* What a command needs before it can run: its program, the scripts that it names, GPUs. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/digest.h"
#include "engine/base/mem.h"
#include "engine/base/path.h"
#include "runner/command/command.h"
#include "runner/command/words.h"

static swp_status no_memory(swp_err *err)
{
    return swp_fail(err, SWP_NOMEM, "out of memory for a command");
}

/* The path from here of a file that is named from the command's folder. owns: swp_free */
static char *path_of(const run_command *command, const char *name)
{
    return command->folder && *name != '/' ? swp_path_join(command->folder, name)
                                           : swp_strdup(name);
}

static bool is_regular(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

/* --- the program ---------------------------------------------------------------------------------
 */

/* Look for a name in the folders of PATH. */
static swp_status find_in_path(const char *name, swp_err *err)
{
    const char *folders = getenv("PATH");
    bool is_there = false;
    for (const char *at = folders ? folders : "/usr/bin:/bin"; at && *at;) {
        size_t n = strcspn(at, ":");
        swp_buf path = {0};
        swp_buf_printf(&path, "%.*s/%s", (int)n, at, name);
        if (path.failed)
            return no_memory(err);
        bool is_file = is_regular(path.text), fits = is_file && access(path.text, X_OK) == 0;
        swp_buf_deinit(&path);
        if (fits)
            return SWP_OK;
        is_there |= is_file;
        at = at[n] ? at + n + 1 : NULL;
    }
    swp_status status =
        is_there ? swp_fail(err, SWP_UNAVAILABLE, "command: %s in PATH is not executable", name)
                 : swp_fail(err, SWP_UNAVAILABLE, "command: there is no %s in PATH", name);
    if (!is_there)
        swp_hint(err, "a script beside the INI file is run as ./%s, or by its interpreter", name);
    return status;
}

static swp_status find_file(const run_command *command, const char *name, swp_err *err)
{
    char *path = path_of(command, name);
    if (!path)
        return no_memory(err);
    swp_status status = SWP_OK;
    struct stat info;
    if (stat(path, &info) != 0)
        status = swp_fail_errno(err, SWP_UNAVAILABLE, errno, "command: %s", path);
    else if (!S_ISREG(info.st_mode) || access(path, X_OK) != 0)
        status = swp_fail(err, SWP_UNAVAILABLE, "command: %s is not executable", path);
    if (status != SWP_OK && S_ISREG(info.st_mode))
        swp_hint(err, "chmod +x %s, or name its interpreter: python3 %s", path, path);
    swp_free(path);
    return status;
}

swp_status run_command_find(const run_command *command, swp_err *err)
{
    run_words words;
    if (command->shell)
        return find_in_path("sh", err);
    swp_status status = run_words_split(command->run, &words, err);
    if (status == SWP_OK && words.n == 0)
        status = swp_fail(err, SWP_CONFIG, "the command is empty");
    if (status == SWP_OK && !strstr(words.words[0], "${"))
        status = strchr(words.words[0], '/') ? find_file(command, words.words[0], err)
                                             : find_in_path(words.words[0], err);
    run_words_deinit(&words);
    return status;
}

/* --- scripts -------------------------------------------------------------------------------------
 */

static swp_status digest_file(const char *path, char out[RES_KEY_SIZE], swp_err *err)
{
    char bytes[65536];
    swp_digest digest;
    ssize_t n = -1;
    int fd = swp_open_regular(path, O_RDONLY);
    swp_digest_init(&digest);
    while (fd >= 0 && (n = read(fd, bytes, sizeof bytes)) > 0)
        swp_digest_add(&digest, bytes, (size_t)n);
    swp_status status = n < 0 ? swp_fail_errno(err, SWP_IO, errno, "reading %s", path) : SWP_OK;
    swp_digest_end(&digest, out);
    if (fd >= 0)
        close(fd);
    return status;
}

static swp_status add_script(run_script **scripts, size_t *n, const char *word, const char *path,
                             swp_err *err)
{
    run_script script = {.path = swp_strdup(word)};
    run_script *more = swp_resize(*scripts, *n + 1, sizeof *more);
    if (more)
        *scripts = more;
    swp_status status = SWP_OK;
    if (!more || !script.path)
        status = no_memory(err);
    else
        status = digest_file(path, script.digest, err);
    if (status == SWP_OK)
        more[(*n)++] = script;
    else
        swp_free(script.path);
    return status;
}

swp_status run_command_scripts(const run_command *command, run_script **scripts, size_t *n,
                               swp_err *err)
{
    run_words words;
    *scripts = NULL;
    *n = 0;
    swp_status status = run_words_split(command->run, &words, err);
    for (size_t i = 0; i < words.n && status == SWP_OK; i++) {
        const char *word = words.words[i];
        if (strstr(word, "${") || (i == 0 && !strchr(word, '/')))
            continue;
        char *path = path_of(command, word);
        if (!path)
            status = no_memory(err);
        else if (is_regular(path))
            status = add_script(scripts, n, word, path, err);
        swp_free(path);
    }
    run_words_deinit(&words);
    return status;
}

void run_scripts_free(run_script *scripts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        swp_free(scripts[i].path);
    swp_free(scripts);
}

/* --- GPUs ----------------------------------------------------------------------------------------
 */

/* Numbers or names between commas. */
static swp_status parse_list(const char *list, run_words *out, swp_err *err)
{
    swp_status status = SWP_OK;
    for (const char *at = list; status == SWP_OK; at++) {
        at += strspn(at, " ");
        size_t n = strcspn(at, ", ");
        for (size_t i = 0; i < out->n && status == SWP_OK; i++) {
            if (strlen(out->words[i]) == n && strncmp(out->words[i], at, n) == 0)
                status =
                    swp_fail(err, SWP_CONFIG, "GPU %s is listed twice in %s", out->words[i], list);
        }
        if (status == SWP_OK && n == 0)
            status =
                swp_fail(err, SWP_CONFIG,
                         "expected auto, none or numbers of GPUs such as 0,1, found \"%s\"", list);
        if (status == SWP_OK)
            status = run_words_add(out, at, n, err);
        at += n;
        at += strspn(at, " ");
        if (status == SWP_OK && *at && *at != ',')
            status = swp_fail(err, SWP_CONFIG, "expected commas between GPUs, found \"%s\"", list);
        if (!*at)
            break;
    }
    return status;
}

/* The GPUs whose device files are here: CUDA counts those from 0, whatever their files are called.
 */
static swp_status list_devices(run_words *out, swp_err *err)
{
    DIR *folder = opendir("/dev");
    swp_status status = SWP_OK;
    for (const struct dirent *e; folder && status == SWP_OK && (e = readdir(folder));) {
        const char *number = e->d_name + 6;
        if (strncmp(e->d_name, "nvidia", 6) != 0 || !*number ||
            number[strspn(number, "0123456789")] != '\0')
            continue;
        char name[32];
        snprintf(name, sizeof name, "%zu", out->n);
        status = run_words_add(out, name, strlen(name), err);
    }
    if (folder)
        closedir(folder);
    return status;
}

swp_status run_command_gpus(const run_command *command, char ***names, size_t *n, swp_err *err)
{
    run_words found = {0};
    const char *visible = getenv("CUDA_VISIBLE_DEVICES");
    swp_status status = SWP_OK;
    if (strcmp(command->gpus, "auto") != 0)
        status =
            strcmp(command->gpus, "none") == 0 ? SWP_OK : parse_list(command->gpus, &found, err);
    else if (visible)
        status = *visible ? parse_list(visible, &found, err) : SWP_OK;
    else
        status = list_devices(&found, err);
    *names = found.words;
    *n = found.n;
    if (status != SWP_OK) {
        run_gpus_free(*names, *n);
        *names = NULL;
        *n = 0;
    }
    return status;
}

void run_gpus_free(char **names, size_t n)
{
    run_words_deinit(&(run_words){names, n});
}
