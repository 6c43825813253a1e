# Shares of variance that the parameters explain, the largest first, and below them the rest.
# importance.dat: columns bar, share (%), share that chance alone would give (%, nan: not known).
longest = 0
do for [i = 1:n + 1] { if (strlen(names[i]) > longest) { longest = strlen(names[i]) } }
wide = 1600
high = is_slim(wide) ? (300 + 48 * (n + 1)) / shrinks(wide) : 300 + 64 * (n + 1)
load 'style.gp'
data = name.'.dat'

set lmargin at screen (60.0 + 12.5 * longest) / wide
set rmargin at screen 1 - 100.0 / wide
set tmargin at screen from_top(175)
set bmargin at screen 105.0 / high
set xrange [0 : 1.08 * most]
set xtics step_above(1.08 * most / at_most(10, (wide - 160 - 12.5 * longest) / 60))
set yrange [n + 1.6 : 0.4]
set xlabel 'share of the variance (%)'
set grid noytics
set ytics scale 0 ()
do for [i = 1:n + 1] { set ytics add (names[i] i) }
set style fill solid 1 noborder
set key at screen 1 - 48.0 / wide, from_top(115) right top vertical
bar_rgb(i) = i > n ? 0xb0b0b0 : 0x0072b2
label_of(share) = share < 0.05 ? '< 0.1' : sprintf('%.1f', share)
plot data using ($2 / 2):1:($2 / 2):(0.32):(bar_rgb($1)) with boxxyerror linecolor rgb variable \
         notitle, \
     data using 2:1:(label_of($2)) with labels left offset 0.6, 0 textcolor rgb ink notitle, \
     data using 3:($1 - 0.42):(0):(0.84) with vectors nohead linecolor rgb red linewidth 2.5 \
         title has_floor ? 'what chance alone would give' : '', \
     for [k = 1 : tips ? 1 : 0] data using 2:1:(sprintf('%s: %.4g %%', names[int($1)], $2)) with @tip
set output
