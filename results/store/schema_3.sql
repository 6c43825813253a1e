-- The store, version 3: trials, parameters, metrics, evaluations. A trial is one configuration of all
-- parameters, trained once; its metrics are named values at a step; an evaluation is a reading of a
-- trial at an epoch count and a threshold, and is never stored twice: what it found is the score of
-- its trial at the selected epoch. Steps, values, scores and errors of a finished step never change.

-- The script follows those of versions 1 and 2, in a new store as in an old one; what needs more than
-- SQL (scores, AUROC, AUPRC and axes of older rows) is added by upgrade.c in the same transaction.

DROP VIEW v_trials;
DROP VIEW v_epochs;
DROP VIEW v_latest;

-- Names that differ only in case would share their views: the later ones become NAME~2, NAME~3.
UPDATE experiment SET name = name || '~' || (
    WITH RECURSIVE suffix (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM suffix)
    SELECT n FROM suffix WHERE NOT EXISTS (
        SELECT 1 FROM experiment AS other
        WHERE other.name = experiment.name || '~' || n COLLATE NOCASE)
    LIMIT 1)
WHERE EXISTS (SELECT 1 FROM experiment AS earlier
              WHERE earlier.id < experiment.id AND earlier.name = experiment.name COLLATE NOCASE);
CREATE UNIQUE INDEX experiment_of_name ON experiment (name COLLATE NOCASE);

-- Tables that only change names: their rows (errors, states, models may be gigabytes) stay where they
-- are, and references to trials and steps follow.
ALTER TABLE trial RENAME TO old_trial;
ALTER TABLE training RENAME TO trial;
ALTER TABLE epoch RENAME TO step;
ALTER TABLE training_setting RENAME TO trial_param;
ALTER TABLE trial_param RENAME COLUMN training_id TO trial_id;
ALTER TABLE error_blob RENAME COLUMN training_id TO trial_id;
ALTER TABLE error_blob RENAME COLUMN epoch TO step;
ALTER TABLE state RENAME COLUMN training_id TO trial_id;
ALTER TABLE state RENAME COLUMN epoch TO step;
ALTER TABLE weights RENAME COLUMN training_id TO trial_id;
ALTER TABLE weights RENAME COLUMN epoch TO step;
ALTER TABLE reconstruction RENAME COLUMN training_id TO trial_id;
ALTER TABLE reconstruction RENAME COLUMN epoch TO step;
ALTER TABLE event RENAME COLUMN training_id TO trial_id;

-- Tables whose columns change: renamed (references stay, in legacy mode), created again, and copied.
PRAGMA legacy_alter_table = ON;
ALTER TABLE trial RENAME TO old_training;
ALTER TABLE step RENAME TO old_epoch;
PRAGMA legacy_alter_table = OFF;

-- The parameters that are columns of a revision's exports and views, in their order.
CREATE TABLE axis (
    revision_id INTEGER NOT NULL REFERENCES revision,
    position INTEGER NOT NULL,       -- from 1
    key TEXT NOT NULL,               -- of trial_param: "model.embedding_dim", or a user's own name
    name TEXT NOT NULL,              -- the column: without the section where that is unique
    scale TEXT NOT NULL CHECK (scale IN ('linear', 'log', 'categorical')), -- numbers, or words
    is_seed INTEGER NOT NULL CHECK (is_seed IN (0, 1)), -- 1: repeats one configuration
    distribution TEXT NOT NULL,      -- its domain as JSON, in Optuna's words
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
    code INTEGER,                    -- numbers that a sequence is compressed to; likewise
    UNIQUE (experiment_id, generation, key)
) STRICT;

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

-- How often a trial of a command was run, what was run, and how that ended.
CREATE TABLE attempt (
    trial_id INTEGER NOT NULL REFERENCES trial,
    number INTEGER NOT NULL,         -- from 1, over all runs
    host TEXT NOT NULL,              -- the machine
    folder TEXT NOT NULL,            -- where it ran
    argv TEXT NOT NULL,              -- a JSON list of words
    scripts TEXT NOT NULL,           -- a JSON object: SHA-256 of the files among them, by path
    git_commit TEXT,                 -- of the folder; NULL: none
    git_dirty INTEGER CHECK (git_dirty IN (0, 1)), -- 1: files there differ from it
    begun TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    ended TEXT,                      -- NULL: it runs, or the run was killed
    outcome TEXT,                    -- "exit code 0", "timeout after 5 s"
    PRIMARY KEY (trial_id, number)
) STRICT, WITHOUT ROWID;

