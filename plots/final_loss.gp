# Train and validation loss at the selected epoch against the embedding dimension.
# final_loss.dat: block i - 1 holds architecture i; columns dimension, train loss, its sd, validation
# loss, its sd, number of trials.
wide = 1600
high = 1000
load 'style.gp'
data = name.'.dat'

stats data using 1 nooutput name 'dim'
stats data using ($2 - $3) nooutput name 'train_foot'
stats data using ($4 - $5) nooutput name 'val_foot'
stats data using ($2 + $3) nooutput name 'train_top'
stats data using ($4 + $5) nooutput name 'val_top'
low = train_foot_min < val_foot_min ? train_foot_min : val_foot_min
peak = train_top_max > val_top_max ? train_top_max : val_top_max
pad = peak > low ? 0.06 * (peak - low) : 0.1 * abs(peak) + 1e-9
set yrange [low - pad : peak + pad]

# Every dimension has a tick; its label only where there is room since the last one.
set logscale x
span = log(dim_max / dim_min)
set xrange [dim_min * exp(-0.03 * span) : dim_max * exp(0.03 * span)]
last_label = -1.0
room(dim) = log(dim) - last_label > 0.03 * span || last_label < 0
seen = ' '
is_seen(dim) = strstrt(seen, sprintf(' %d ', dim)) > 0
see(dim) = (last_label = log(dim), seen = seen.sprintf('%d ', dim), sprintf('%d', dim))
named(dim) = is_seen(dim) ? sprintf('%d', dim) : room(dim) ? see(dim) : ''
set format x ''
set xtics ()
set xlabel 'embedding dimension E'
set ylabel fit(unit, high - 200)
set rmargin at screen 1 - 50.0 / wide
set lmargin at screen 125.0 / wide
set tmargin at screen 1 - 170.0 / high
set bmargin at screen 110.0 / high
set key at screen 1 - 50.0 / wide, 1 - 110.0 / high right top horizontal

# A little apart, so that the bars of one do not hide those of the other.
apart = exp(0.003 * span)
of(i) = n > 1 ? ', '.archs[i] : ''
plot data using 1:2:xtic(named($1)) with points pointtype 0 linecolor rgb '#ffffff' notitle, \
     for [i = 1:n] data index i - 1 using ($1 / apart):2:3 with yerrorlines linewidth 2 \
         dashtype (10, 5) linecolor rgb orange pointtype (i == 1 ? 5 : 4) pointsize 1.4 * dot \
         title 'trial'.of(i), \
     for [i = 1:n] data index i - 1 using ($1 * apart):4:5 with yerrorlines linewidth 2 \
         linecolor rgb blue pointtype (i == 1 ? 7 : 6) pointsize 1.6 * dot \
         title 'validation'.of(i), \
     for [k = 2 : tips ? 4 : 1 : 2] data \
         using ($1 * (k == 2 ? 1 / apart : apart)):k:(sprintf('E = %d: %.4g', $1, column(k))) \
         with @tip
set output
