-- The store, version 1. One fact per table; a finished row never changes. Times are UTC, ISO 8601;
-- seconds are wall time; losses and errors are in the unit that the training's loss setting names
-- (l1: sum over time of |y - x|; mse: of its square), losses being means over sequences.

-- An experiment is a name; what was run under it are its revisions.
CREATE TABLE experiment (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,       -- [experiment] name
    created TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
) STRICT;

-- One set of settings under a name. Revisions of one generation share trainings.
CREATE TABLE revision (
    id INTEGER PRIMARY KEY,
    experiment_id INTEGER NOT NULL REFERENCES experiment,
    number INTEGER NOT NULL,         -- from 1 within the experiment, never used again
    generation INTEGER NOT NULL,     -- from 1 within the experiment; --fresh starts the next
    settings_sha256 TEXT NOT NULL,   -- of the lines key=value of its settings, in order
    created TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    UNIQUE (experiment_id, number),
    UNIQUE (experiment_id, generation, settings_sha256)
) STRICT;

-- The configuration of a revision: fixed settings and axes as the INI file writes them.
CREATE TABLE setting (
    revision_id INTEGER NOT NULL REFERENCES revision,
    position INTEGER NOT NULL,       -- order of the dump, from 1
    key TEXT NOT NULL,               -- section.key
    value TEXT NOT NULL,             -- canonical text
    PRIMARY KEY (revision_id, position)
) STRICT, WITHOUT ROWID;

-- One start of `sweep run`. The revision of an experiment's last run is its latest revision.
CREATE TABLE run (
    id INTEGER PRIMARY KEY,          -- grows with time
    revision_id INTEGER NOT NULL REFERENCES revision,
    ini_path TEXT NOT NULL,          -- as given on the command line
    begun TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
) STRICT;
CREATE INDEX run_of_revision ON run (revision_id);

-- What a run was done with: program version, git commit, compiler, CPU, BLAS, device.
CREATE TABLE environment (
    run_id INTEGER NOT NULL REFERENCES run,
    position INTEGER NOT NULL,       -- order of the dump, from 1
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run_id, position)
) STRICT, WITHOUT ROWID;

-- A data set together with its split.
CREATE TABLE data_set (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,              -- short name
    source TEXT NOT NULL,            -- file, folder or builtin: name it came from
    fingerprint TEXT NOT NULL,       -- SHA-256 of labels and values
    synthetic INTEGER NOT NULL CHECK (synthetic IN (0, 1)), -- 1: made by the program, not measured
    n_rows INTEGER NOT NULL,         -- sequences
    length INTEGER NOT NULL,         -- time steps of a sequence
    n_train INTEGER NOT NULL,        -- normal sequences to train on
    n_val INTEGER NOT NULL,          -- normal sequences that select the epoch
    n_test INTEGER NOT NULL,         -- normal sequences to judge by
    n_anomaly INTEGER NOT NULL,      -- abnormal sequences to judge by
    UNIQUE (fingerprint, name, source, n_train, n_val, n_test, n_anomaly)
) STRICT;

-- The classes of a data set.
CREATE TABLE class (
    data_set_id INTEGER NOT NULL REFERENCES data_set,
    position INTEGER NOT NULL,       -- from 1
    label TEXT NOT NULL,             -- as in the file
    count INTEGER NOT NULL,          -- sequences of this class
    PRIMARY KEY (data_set_id, position)
) STRICT, WITHOUT ROWID;

-- The work that trials share: everything but epochs and threshold.
CREATE TABLE training (
    id INTEGER PRIMARY KEY,          -- what `sweep show` takes
    experiment_id INTEGER NOT NULL REFERENCES experiment,
    generation INTEGER NOT NULL,     -- of the revisions that may use it
    key TEXT NOT NULL,               -- SHA-256 over all that determines its bits
    data_set_id INTEGER NOT NULL REFERENCES data_set,
    arch TEXT NOT NULL,              -- model.arch
    embedding_dim INTEGER NOT NULL,  -- model.embedding_dim
    seed INTEGER NOT NULL,           -- train.seed
    failure TEXT,                    -- why it ended early; NULL unless it failed
    UNIQUE (experiment_id, generation, key)
) STRICT;

-- All settings of a training.
CREATE TABLE training_setting (
    training_id INTEGER NOT NULL REFERENCES training,
    position INTEGER NOT NULL,       -- order of the dump, from 1
    key TEXT NOT NULL,               -- section.key
    value TEXT NOT NULL,             -- canonical text
    PRIMARY KEY (training_id, key)
) STRICT, WITHOUT ROWID;

-- Which trainings a revision consists of.
CREATE TABLE revision_training (
    revision_id INTEGER NOT NULL REFERENCES revision,
    number INTEGER NOT NULL,         -- from 1, grid order
    training_id INTEGER NOT NULL REFERENCES training,
    max_epochs INTEGER NOT NULL,     -- largest epoch count that a trial of the revision asks for
    PRIMARY KEY (revision_id, number),
    UNIQUE (revision_id, training_id)
) STRICT, WITHOUT ROWID;

-- What a training knows after an epoch.
CREATE TABLE epoch (
    training_id INTEGER NOT NULL REFERENCES training,
    epoch INTEGER NOT NULL,          -- from 1, without gaps
    train_loss REAL NOT NULL,        -- mean over training sequences during the epoch
    val_loss REAL NOT NULL,          -- mean over validation sequences after the epoch
    train_s REAL NOT NULL,           -- seconds of training
    eval_s REAL NOT NULL,            -- seconds of evaluation
    recorded TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    PRIMARY KEY (training_id, epoch)
) STRICT, WITHOUT ROWID;

