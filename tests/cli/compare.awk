# Compare a text with the wanted text, line by line: awk -v tolerance=T -f compare.awk WANT GOT
#
# Numbers with a point or an exponent agree within the relative tolerance; all else agrees exactly, except
# for the number of blanks between words, since columns are as wide as their numbers. A `#` in WANT stands
# for any number. Prints the lines that differ.
function squeeze(text) {
    gsub(/[ \t]+/, " ", text)
    sub(/ $/, "", text)
    return text
}

# Cut the number at the beginning of `text`, which no letter follows; "" if there is none.
function number_of(text,    after) {
    if (!match(text, /^[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?/))
        return ""
    after = substr(text, RLENGTH + 1, 1)
    return after ~ /[A-Za-z0-9_]/ ? "" : substr(text, 1, RLENGTH)
}

function near(a, b,    most, gap) {
    a += 0; b += 0
    most = (a < 0 ? -a : a) > (b < 0 ? -b : b) ? a : b
    most = most < 0 ? -most : most
    gap = a > b ? a - b : b - a
    return gap <= tolerance * most
}

function agree(want, got,    before, a, b) {
    if (want == got)
        return 1
    want = squeeze(want)
    got = squeeze(got)
    before = " "
    while (want != "" || got != "") {
        a = b = ""
        if (before !~ /[A-Za-z0-9_.]/) {
            a = substr(want, 1, 1) == "#" ? "#" : number_of(want)
            b = substr(got, 1, 1) == "#" ? "#" : number_of(got)
        }
        if (a == "#" && b != "" || a != "" && b != "" && (a == b || (a ~ /[.eE]/ && near(a, b)))) {
            want = substr(want, length(a) + 1)
            got = substr(got, length(b) + 1)
            before = "0"
        } else if (a == "" && substr(want, 1, 1) == substr(got, 1, 1)) {
            before = substr(want, 1, 1)
            want = substr(want, 2)
            got = substr(got, 2)
        } else {
            return 0
        }
    }
    return 1
}

FILENAME == ARGV[1] { wanted[++n] = $0; next }
{ came[++m] = $0 }
END {
    for (i = 1; i <= n || i <= m; i++) {
        if (i <= n && i <= m && agree(wanted[i], came[i]))
            continue
        failed = 1
        if (i <= n)
            print "line " i " expected: " wanted[i]
        if (i <= m)
            print "line " i " came:     " came[i]
    }
    exit failed
}
