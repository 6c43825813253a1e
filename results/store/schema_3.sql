-- The store, version 3: trials, parameters, metrics, evaluations. A trial is one configuration of all
-- parameters, trained once; its metrics are named values at a step; an evaluation is a reading of a
-- trial at an epoch count and a threshold, and is never stored twice: what it found is the score of
-- its trial at the selected epoch. Steps, values, scores and errors of a finished step never change.

-- Names that differ only in case would share their views: the later ones become NAME~2, NAME~3.
-- (see the end of this file for the copying of older rows)

-- The parameters that are columns of a revision's exports and views, in their order.
CREATE TABLE axis (
    revision_id INTEGER NOT NULL REFERENCES revision,
    position INTEGER NOT NULL,       -- from 1
    key TEXT NOT NULL,               -- of trial_param: "model.embedding_dim", or a user's own name
    name TEXT NOT NULL,              -- the column: without the section where that is unique
    scale TEXT NOT NULL CHECK (scale IN ('linear', 'log', 'categorical')), -- numbers, or words
    is_seed INTEGER NOT NULL CHECK (is_seed IN (0, 1)), -- 1: repeats one configuration
    PRIMARY KEY (revision_id, position),
    UNIQUE (revision_id, key)
) STRICT, WITHOUT ROWID;

-- What is trained once; shared by the revisions of one generation.
CREATE TABLE trial (
    id INTEGER PRIMARY KEY,
    experiment_id INTEGER NOT NULL REFERENCES experiment,
    generation INTEGER NOT NULL,     -- of the revisions that may use it
    key TEXT NOT NULL,               -- SHA-256 over all that determines its bits
    data_set_id INTEGER REFERENCES data_set, -- NULL of a command
    split_id INTEGER REFERENCES split,       -- NULL of a command, and where an old program did not say
    weights INTEGER,                 -- numbers that are trained; NULL where not known
    UNIQUE (experiment_id, generation, key)
) STRICT;

-- All parameters of a trial.
CREATE TABLE trial_param (
    trial_id INTEGER NOT NULL REFERENCES trial,
    position INTEGER NOT NULL,       -- order of the dump, from 1
    key TEXT NOT NULL,               -- section.key, or a user's own name
    value TEXT NOT NULL,             -- canonical text
    PRIMARY KEY (trial_id, key)
) STRICT, WITHOUT ROWID;

-- What a revision decided about a trial.
CREATE TABLE revision_trial (
    id INTEGER PRIMARY KEY,
    revision_id INTEGER NOT NULL REFERENCES revision,
    number INTEGER NOT NULL,         -- from 1: what `sweep show` takes
    trial_id INTEGER NOT NULL REFERENCES trial,
    stage TEXT NOT NULL DEFAULT 'search' CHECK (stage IN ('search', 'confirm')),
    budget INTEGER NOT NULL,         -- steps that the revision asks for at most
    state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'stopped', 'done', 'failed')),
    reason TEXT,                     -- why it stopped or failed; NULL otherwise
    UNIQUE (revision_id, number),
    UNIQUE (revision_id, trial_id)
) STRICT;
CREATE INDEX revision_of_trial ON revision_trial (trial_id);

-- What trials of an experiment record at their steps.
CREATE TABLE metric (
    id INTEGER PRIMARY KEY,
    experiment_id INTEGER NOT NULL REFERENCES experiment,
    name TEXT NOT NULL,              -- "val_loss"
    direction TEXT NOT NULL CHECK (direction IN ('minimize', 'maximize')),
    UNIQUE (experiment_id, name)
) STRICT;

-- A step of a trial: an epoch, or what a command reports as one.
CREATE TABLE step (
    trial_id INTEGER NOT NULL REFERENCES trial,
    step INTEGER NOT NULL,           -- from 1, without gaps
    best_step INTEGER NOT NULL,      -- up to this one: smallest val_loss, the first of equals
    train_s REAL NOT NULL,           -- seconds of training
    eval_s REAL NOT NULL,            -- seconds of evaluation
    worker INTEGER,                  -- which of its run's workers did it, from 1; NULL: not known
    begun_s REAL,                    -- instant at which it began to train, seconds since 1970 UTC
    ended_s REAL,                    -- instant at which it was evaluated
    recorded TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    PRIMARY KEY (trial_id, step)
) STRICT, WITHOUT ROWID;

-- A metric of a trial at a step; finite. What is not defined has no row.
CREATE TABLE value (
    trial_id INTEGER NOT NULL,
    step INTEGER NOT NULL,
    metric_id INTEGER NOT NULL REFERENCES metric,
    value REAL NOT NULL,
    PRIMARY KEY (trial_id, step, metric_id),
    FOREIGN KEY (trial_id, step) REFERENCES step
) STRICT, WITHOUT ROWID;

-- How many held-out sequences are on the right side of a planned threshold after a step; how many
-- there are is in data_set (n_test, n_anomaly).
CREATE TABLE score (
    trial_id INTEGER NOT NULL,
    step INTEGER NOT NULL,
    threshold ANY NOT NULL,          -- a number as number, else pNN, best_f1 or youden
    threshold_value REAL NOT NULL,   -- as a number, in units of the error
    normal_correct INTEGER NOT NULL, -- normal test sequences with error <= threshold_value
    anomaly_correct INTEGER NOT NULL, -- anomalies with error > threshold_value
    PRIMARY KEY (trial_id, step, threshold),
    FOREIGN KEY (trial_id, step) REFERENCES step
) STRICT, WITHOUT ROWID;

-- A reading of a trial that a revision plans, in grid order.
CREATE TABLE evaluation (
    revision_id INTEGER NOT NULL REFERENCES revision,
    number INTEGER NOT NULL,         -- from 1
    trial_id INTEGER NOT NULL REFERENCES trial,
    epochs INTEGER NOT NULL,         -- train.epochs
    threshold ANY NOT NULL,          -- as in score
    PRIMARY KEY (revision_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX evaluation_of_trial ON evaluation (trial_id, epochs);