-- What a user wrote about a revision.
CREATE TABLE note (
    revision_id INTEGER PRIMARY KEY REFERENCES revision,
    text TEXT NOT NULL
) STRICT;

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
    step INTEGER NOT NULL,           -- from 1; without gaps but for a command's
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
    threshold ANY NOT NULL,          -- a number as number, else pNN, cNN, best_f1 or youden
    threshold_value REAL NOT NULL,   -- as a number, in units of the error
    normal_correct INTEGER NOT NULL, -- normal test sequences with error <= threshold_value
    anomaly_correct INTEGER NOT NULL, -- anomalies with error > threshold_value
    PRIMARY KEY (trial_id, step, threshold),
    FOREIGN KEY (trial_id, step) REFERENCES step
) STRICT, WITHOUT ROWID;

-- Anomalies of a split that thresholds and settings may be chosen by: its tuning part. None is among
-- those of held_out.
CREATE TABLE tune_part (
    split_id INTEGER PRIMARY KEY REFERENCES split,
    rows BLOB NOT NULL CHECK (length(rows) % 4 = 0), -- row of the data set: uint32 little-endian
    classes BLOB NOT NULL CHECK (length(classes) = length(rows)) -- position of the class, likewise
) STRICT;

-- Their reconstruction errors after a step.
CREATE TABLE tune_error (
    trial_id INTEGER NOT NULL,
    step INTEGER NOT NULL,
    errors BLOB NOT NULL CHECK (length(errors) % 4 = 0), -- float32 little-endian, as tune_part
    PRIMARY KEY (trial_id, step),
    FOREIGN KEY (trial_id, step) REFERENCES step
) STRICT;

-- Errors of the held-out sequences of a split by methods that are not trained: Euclidean distance to
-- the mean training sequence, to the reconstruction from principal components, to the nearest
-- training sequence.
CREATE TABLE baseline (
    split_id INTEGER NOT NULL REFERENCES split,
    method TEXT NOT NULL CHECK (method IN ('mean', 'pca', 'neighbour')),
    components INTEGER NOT NULL,     -- of pca; 0 of the others
    val BLOB NOT NULL,               -- float32 little-endian, as held_out
    test BLOB NOT NULL,
    anomaly BLOB NOT NULL,
    tune BLOB NOT NULL,              -- as tune_part; empty without one
    PRIMARY KEY (split_id, method, components)
) STRICT;

