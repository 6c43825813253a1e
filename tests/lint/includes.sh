#!/bin/sh
# Which folder may include which headers. A private header (x_priv.h) stays in its folder; tests see
# everything.
. "$(dirname "$0")/lib.sh"

# folder: the headers, or folders of headers, that its files may include besides libc and itself.
# The longest folder that a file lies in decides. `-HEADER` is an exception from a folder.
table='
engine            engine/ cJSON.h
engine/base       nettle/
engine/data       engine/base/ zlib.h
engine/cpu        engine/ cpuid.h immintrin.h
results/stats     engine/base/
results/store     engine/base/ results/stats/ sqlite3.h
results/query     engine/base/ results/stats/ results/store/
results/report    engine/base/ results/stats/ results/query/
plots             engine/base/ results/stats/ results/query/
runner            engine/ results/ plots/ -results/store/sql.h ini.h cJSON.h
cuda              engine/base/ engine/engine.h cuda_runtime.h cublas_v2.h'
libc='assert ctype dirent dlfcn errno fcntl float inttypes limits math poll pthread sched signal spawn
stdarg stdatomic stdbool
stddef stdint stdio stdlib string strings sys/file sys/ioctl sys/mman sys/prctl sys/resource
sys/socket sys/stat sys/syscall sys/time sys/types sys/utsname sys/wait time unistd'

files=$(list_files engine cuda results plots runner -- '*.c' '*.h' '*.cu' '*.cuh')
# shellcheck disable=SC2086 # a list of words
found=$(awk -v table="$table" -v libc="$libc" '
    function folder_of(path) { return substr(path, 1, match(path, "/[^/]*$")) }
    function above(folder) { return folder_of(substr(folder, 1, length(folder) - 1)) }
    function report(what) { print FILENAME ":" FNR ": " what }
    BEGIN {
        n = split(table, lines, "\n")
        for (i = 1; i <= n; i++) {
            m = split(lines[i], words, " ")
            if (m > 0)
                known[words[1]] = 1
            for (j = 2; j <= m; j++)
                may[words[1], words[j]] = 1
        }
        n = split(libc, words, /[ \n]+/)
        for (i = 1; i <= n; i++)
            standard[words[i] ".h"] = 1
    }
    # The folder of the table that a file lies in.
    function room_of(path,    part) {
        for (part = folder_of(path); part != ""; part = above(part))
            if (substr(part, 1, length(part) - 1) in known)
                return substr(part, 1, length(part) - 1)
        return ""
    }
    # Whether `room` may include this header: by its own name or that of a folder above it.
    function allowed(room, header,    part) {
        if ((room, "-" header) in may)
            return 0
        if (index(header, room "/") == 1 || ((room, header) in may))
            return 1
        for (part = folder_of(header); part != ""; part = above(part))
            if ((room, part) in may)
                return 1
        return 0
    }
    FNR == 1 {
        room = room_of(FILENAME)
        if (room == "")
            report("its folder is not in the table of includes.sh")
    }
    room != "" && match($0, /^[ \t]*#[ \t]*include[ \t]*["<]/) {
        header = substr($0, RLENGTH + 1)
        sub(/[">].*/, "", header)
        if ($0 ~ /</ && (header in standard))
            next
        if (!allowed(room, header))
            report(room " may not include " header)
        else if (header ~ /_priv\.(h|cuh)$/ && folder_of(header) != folder_of(FILENAME))
            report(header " is private to its folder")
    }' $files)
verdict "$found"
