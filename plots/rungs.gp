# Who was promoted to which budget: ranks at every step count where trials were stopped.
# rungs.dat: block 0 columns rung, rank, kind (0 stopped, 1 promoted, 2 done), trial, result; block 1
# columns rung, rank: a line from one rung to the next.
# Names stand right of the last rung; where they would fill a narrow page, only their numbers.
wide = 1600
longest = 0
do for [i = 1:n_names] { if (strlen(names[i]) > longest) { longest = strlen(names[i]) } }
numbered = 8.4 * longest > 0.35 * fitted(wide)
name_of(i) = numbered && strstrt(names[i], ':') > 0 ? 'trial '.names[i][1:strstrt(names[i], ':') - 1] : names[i]
if (numbered) { longest = 10 }
most = sizes[1]
high = 320 + (most <= 30 ? 24 * most : most <= 100 ? 9 * most : 900)
if (high < 700) { high = 700 }
slim = is_slim(wide)
rows = slim ? 3 : 1
if (slim) { high = (0.7 * high + 31.0 * (rows - 1)) / shrinks(wide) }
load 'style.gp'
data = name.'.dat'

set lmargin at screen 110.0 / wide
set rmargin at screen 1 - (60.0 + 8.4 * longest) / wide
set tmargin at screen from_top(144 + 31 * rows)
set bmargin at screen 125.0 / high
set xrange [0.75 : n + 0.12]
set yrange [most + 0.8 : 0.2]
set ylabel 'rank'
set ytics (1)
step = step_above(most / at_most(8, (high - 300 - extra) / 40))
do for [k = 1 : most / step] { set ytics add (int(k * step)) }
set grid noxtics
set xtics scale 0 ()
do for [r = 1:n] { set xtics add (sprintf("%d %s\n%d trials", steps[r], steps[r] == 1 ? 'step' : 'steps', sizes[r]) r) }
set key at screen 1 - 48.0 / wide, from_top(115) right top horizontal maxcols slim ? 1 : 3
# Names stand below each other, further apart than their ranks where these are close.
apart = 21.0 * (most + 0.6) / (high - 269 - 31 * rows - extra)
do for [i = 1:n_names] {
    set label name_of(i) at n, (apart > 1 ? 1 + (i - 1) * apart : i) left offset 1.5, 0 font font_small textcolor rgb ink
}
size = (most <= 30 ? 1.6 : most <= 100 ? 0.9 : 0.5) * dot
of_kind(k) = column(3) == k ? column(2) : NaN
plot data index 1 using 1:2 with lines linewidth 1.5 linecolor rgb '#7fb8d8' notitle, \
     data index 0 using 1:(of_kind(0)) with points pointtype 6 pointsize size linewidth 1.5 \
         linecolor rgb grey title 'stopped', \
     data index 0 using 1:(of_kind(1)) with points pointtype 7 pointsize size linecolor rgb blue \
         title 'promoted', \
     data index 0 using 1:(of_kind(2)) with points pointtype 7 pointsize size linecolor rgb red \
         title 'done', \
     for [k = 1 : tips ? 1 : 0] data index 0 using 1:2:(sprintf('trial %d: %.4g', $4, $5)) with @tip
set output