-- A reading of a trial that a revision plans, in grid order.
CREATE TABLE evaluation (
    revision_id INTEGER NOT NULL REFERENCES revision,
    number INTEGER NOT NULL,         -- from 1
    trial_id INTEGER NOT NULL REFERENCES trial,
    epochs INTEGER NOT NULL,         -- train.epochs
    threshold ANY NOT NULL,          -- as in score
    PRIMARY KEY (revision_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX evaluation_of_trial ON evaluation (trial_id, threshold, epochs);

-- What a revision searches and how, where it does not train all points of a grid. Everything decides
-- which revision it is, but for max_steps, trials and confirm, which are as they were asked for last.
CREATE TABLE search (
    revision_id INTEGER PRIMARY KEY REFERENCES revision,
    strategy TEXT NOT NULL,          -- "tpe"
    seed INTEGER NOT NULL,           -- of what is drawn
    slots INTEGER NOT NULL,          -- trials under way at once, in virtual time; 0: any number
    objective TEXT NOT NULL,         -- a metric's name
    goal TEXT NOT NULL CHECK (goal IN ('minimize', 'maximize')),
    stop TEXT NOT NULL,              -- "none", "halving"
    min_steps INTEGER NOT NULL,      -- no trial is stopped before
    max_steps INTEGER NOT NULL,      -- of a trial that is never stopped
    trials INTEGER NOT NULL,         -- fits at most, those of the confirm stage included
    confirm_best INTEGER NOT NULL,   -- the last fits repeat so many trials
    confirm_seeds INTEGER NOT NULL   -- with so many fresh seeds each; 0: no confirm stage
) STRICT;

-- The parameters that a search chooses. A coordinate is the value of a float or an int, and the index
-- from 0 of the choice of the others.
CREATE TABLE dimension (
    revision_id INTEGER NOT NULL REFERENCES search,
    position INTEGER NOT NULL,       -- from 1
    key TEXT NOT NULL,               -- of trial_param
    kind TEXT NOT NULL CHECK (kind IN ('float', 'int', 'ordinal', 'categorical')),
    is_log INTEGER NOT NULL CHECK (is_log IN (0, 1)),
    low REAL NOT NULL,               -- of a coordinate, both included
    high REAL NOT NULL,
    step REAL NOT NULL,              -- of a coordinate; 0: any number
    choices TEXT,                    -- JSON list of the values of an ordinal (numbers in order) or a
                                     -- categorical (words); NULL otherwise
    PRIMARY KEY (revision_id, position)
) STRICT, WITHOUT ROWID;

-- A trial of the search stage as it was proposed. All that was decided follows from this and the
-- trials' values: a run repeats the search in virtual time and compares.
CREATE TABLE proposal (
    revision_id INTEGER NOT NULL REFERENCES search,
    number INTEGER NOT NULL,         -- of revision_trial
    strategy TEXT NOT NULL,          -- what proposed it, and which version of its method: after a
    version INTEGER NOT NULL,        --   change of either it is taken as it stands
    max_steps INTEGER NOT NULL,      -- of the search at that time; likewise
    history TEXT NOT NULL,           -- SHA-256 over the earlier proposals and outcomes that it knew
    cost REAL NOT NULL,              -- predicted, of one step: what virtual time runs by
    failed_after INTEGER,            -- steps done when the search took it for failed; NULL: never
    visible INTEGER,                 -- a retry's result is known to the proposals after so many;
                                     --   NULL: there was none, or it is not done
    PRIMARY KEY (revision_id, number),
    FOREIGN KEY (revision_id, number) REFERENCES revision_trial (revision_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE coordinate (
    revision_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    position INTEGER NOT NULL,       -- of dimension
    value REAL NOT NULL,
    PRIMARY KEY (revision_id, number, position),
    FOREIGN KEY (revision_id, number) REFERENCES proposal,
    FOREIGN KEY (revision_id, position) REFERENCES dimension
) STRICT, WITHOUT ROWID;

-- A fit of the confirm stage, and the trial that it repeats with a fresh seed.
CREATE TABLE confirmation (
    revision_id INTEGER NOT NULL REFERENCES search,
    number INTEGER NOT NULL,         -- of revision_trial, whose stage is confirm
    confirms INTEGER NOT NULL,       -- number of the trial
    seed INTEGER NOT NULL,           -- instead of that trial's
    PRIMARY KEY (revision_id, number),
    FOREIGN KEY (revision_id, number) REFERENCES revision_trial (revision_id, number)
) STRICT, WITHOUT ROWID;

-- --- what older versions recorded ----------------------------------------------------------------

-- Weights of an LSTM: 4 hidden (inputs + hidden) and two biases of 4 hidden; of the read-out: one
-- for each output of the last layer, and one.
INSERT INTO trial (id, experiment_id, generation, key, data_set_id, split_id, code, weights)
SELECT id, experiment_id, generation, key, data_set_id, split_id, e, CASE arch
    WHEN 'single' THEN 4 * e * (1 + e + 2) + 4 * e * (e + e + 2) + e + 1
    WHEN 'stacked' THEN 8 * e * (1 + 2 * e + 2) + 4 * e * (2 * e + e + 2)
                        + 4 * e * (e + e + 2) + 8 * e * (e + 2 * e + 2) + 2 * e + 1
    END
FROM (SELECT *, embedding_dim AS e FROM old_training) ORDER BY id;

INSERT INTO revision_trial (revision_id, number, trial_id, budget, state, reason)
SELECT revision_id, number, training_id, max_epochs,
       CASE WHEN done THEN 'done' WHEN failure IS NOT NULL THEN 'failed' ELSE 'waiting' END,
       CASE WHEN NOT done THEN failure END
FROM (SELECT revision_training.*, failure, max_epochs <= (
          SELECT count(*) FROM old_epoch
          WHERE old_epoch.training_id = revision_training.training_id) AS done
      FROM revision_training JOIN old_training ON old_training.id = training_id)
ORDER BY revision_id, number;

INSERT INTO metric (experiment_id, name, direction)
SELECT id, column1, column2
FROM experiment
CROSS JOIN (VALUES ('train_loss', 'minimize'), ('val_loss', 'minimize'),
                   ('auroc', 'maximize'), ('auprc', 'maximize'));

INSERT INTO step (trial_id, step, best_step, train_s, eval_s, worker, begun_s, ended_s, recorded)
SELECT training_id, epoch,
       max(CASE WHEN before IS NULL OR val_loss < before THEN epoch END)
           OVER (PARTITION BY training_id ORDER BY epoch),
       train_s, eval_s, worker, begun_s, ended_s, recorded
FROM (SELECT *, min(val_loss) OVER (PARTITION BY training_id ORDER BY epoch
                                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
      FROM old_epoch);

INSERT INTO value (trial_id, step, metric_id, value)
SELECT training_id, epoch, metric.id,
       CASE metric.name WHEN 'train_loss' THEN train_loss ELSE val_loss END
FROM old_epoch
JOIN trial ON trial.id = training_id
JOIN metric USING (experiment_id)
WHERE metric.name IN ('train_loss', 'val_loss');

INSERT INTO evaluation (revision_id, number, trial_id, epochs, threshold)
SELECT revision_id, number, training_id, epochs, threshold FROM old_trial;

DROP TABLE trial_result;
DROP TABLE old_trial;
DROP TABLE revision_training;
DROP TABLE old_epoch;
DROP TABLE old_training;

-- --- what does not change ------------------------------------------------------------------------
-- (errors, held-out rows, samples, weights and reconstructions have their triggers since versions 1
-- and 2)

-- The weights and the split of older trials were not recorded, and may be added once.
CREATE TRIGGER trial_is_final
BEFORE UPDATE OF experiment_id, generation, key, data_set_id, split_id, weights, code ON trial
WHEN old.experiment_id IS NOT new.experiment_id OR old.generation IS NOT new.generation
  OR old.key IS NOT new.key OR old.data_set_id IS NOT new.data_set_id
  OR (old.split_id IS NOT NULL AND old.split_id IS NOT new.split_id)
  OR (old.weights IS NOT NULL AND old.weights IS NOT new.weights)
  OR (old.code IS NOT NULL AND old.code IS NOT new.code)
BEGIN SELECT RAISE(ABORT, 'what a trial is does not change'); END;

CREATE TRIGGER step_is_final BEFORE UPDATE ON step
BEGIN SELECT RAISE(ABORT, 'a recorded step is final'); END;

-- A command that is tried again reports its steps again, unless it was done.
CREATE VIEW all_begun_anew AS
SELECT id AS trial_id FROM trial WHERE data_set_id IS NULL AND NOT EXISTS (
    SELECT 1 FROM revision_trial WHERE trial_id = trial.id AND state = 'done');

CREATE TRIGGER step_stays BEFORE DELETE ON step
WHEN old.trial_id NOT IN (SELECT trial_id FROM all_begun_anew WHERE trial_id = old.trial_id)
BEGIN SELECT RAISE(ABORT, 'a recorded step is final'); END;

CREATE TRIGGER value_is_final BEFORE UPDATE ON value
BEGIN SELECT RAISE(ABORT, 'a recorded value is final'); END;

CREATE TRIGGER value_stays BEFORE DELETE ON value
WHEN old.trial_id NOT IN (SELECT trial_id FROM all_begun_anew WHERE trial_id = old.trial_id)
BEGIN SELECT RAISE(ABORT, 'a recorded value is final'); END;

CREATE TRIGGER score_is_final BEFORE UPDATE ON score
BEGIN SELECT RAISE(ABORT, 'a recorded score is final'); END;

CREATE TRIGGER score_stays BEFORE DELETE ON score
BEGIN SELECT RAISE(ABORT, 'a recorded score is final'); END;

CREATE TRIGGER tune_part_is_final BEFORE UPDATE ON tune_part
BEGIN SELECT RAISE(ABORT, 'a split is final'); END;

CREATE TRIGGER tune_part_stays BEFORE DELETE ON tune_part
BEGIN SELECT RAISE(ABORT, 'a split is final'); END;

CREATE TRIGGER tune_error_is_final BEFORE UPDATE ON tune_error
BEGIN SELECT RAISE(ABORT, 'recorded errors are final'); END;

CREATE TRIGGER tune_error_stays BEFORE DELETE ON tune_error
BEGIN SELECT RAISE(ABORT, 'recorded errors are final'); END;

CREATE TRIGGER baseline_is_final BEFORE UPDATE ON baseline
BEGIN SELECT RAISE(ABORT, 'recorded errors are final'); END;

CREATE TRIGGER baseline_stays BEFORE DELETE ON baseline
BEGIN SELECT RAISE(ABORT, 'recorded errors are final'); END;

CREATE TRIGGER evaluation_is_final BEFORE UPDATE ON evaluation
BEGIN SELECT RAISE(ABORT, 'a planned evaluation is final'); END;

CREATE TRIGGER evaluation_stays BEFORE DELETE ON evaluation
BEGIN SELECT RAISE(ABORT, 'a planned evaluation is final'); END;

CREATE TRIGGER coordinate_is_final BEFORE UPDATE ON coordinate
BEGIN SELECT RAISE(ABORT, 'a proposal is final'); END;

CREATE TRIGGER coordinate_stays BEFORE DELETE ON coordinate
BEGIN SELECT RAISE(ABORT, 'a proposal is final'); END;

-- --- views ---------------------------------------------------------------------------------------
-- The rows of all revisions. What is not known is NULL. The views below choose from them, and so do
-- the four views of each experiment ("NAME.trials", "NAME.evaluations", "NAME.epochs",
-- "NAME.scores"), which have a column for each axis of its latest revision.


-- What a revision optimises is looked up for each of its trials.
CREATE INDEX setting_of_key ON setting (revision_id, key, value);

-- What a revision optimises: its setting, else val_loss, else the first metric of a command.
CREATE VIEW all_objectives AS
SELECT revision.id AS revision_id, metric.id AS metric_id, metric.name, metric.direction
FROM revision JOIN metric ON metric.id = coalesce(
    (SELECT one.id FROM metric AS one
     WHERE one.experiment_id = revision.experiment_id AND one.name = coalesce(
         (SELECT CASE WHEN value GLOB 'm??(*)' THEN substr(value, 5, length(value) - 5)
                      ELSE value END
          FROM setting WHERE revision_id = revision.id AND key = 'search.objective'), 'val_loss')),
    (SELECT one.id FROM metric AS one WHERE one.experiment_id = revision.experiment_id
     ORDER BY one.name LIMIT 1));

CREATE VIEW all_values AS
SELECT trial_id, step, name, value FROM value JOIN metric ON metric.id = metric_id;

-- A command's trial is read at the step where the objective of the revision is best, the first of
-- equals, or at its last step where it has none.
CREATE VIEW all_trials AS
SELECT link.revision_id, link.trial_id, link.number AS trial, link.stage, link.state,
       coalesce(link.step, 0) AS epochs_done, link.best_step AS selected_epoch,
       (SELECT value FROM all_values AS at WHERE at.trial_id = link.trial_id
        AND at.step = link.best_step AND at.name = 'train_loss') AS train_loss,
       (SELECT value FROM all_values AS at WHERE at.trial_id = link.trial_id
        AND at.step = link.best_step AND at.name = 'val_loss') AS val_loss,
       (SELECT sum(done.train_s + done.eval_s) FROM step AS done
        WHERE done.trial_id = link.trial_id AND done.step <= link.budget) AS seconds,
       CASE link.state WHEN 'failed' THEN link.reason END AS failure
FROM (
    SELECT revision_trial.*, last.step, CASE
        WHEN trial.data_set_id IS NOT NULL THEN last.best_step
        ELSE coalesce((SELECT value.step FROM all_objectives AS objective
                       JOIN value ON value.trial_id = revision_trial.trial_id
                       AND value.metric_id = objective.metric_id AND value.step <= last.step
                       WHERE objective.revision_id = revision_trial.revision_id
                       ORDER BY CASE objective.direction WHEN 'minimize' THEN value
                                ELSE -value END, value.step LIMIT 1), last.step)
        END AS best_step
    FROM revision_trial
    JOIN trial ON trial.id = revision_trial.trial_id
    LEFT JOIN step AS last ON last.trial_id = revision_trial.trial_id AND last.step = (
        SELECT max(done.step) FROM step AS done
        WHERE done.trial_id = revision_trial.trial_id AND done.step <= budget)) AS link;

-- Every step up to the budget of the revision.
CREATE VIEW all_epochs AS
SELECT link.revision_id, link.trial_id, link.number AS trial, step.step AS epoch,
       (SELECT value FROM all_values AS at WHERE at.trial_id = link.trial_id
        AND at.step = step.step AND at.name = 'train_loss') AS train_loss,
       (SELECT value FROM all_values AS at WHERE at.trial_id = link.trial_id
        AND at.step = step.step AND at.name = 'val_loss') AS val_loss,
       step.train_s, step.eval_s
FROM revision_trial AS link
JOIN step ON step.trial_id = link.trial_id AND step.step <= link.budget;

-- Every step up to the budget at every threshold that the revision plans for the trial.
CREATE VIEW all_scores AS
SELECT link.revision_id, link.trial_id, link.number AS trial, score.step AS epoch, score.threshold,
       score.threshold_value, score.normal_correct, n_test AS normal_total, score.anomaly_correct,
       n_anomaly AS anomaly_total, 1.0 * score.normal_correct / n_test AS normal_recall,
       1.0 * score.anomaly_correct / n_anomaly AS anomaly_recall
FROM revision_trial AS link
JOIN trial ON trial.id = link.trial_id
JOIN data_set ON data_set.id = trial.data_set_id
JOIN score ON score.trial_id = link.trial_id AND score.step <= link.budget
WHERE EXISTS (SELECT 1 FROM evaluation AS plan WHERE plan.revision_id = link.revision_id
              AND plan.trial_id = link.trial_id AND plan.threshold = score.threshold);

-- Every planned evaluation; one beyond what its trial was trained to has no numbers yet. A command's
-- trial has one, without a threshold.
CREATE VIEW all_evaluations AS
SELECT link.revision_id, link.trial_id, link.number AS trial, plan.number, plan.epochs,
       last.best_step AS selected_epoch,
       (SELECT value FROM all_values AS at WHERE at.trial_id = link.trial_id
        AND at.step = last.best_step AND at.name = 'train_loss') AS train_loss,
       (SELECT value FROM all_values AS at WHERE at.trial_id = link.trial_id
        AND at.step = last.best_step AND at.name = 'val_loss') AS val_loss,
       plan.threshold, score.threshold_value,
       CASE WHEN typeof(plan.threshold) <> 'text' THEN 'given'
            WHEN plan.threshold LIKE 'p%' OR plan.threshold LIKE 'c%' THEN 'val'
            WHEN EXISTS (SELECT 1 FROM tune_part WHERE tune_part.split_id = trial.split_id)
            THEN 'tune' ELSE 'test' END AS chosen_on,
       score.normal_correct, CASE WHEN score.step > 0 THEN n_test END AS normal_total,
       score.anomaly_correct, CASE WHEN score.step > 0 THEN n_anomaly END AS anomaly_total,
       1.0 * score.normal_correct / n_test AS normal_recall,
       1.0 * score.anomaly_correct / n_anomaly AS anomaly_recall,
       1.0 * score.anomaly_correct
           / (score.anomaly_correct + n_test - score.normal_correct) AS "precision",
       2.0 * score.anomaly_correct
           / (score.anomaly_correct + n_anomaly + n_test - score.normal_correct) AS f1,
       (1.0 * score.normal_correct / n_test + 1.0 * score.anomaly_correct / n_anomaly) / 2
           AS balanced_accuracy,
       (SELECT value FROM all_values AS at WHERE at.trial_id = link.trial_id
        AND at.step = last.best_step AND at.name = 'auroc') AS auroc,
       (SELECT value FROM all_values AS at WHERE at.trial_id = link.trial_id
        AND at.step = last.best_step AND at.name = 'auprc') AS auprc
FROM evaluation AS plan
JOIN revision_trial AS link
  ON link.revision_id = plan.revision_id AND link.trial_id = plan.trial_id
JOIN trial ON trial.id = plan.trial_id
LEFT JOIN data_set ON data_set.id = trial.data_set_id
LEFT JOIN step AS last ON last.trial_id = plan.trial_id AND last.step = plan.epochs
LEFT JOIN score ON score.trial_id = plan.trial_id AND score.step = last.best_step
  AND score.threshold = plan.threshold
UNION ALL
SELECT revision_id, trial_id, trial, trial, nullif(epochs_done, 0), selected_epoch, train_loss,
       val_loss, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM all_trials WHERE (SELECT data_set_id FROM trial WHERE id = trial_id) IS NULL;

-- The revision of each experiment that was run last.
CREATE VIEW v_latest AS
SELECT experiment.name AS experiment, revision.id AS revision_id, revision.number AS revision,
       max(run.id) AS run_id
FROM experiment
JOIN revision ON revision.experiment_id = experiment.id
JOIN run ON run.revision_id = revision.id
GROUP BY experiment.id;

-- The axes of every trial of the latest revisions as a JSON object: {"embedding_dim":8,"seed":42}.
CREATE VIEW v_params AS
SELECT experiment, revision_id, link.trial_id, '{' || coalesce((
    SELECT group_concat(json_quote(name) || ':' || CASE
        WHEN scale <> 'categorical' AND json_valid(value) THEN value ELSE json_quote(value) END)
    FROM (SELECT name, scale, value FROM axis
          JOIN trial_param ON trial_param.trial_id = link.trial_id AND trial_param.key = axis.key
          WHERE axis.revision_id = v_latest.revision_id ORDER BY axis.position)), '') || '}' AS params
FROM v_latest JOIN revision_trial AS link USING (revision_id);

-- The latest revisions of all experiments. CROSS JOIN keeps the order of the tables: from revisions to
-- their rows by key, and from each row to its parameters, which are put together once for a trial.
CREATE VIEW v_trials AS
WITH param AS MATERIALIZED (SELECT * FROM v_params)
SELECT latest.experiment, trial, stage, state, params, epochs_done, selected_epoch, train_loss,
       val_loss, seconds, failure
FROM v_latest AS latest
CROSS JOIN all_trials AS one USING (revision_id)
CROSS JOIN param ON param.revision_id = one.revision_id AND param.trial_id = one.trial_id
ORDER BY latest.experiment, trial;

CREATE VIEW v_evaluations AS
WITH param AS MATERIALIZED (SELECT * FROM v_params)
SELECT latest.experiment, trial, params, epochs, selected_epoch, train_loss, val_loss, threshold,
       threshold_value, chosen_on, normal_correct, normal_total, anomaly_correct, anomaly_total,
       normal_recall, anomaly_recall, "precision", f1, balanced_accuracy, auroc, auprc
FROM v_latest AS latest
CROSS JOIN all_evaluations AS one USING (revision_id)
CROSS JOIN param ON param.revision_id = one.revision_id AND param.trial_id = one.trial_id
ORDER BY latest.experiment, number;

CREATE VIEW v_epochs AS
WITH param AS MATERIALIZED (SELECT * FROM v_params)
SELECT latest.experiment, trial, params, epoch, train_loss, val_loss, train_s, eval_s
FROM v_latest AS latest
CROSS JOIN all_epochs AS one USING (revision_id)
CROSS JOIN param ON param.revision_id = one.revision_id AND param.trial_id = one.trial_id
ORDER BY latest.experiment, trial, epoch;

CREATE VIEW v_scores AS
WITH param AS MATERIALIZED (SELECT * FROM v_params)
SELECT latest.experiment, trial, params, epoch, threshold, threshold_value, normal_correct,
       normal_total, anomaly_correct, anomaly_total, normal_recall, anomaly_recall
FROM v_latest AS latest
CROSS JOIN all_scores AS one USING (revision_id)
CROSS JOIN param ON param.revision_id = one.revision_id AND param.trial_id = one.trial_id
ORDER BY latest.experiment, trial, epoch, threshold;
