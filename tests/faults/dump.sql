-- All that a run leaves behind but seconds and dates, and whether the store is sound.
PRAGMA integrity_check;
PRAGMA foreign_key_check;
SELECT evaluation.*, evaluation_result.* FROM evaluation LEFT JOIN evaluation_result ON evaluation_id = evaluation.id ORDER BY 1;
SELECT trial_id, epoch, train_loss, val_loss FROM epoch ORDER BY 1, 2;
SELECT trial_id, epoch, subset, errors FROM error_blob ORDER BY 1, 2, 3;
SELECT * FROM state ORDER BY 1, 2, 3;
SELECT * FROM weights ORDER BY 1, 2, 3;
SELECT * FROM reconstruction ORDER BY 1, 2, 3;
SELECT * FROM sample ORDER BY 1, 2, 3;
SELECT * FROM class_profile ORDER BY 1, 2, 3;
SELECT * FROM split ORDER BY 1, 2, 3;
SELECT * FROM held_out ORDER BY 1, 2, 3;