-- The reconstruction error of every held-out sequence after an epoch.
CREATE TABLE error_blob (
    training_id INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    subset TEXT NOT NULL CHECK (subset IN ('val', 'test', 'anomaly')),
    errors BLOB NOT NULL CHECK (length(errors) % 4 = 0), -- float32 little-endian, the split's order
    PRIMARY KEY (training_id, epoch, subset),
    FOREIGN KEY (training_id, epoch) REFERENCES epoch
) STRICT;

-- All that is needed to train on after the last recorded epoch, bit for bit.
CREATE TABLE state (
    training_id INTEGER PRIMARY KEY REFERENCES training,
    epoch INTEGER NOT NULL,          -- the epoch it was taken after
    state BLOB NOT NULL              -- the engine's own format
) STRICT;

-- One grid point: a training read at an epoch count and a threshold.
CREATE TABLE trial (
    id INTEGER PRIMARY KEY,
    revision_id INTEGER NOT NULL REFERENCES revision,
    number INTEGER NOT NULL,         -- from 1, grid order
    training_id INTEGER NOT NULL REFERENCES training,
    epochs INTEGER NOT NULL,         -- train.epochs
    threshold ANY NOT NULL,          -- a number as number, else pNN, best_f1 or youden
    UNIQUE (revision_id, number)
) STRICT;
CREATE INDEX trial_of_training ON trial (training_id, epochs);

-- What a trial found; there as soon as its training has recorded enough epochs.
CREATE TABLE trial_result (
    trial_id INTEGER PRIMARY KEY REFERENCES trial,
    selected_epoch INTEGER NOT NULL, -- epoch up to trial.epochs with the smallest val_loss, the first
    threshold_value REAL NOT NULL,   -- the threshold as a number, in units of the error
    normal_correct INTEGER NOT NULL, -- normal test sequences with error <= threshold_value
    normal_total INTEGER NOT NULL,
    anomaly_correct INTEGER NOT NULL, -- anomalies with error > threshold_value
    anomaly_total INTEGER NOT NULL
) STRICT;

-- The history of a revision: started, interrupted, a worker died.
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    revision_id INTEGER NOT NULL REFERENCES revision,
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    kind TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX event_of_revision ON event (revision_id);

CREATE TRIGGER epoch_is_final BEFORE UPDATE ON epoch
BEGIN SELECT RAISE(ABORT, 'a recorded epoch is final'); END;

CREATE TRIGGER error_blob_is_final BEFORE UPDATE ON error_blob
BEGIN SELECT RAISE(ABORT, 'recorded errors are final'); END;

CREATE TRIGGER trial_result_is_final BEFORE UPDATE ON trial_result
BEGIN SELECT RAISE(ABORT, 'the result of a trial is final'); END;

CREATE TRIGGER trial_is_final BEFORE UPDATE ON trial
BEGIN SELECT RAISE(ABORT, 'a planned trial is final'); END;

-- A training may fail and be tried again; what it is does not change.
CREATE TRIGGER training_is_final
BEFORE UPDATE OF experiment_id, generation, key, data_set_id, arch, embedding_dim, seed ON training
BEGIN SELECT RAISE(ABORT, 'what a training is does not change'); END;

CREATE TRIGGER epoch_stays BEFORE DELETE ON epoch
BEGIN SELECT RAISE(ABORT, 'a recorded epoch is final'); END;

CREATE TRIGGER error_blob_stays BEFORE DELETE ON error_blob
BEGIN SELECT RAISE(ABORT, 'recorded errors are final'); END;

CREATE TRIGGER trial_result_stays BEFORE DELETE ON trial_result
BEGIN SELECT RAISE(ABORT, 'the result of a trial is final'); END;

CREATE TRIGGER trial_stays BEFORE DELETE ON trial
BEGIN SELECT RAISE(ABORT, 'a planned trial is final'); END;

-- The revision of each experiment that was run last.
CREATE VIEW v_latest AS
SELECT experiment.name AS experiment, revision.id AS revision_id, revision.number AS revision,
       max(run.id) AS run_id
FROM experiment
JOIN revision ON revision.experiment_id = experiment.id
JOIN run ON run.revision_id = revision.id
GROUP BY experiment.id;

-- Every epoch of the latest revisions, up to the epoch count that they ask for.
CREATE VIEW v_epochs AS
SELECT v_latest.experiment, training.id AS training, arch, embedding_dim, seed, epoch, train_loss,
       val_loss, train_s, eval_s
FROM v_latest
JOIN revision_training USING (revision_id)
JOIN training ON training.id = revision_training.training_id
JOIN epoch ON epoch.training_id = training.id AND epoch.epoch <= revision_training.max_epochs
ORDER BY v_latest.experiment, revision_training.number, epoch;

-- Every trial of the latest revisions; what is not known yet is NULL.
CREATE VIEW v_trials AS
SELECT v_latest.experiment, trial.number AS trial, training.id AS training, arch, embedding_dim,
       trial.epochs, trial.threshold, seed, selected_epoch, train_loss, val_loss, normal_correct,
       normal_total, anomaly_correct, anomaly_total
FROM v_latest
JOIN trial USING (revision_id)
JOIN training ON training.id = trial.training_id
LEFT JOIN trial_result ON trial_result.trial_id = trial.id
LEFT JOIN epoch ON epoch.training_id = training.id AND epoch.epoch = selected_epoch
ORDER BY v_latest.experiment, trial.number;
