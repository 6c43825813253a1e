#!/bin/sh
# Who may include whom. A private header (x_priv.h) stays in its folder; tests see everything.
. "$(dirname "$0")/lib.sh"

# folder: the headers, or folders of headers, that it may include besides libc and itself
table='
engine   cJSON.h sha256.h immintrin.h
results  engine/base/ sqlite3.h cJSON.h sha2.h
plots    engine/base/ results/query.h results/metrics.h
runner   engine/ results/ plots/ ini.h cJSON.h sha256.h
cuda     engine/base/ engine/engine.h cuda_runtime.h cublas_v2.h'
libc='assert ctype dirent dlfcn errno fcntl float inttypes limits math poll pthread sched signal spawn
stdarg stdatomic stdbool
stddef stdint stdio stdlib string strings sys/file sys/ioctl sys/mman sys/prctl sys/resource
sys/socket sys/stat sys/time sys/types sys/utsname sys/wait time unistd'

files=$(list_files engine cuda results plots runner -- '*.c' '*.h' '*.cu' '*.cuh')
# shellcheck disable=SC2086 # a list of words
found=$(awk -v table="$table" -v libc="$libc" '
    function folder_of(path) { return substr(path, 1, match(path, "/[^/]*$")) }
    function report(what) { print FILENAME ":" FNR ": " what }
    BEGIN {
        n = split(table, lines, "\n")
        for (i = 1; i <= n; i++) {
            m = split(lines[i], words, " ")
            for (j = 2; j <= m; j++)
                may[words[1], words[j]] = 1
        }
        n = split(libc, words, /[ \n]+/)
        for (i = 1; i <= n; i++)
            standard[words[i] ".h"] = 1
    }
    # Whether `top` may include this header: by its own name or that of a folder above it.
    function allowed(top, header,    part) {
        if (index(header, top "/") == 1 || ((top, header) in may))
            return 1
        for (part = folder_of(header); part != ""; part = folder_of(substr(part, 1, length(part) - 1)))
            if ((top, part) in may)
                return 1
        return 0
    }
    match($0, /^[ \t]*#[ \t]*include[ \t]*["<]/) {
        header = substr($0, RLENGTH + 1)
        sub(/[">].*/, "", header)
        top = substr(FILENAME, 1, index(FILENAME, "/") - 1)
        if ($0 ~ /</ && (header in standard))
            next
        if (!allowed(top, header))
            report(top " may not include " header)
        else if (header ~ /_priv\.(h|cuh)$/ && folder_of(header) != folder_of(FILENAME))
            report(header " is private to its folder")
    }' $files)
verdict "$found"
