-- Optuna's tables as views of this store, so that optuna-dashboard and optuna.load_study open it while
-- a run writes to it. One study is one revision of an experiment, NAME@N; its objective is what the
-- revision optimises. Optuna reads all thirteen names in every file, and tries to create those that are
-- missing, so some views here are empty. Its schema is v3.2.0.a (Optuna 3.2 to 5.0).
--
-- Each view is a plain SELECT whose trial_id is the key of revision_trial, without ORDER BY, so that
-- SQLite looks rows up in the indexes of the tables below.

-- The objective of every trial at its best step up to the budget, which for the validation loss each
-- step knows; no row before the first step.
CREATE VIEW all_results AS
SELECT link.id, link.revision_id, link.trial_id, link.number, link.budget, link.state, value.value
FROM revision_trial AS link
JOIN all_objectives AS objective ON objective.revision_id = link.revision_id
JOIN value ON value.trial_id = link.trial_id AND value.metric_id = objective.metric_id
          AND value.step = CASE objective.name WHEN 'val_loss' THEN (
    SELECT best_step FROM step WHERE step.trial_id = link.trial_id AND step.step <= link.budget
    ORDER BY step.step DESC LIMIT 1)
ELSE (
    SELECT min(one.step) FROM value AS one
    WHERE one.trial_id = link.trial_id AND one.metric_id = objective.metric_id
    AND one.step <= link.budget AND one.value = (
        SELECT CASE objective.direction WHEN 'maximize' THEN max(best.value)
                                        ELSE min(best.value) END FROM value AS best
        WHERE best.trial_id = link.trial_id AND best.metric_id = objective.metric_id
        AND best.step <= link.budget)) END;

CREATE VIEW alembic_version AS SELECT 'v3.2.0.a' AS version_num;

CREATE VIEW version_info AS
SELECT 1 AS version_info_id, 12 AS schema_version, 'sweep' AS library_version;

CREATE VIEW studies AS
SELECT revision.id AS study_id, experiment.name || '@' || revision.number AS study_name
FROM revision JOIN experiment ON experiment.id = revision.experiment_id;

CREATE VIEW study_directions AS
SELECT revision.id AS study_direction_id,
       coalesce((SELECT upper(direction) FROM all_objectives AS objective
                 WHERE objective.revision_id = revision.id), 'MINIMIZE') AS direction,
       revision.id AS study_id, 0 AS objective
FROM revision;

CREATE VIEW study_system_attributes AS
SELECT revision_id AS study_system_attribute_id, revision_id AS study_id,
       'study:metric_names' AS "key", json_array(name) AS value_json
FROM all_objectives;

CREATE VIEW study_user_attributes AS
SELECT revision.id AS study_user_attribute_id, revision.id AS study_id, 'created' AS "key",
       json_quote(revision.created) AS value_json
FROM revision;

-- Optuna counts trials from 0. A trial that is done without its objective has failed there.
CREATE VIEW trials AS
SELECT link.id AS trial_id, link.number - 1 AS number, link.revision_id AS study_id,
       CASE link.state
       WHEN 'done' THEN iif(EXISTS (
           SELECT 1 FROM all_objectives AS objective
           JOIN value ON value.metric_id = objective.metric_id
           WHERE objective.revision_id = link.revision_id AND value.trial_id = link.trial_id
           AND value.step <= link.budget), 'COMPLETE', 'FAIL')
       WHEN 'stopped' THEN 'PRUNED' WHEN 'failed' THEN 'FAIL' WHEN 'running' THEN 'RUNNING'
       ELSE 'WAITING' END AS state,
       (SELECT coalesce(strftime('%Y-%m-%d %H:%M:%f000', begun_s, 'unixepoch'),
                        strftime('%Y-%m-%d %H:%M:%f000', recorded))
        FROM step WHERE step.trial_id = link.trial_id AND step.step = 1) AS datetime_start,
       CASE WHEN link.state IN ('done', 'stopped', 'failed') THEN coalesce(
           (SELECT coalesce(strftime('%Y-%m-%d %H:%M:%f000', ended_s, 'unixepoch'),
                            strftime('%Y-%m-%d %H:%M:%f000', recorded))
            FROM step WHERE step.trial_id = link.trial_id AND step.step <= link.budget
            ORDER BY step.step DESC LIMIT 1),
           (SELECT strftime('%Y-%m-%d %H:%M:%f000', created)
            FROM revision WHERE revision.id = link.revision_id)) END AS datetime_complete
FROM revision_trial AS link;

CREATE VIEW trial_params AS
SELECT link.id << 16 | axis.position AS param_id, link.id AS trial_id, axis.name AS param_name,
       CASE axis.distribution ->> '$.name'
       WHEN 'CategoricalDistribution' THEN (
           SELECT choice.key FROM json_each(axis.distribution, '$.attributes.choices') AS choice
           WHERE choice.value = param.value)
       ELSE CAST(param.value AS REAL) END AS param_value,
       axis.distribution AS distribution_json
FROM revision_trial AS link
JOIN axis ON axis.revision_id = link.revision_id
JOIN trial_param AS param ON param.trial_id = link.trial_id AND param.key = axis.key;

CREATE VIEW trial_values AS
SELECT id AS trial_value_id, id AS trial_id, 0 AS objective, value, 'FINITE' AS value_type
FROM all_results WHERE state IN ('done', 'stopped');

CREATE VIEW trial_intermediate_values AS
SELECT link.id << 32 | value.step AS trial_intermediate_value_id, link.id AS trial_id, value.step,
       value.value AS intermediate_value, 'FINITE' AS intermediate_value_type
FROM revision_trial AS link
JOIN all_objectives AS objective ON objective.revision_id = link.revision_id
JOIN value ON value.trial_id = link.trial_id AND value.metric_id = objective.metric_id
          AND value.step <= link.budget;

-- What `sweep show` takes, and what the revision decided about the trial.
CREATE VIEW trial_user_attributes AS
SELECT id << 2 AS trial_user_attribute_id, id AS trial_id, 'trial' AS "key",
       CAST(number AS TEXT) AS value_json
FROM revision_trial
UNION ALL
SELECT id << 2 | 1, id, 'stage', json_quote(stage) FROM revision_trial WHERE stage <> 'search'
UNION ALL
SELECT id << 2 | 2, id, 'budget', CAST(budget AS TEXT) FROM revision_trial WHERE budget < 2147483647
UNION ALL
SELECT id << 2 | 3, id, 'reason', json_quote(reason) FROM revision_trial WHERE reason IS NOT NULL;

CREATE VIEW trial_system_attributes AS
SELECT 0 AS trial_system_attribute_id, 0 AS trial_id, '' AS "key", '' AS value_json WHERE false;

CREATE VIEW trial_heartbeats AS
SELECT 0 AS trial_heartbeat_id, 0 AS trial_id, '' AS heartbeat WHERE false;
