#!/bin/sh
# Fill a store with a study of made-up numbers, to time reports, exports and charts of large studies.
# usage: big_store.sh STORE TRIALS STEPS THRESHOLDS
# STORE is one that sweep has made (any run); the study is called "big". Its axes are learning_rate,
# embedding_dim, batch_size and seed; errors, states and weights of its trials are not recorded.
set -eu
[ $# -eq 4 ] || {
    sed -n '2,5s/^# //p' "$0" >&2
    exit 2
}
store=$1 trials=$2 steps=$3 thresholds=$4

sqlite3 "$store" <<SQL
BEGIN;
INSERT INTO experiment (name) VALUES ('big');
INSERT INTO revision (experiment_id, number, generation, settings_sha256)
    SELECT id, 1, 1, 'big' FROM experiment WHERE name = 'big';
CREATE TEMP TABLE here AS SELECT revision.id AS revision, experiment.id AS experiment,
    (SELECT coalesce(max(id), 0) FROM trial) AS before, (SELECT min(id) FROM data_set) AS data
    FROM revision JOIN experiment ON experiment.id = experiment_id WHERE name = 'big';
INSERT INTO run (revision_id, ini_path) SELECT revision, 'big.ini' FROM here;
INSERT INTO axis
    SELECT revision, column1, column2, column3, column4, column5, column6
    FROM here, (VALUES
        (1, 'train.learning_rate', 'learning_rate', 'log', 0, '{"name":"FloatDistribution",'
            || '"attributes":{"step":null,"low":1e-4,"high":0.1,"log":true}}'),
        (2, 'model.embedding_dim', 'embedding_dim', 'linear', 0, '{"name":"IntDistribution",'
            || '"attributes":{"step":1,"low":2,"high":11,"log":false}}'),
        (3, 'train.batch_size', 'batch_size', 'linear', 0, '{"name":"IntDistribution",'
            || '"attributes":{"step":1,"low":1,"high":512,"log":false}}'),
        (4, 'train.seed', 'seed', 'linear', 1, '{"name":"IntDistribution",'
            || '"attributes":{"step":1,"low":0,"high":1000000,"log":false}}'));
INSERT INTO metric (experiment_id, name, direction)
    SELECT experiment, column1, column2 FROM here, (VALUES ('train_loss', 'minimize'),
        ('val_loss', 'minimize'), ('auroc', 'maximize'), ('auprc', 'maximize'));
CREATE TEMP TABLE n (i INTEGER PRIMARY KEY);
INSERT INTO n WITH RECURSIVE r(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM r
    WHERE i + 1 < max($trials, $steps, $thresholds)) SELECT i FROM r;
INSERT INTO trial (id, experiment_id, generation, key, data_set_id, weights)
    SELECT before + i + 1, experiment, 1, 'big' || i, data, 1000 FROM n, here WHERE i < $trials;
INSERT INTO trial_param (trial_id, position, key, value)
    SELECT before + i + 1, 1, 'model.embedding_dim', 2 + i / 10 % 10 FROM n, here
        WHERE i < $trials UNION ALL
    SELECT before + i + 1, 2, 'train.learning_rate',
        printf('%.17g', exp(-9 + 0.7 * (i / 100 % 10))) FROM n, here WHERE i < $trials UNION ALL
    SELECT before + i + 1, 3, 'train.batch_size', 1 << (i / 1000 % 10) FROM n, here
        WHERE i < $trials UNION ALL
    SELECT before + i + 1, 4, 'train.loss', 'l1' FROM n, here WHERE i < $trials UNION ALL
    SELECT before + i + 1, 5, 'train.seed', i % 10 + 10 * (i / 10000) FROM n, here
        WHERE i < $trials;
INSERT INTO revision_trial (revision_id, number, trial_id, budget, state)
    SELECT revision, i + 1, before + i + 1, $steps, 'done' FROM n, here WHERE i < $trials;
INSERT INTO step (trial_id, step, best_step, train_s, eval_s, worker, begun_s, ended_s)
    SELECT before + t.i + 1, s.i + 1, s.i + 1, 0.01, 0.001, 1 + t.i % 8,
        1.7e9 + 0.02 * ((t.i / 8) * $steps + s.i), 1.7e9 + 0.02 * ((t.i / 8) * $steps + s.i + 1)
    FROM n AS t, n AS s, here WHERE t.i < $trials AND s.i < $steps;
INSERT INTO value (trial_id, step, metric_id, value)
    SELECT trial_id, step, id, CASE name
        WHEN 'auroc' THEN 0.5 + 0.4 * step / $steps + (trial_id * 7919 % 997) / 10000.0
        WHEN 'auprc' THEN 0.4 + 0.4 * step / $steps + (trial_id * 7907 % 997) / 10000.0
        ELSE 100.0 / (1 + step) + (trial_id * 104729 % 10007) / 1000.0 + id % 2 END
    FROM here, step JOIN metric ON metric.experiment_id = here.experiment
    WHERE trial_id > before;
INSERT INTO score (trial_id, step, threshold, threshold_value, normal_correct, anomaly_correct)
    SELECT trial_id, step, 20 + 5 * n.i, 20 + 5 * n.i, n_test * (n.i + 1) / ($thresholds + 1),
        n_anomaly - n_anomaly * n.i / ($thresholds + 1 + step)
    FROM here, step, n JOIN data_set ON data_set.id = here.data
    WHERE trial_id > before AND n.i < $thresholds;
INSERT INTO evaluation (revision_id, number, trial_id, epochs, threshold)
    SELECT revision, t.i * $thresholds + h.i + 1, before + t.i + 1, $steps, 20 + 5 * h.i
    FROM n AS t, n AS h, here WHERE t.i < $trials AND h.i < $thresholds;
COMMIT;
SQL
