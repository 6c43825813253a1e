# Parallel coordinates: one line a trial, over the parameters that differ, coloured by its score.
# parallel.dat: columns axis, place on it (0 to 1), score; a blank line ends a trial, the worst come
# first. The arrays axes, places and values hold the labels: on which axis, where, and what.
wide = n <= 6 ? 1600 : 230 * n + 220
high = 1000
load 'style.gp'
data = name.'.dat'

apart = (wide - 50.0 - 280.0) / n
# Names too long to stand side by side have several lines in turn.
longest = strlen(score)
do for [a = 1:n] { if (strlen(names[a]) > longest) { longest = strlen(names[a]) } }
levels = at_most(n + 1, ceil((12.0 * longest + 10) / apart))
line_of(a) = 40.0 + 27.0 * ((n + 1 - a) % levels)
set xrange [1 - 130 / apart : n + 1 + 150 / apart]
set yrange [0 : 1]
set border 0
unset grid
unset tics
set key off
set style textbox opaque noborder fillcolor rgb '#ffffff' margins 0.5, 0.3
set lmargin at screen 30.0 / wide
set rmargin at screen 1 - 20.0 / wide
set tmargin at screen from_top(130)
set bmargin at screen (80.0 + 27.0 * (levels - 1)) / high

# An axis, its name below, its values left of it.
do for [a = 1:n] {
    set arrow from a, 0 to a, 1 nohead linecolor rgb grey linewidth 1 front
    set label names[a] at a, screen line_of(a) / high center textcolor rgb ink
}
# Of values that stand close to each other some are named.
last_axis = 0
do for [i = 1:n_values] {
    if (axes[i] == last_axis && abs(places[i] - last_place) * (high - extra - 240) < 24) { continue }
    last_axis = axes[i]
    last_place = places[i]
    set label values[i] at axes[i], places[i] right offset -0.8, 0 textcolor rgb ink front boxed
}
set arrow from n + 1, 0 to n + 1, 1 nohead linecolor rgb grey linewidth 1 front
set label score at n + 1, screen line_of(n + 1) / high center textcolor rgb ink
share(score) = best != worst ? (score - worst) / (best - worst) : 0.5
least = best < worst ? best : worst
most = best < worst ? worst : best
step = most > least ? step_above((most - least) / 8.0) : abs(most)
if (step > 0) {
    do for [i = ceil(least / step) : floor(most / step)] {
        set label sprintf('%.4g', i * step) at n + 1, share(i * step) left offset 0.8, 0 \
            textcolor rgb ink
    }
}
plot data using 1:2:(ramp(share($3))) with lines linewidth 1 linecolor rgb variable
set output
