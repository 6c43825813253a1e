-- The store, version 3: what is trained is a trial, what it is read at is an evaluation.
DROP VIEW v_trials;
DROP VIEW v_epochs;
DROP TRIGGER trial_result_is_final;
DROP TRIGGER trial_is_final;
DROP TRIGGER training_is_final;
DROP TRIGGER trial_result_stays;
DROP TRIGGER trial_stays;
DROP TRIGGER split_is_final;
DROP INDEX trial_of_training;

ALTER TABLE trial_result RENAME COLUMN trial_id TO evaluation_id;
ALTER TABLE trial_result RENAME TO evaluation_result;
ALTER TABLE trial RENAME COLUMN training_id TO trial_id;
ALTER TABLE trial RENAME TO evaluation;
ALTER TABLE training RENAME TO trial;
ALTER TABLE training_setting RENAME COLUMN training_id TO trial_id;
ALTER TABLE training_setting RENAME TO trial_param;
ALTER TABLE revision_training RENAME COLUMN training_id TO trial_id;
ALTER TABLE revision_training RENAME TO revision_trial;
ALTER TABLE epoch RENAME COLUMN training_id TO trial_id;
ALTER TABLE error_blob RENAME COLUMN training_id TO trial_id;
ALTER TABLE state RENAME COLUMN training_id TO trial_id;
ALTER TABLE event RENAME COLUMN training_id TO trial_id;
ALTER TABLE weights RENAME COLUMN training_id TO trial_id;
ALTER TABLE reconstruction RENAME COLUMN training_id TO trial_id;

CREATE INDEX evaluation_of_trial ON evaluation (trial_id, epochs);

CREATE TRIGGER evaluation_result_is_final BEFORE UPDATE ON evaluation_result
BEGIN SELECT RAISE(ABORT, 'the result of an evaluation is final'); END;

CREATE TRIGGER evaluation_is_final BEFORE UPDATE ON evaluation
BEGIN SELECT RAISE(ABORT, 'a planned evaluation is final'); END;

CREATE TRIGGER evaluation_result_stays BEFORE DELETE ON evaluation_result
BEGIN SELECT RAISE(ABORT, 'the result of an evaluation is final'); END;

CREATE TRIGGER evaluation_stays BEFORE DELETE ON evaluation
BEGIN SELECT RAISE(ABORT, 'a planned evaluation is final'); END;

-- A trial may fail and be tried again; what it is does not change.
CREATE TRIGGER trial_is_final
BEFORE UPDATE OF experiment_id, generation, key, data_set_id, arch, embedding_dim, seed ON trial
BEGIN SELECT RAISE(ABORT, 'what a trial is does not change'); END;

CREATE TRIGGER split_is_final BEFORE UPDATE OF split_id ON trial
WHEN old.split_id IS NOT NULL AND old.split_id IS NOT new.split_id
BEGIN SELECT RAISE(ABORT, 'what a trial is does not change'); END;

-- Every epoch of the latest revisions, up to the epoch count that they ask for.
CREATE VIEW v_epochs AS
SELECT v_latest.experiment, trial.id AS trial, arch, embedding_dim, seed, epoch, train_loss,
       val_loss, train_s, eval_s
FROM v_latest
JOIN revision_trial USING (revision_id)
JOIN trial ON trial.id = revision_trial.trial_id
JOIN epoch ON epoch.trial_id = trial.id AND epoch.epoch <= revision_trial.max_epochs
ORDER BY v_latest.experiment, revision_trial.number, epoch;

-- Every evaluation of the latest revisions; what is not known yet is NULL.
CREATE VIEW v_evaluations AS
SELECT v_latest.experiment, evaluation.number AS evaluation, trial.id AS trial, arch, embedding_dim,
       evaluation.epochs, evaluation.threshold, seed, selected_epoch, train_loss, val_loss,
       normal_correct, normal_total, anomaly_correct, anomaly_total
FROM v_latest
JOIN evaluation USING (revision_id)
JOIN trial ON trial.id = evaluation.trial_id
LEFT JOIN evaluation_result ON evaluation_result.evaluation_id = evaluation.id
LEFT JOIN epoch ON epoch.trial_id = trial.id AND epoch.epoch = selected_epoch
ORDER BY v_latest.experiment, evaluation.number;
