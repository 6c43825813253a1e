-- All that a run leaves behind but seconds and dates, and whether the store is sound.
PRAGMA integrity_check;
PRAGMA foreign_key_check;
SELECT * FROM axis ORDER BY 1, 2;
SELECT * FROM trial ORDER BY 1;
SELECT * FROM trial_param ORDER BY 1, 2;
SELECT revision_id, number, trial_id, stage, budget, state, reason FROM revision_trial ORDER BY 1, 2;
SELECT * FROM evaluation ORDER BY 1, 2;
SELECT trial_id, step, best_step FROM step ORDER BY 1, 2;
SELECT trial_id, step, name, direction, value FROM value JOIN metric ON metric.id = metric_id ORDER BY 1, 2, 3;
SELECT * FROM score ORDER BY 1, 2, 3;
SELECT trial_id, step, subset, errors FROM error_blob ORDER BY 1, 2, 3;
SELECT * FROM state ORDER BY 1, 2, 3;
SELECT * FROM weights ORDER BY 1, 2, 3;
SELECT * FROM reconstruction ORDER BY 1, 2, 3;
SELECT * FROM sample ORDER BY 1, 2, 3;
SELECT * FROM class_profile ORDER BY 1, 2, 3;
SELECT * FROM split ORDER BY 1, 2, 3;
SELECT * FROM held_out ORDER BY 1, 2, 3;
