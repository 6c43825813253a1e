-- The store, version 2: what version 1 did not keep. Rows that are older have NULL in the new columns
-- and nothing in the new tables; `sweep run` fills in what it can still tell.
-- Instants are seconds since 1970-01-01 UTC; rows of a data set count from 0, as in NumPy.

-- The sequences of a class: what is typical of it, and how far they spread.
CREATE TABLE class_profile (
    data_set_id INTEGER NOT NULL,
    position INTEGER NOT NULL,       -- of the class
    mean BLOB NOT NULL CHECK (length(mean) % 4 = 0), -- per time step: float32 little-endian
    sd BLOB NOT NULL CHECK (length(sd) % 4 = 0), -- standard deviation (n - 1); NaN for one sequence
    PRIMARY KEY (data_set_id, position),
    FOREIGN KEY (data_set_id, position) REFERENCES class
) STRICT;

-- Which rows of a data set are held out. Splits that hold out the same rows are one.
CREATE TABLE split (
    id INTEGER PRIMARY KEY,
    data_set_id INTEGER NOT NULL REFERENCES data_set,
    held_out_sha256 TEXT NOT NULL,   -- of the rows blobs of val, test and anomaly
    UNIQUE (data_set_id, held_out_sha256)
) STRICT;

-- The held-out sequences, in the order of error_blob.
CREATE TABLE held_out (
    split_id INTEGER NOT NULL REFERENCES split,
    subset TEXT NOT NULL CHECK (subset IN ('val', 'test', 'anomaly')),
    rows BLOB NOT NULL CHECK (length(rows) % 4 = 0), -- row of the data set: uint32 little-endian
    classes BLOB NOT NULL CHECK (length(classes) = length(rows)), -- position of the class, likewise
    PRIMARY KEY (split_id, subset)
) STRICT;

-- The first few normal test sequences and the first few of each class among the anomalies, to be
-- shown beside their reconstructions.
CREATE TABLE sample (
    split_id INTEGER NOT NULL REFERENCES split,
    position INTEGER NOT NULL,       -- from 1: normal ones, then class by class
    subset TEXT NOT NULL CHECK (subset IN ('test', 'anomaly')),
    held_out_index INTEGER NOT NULL, -- from 0 in that subset: where its error, row and class are
    series BLOB NOT NULL CHECK (length(series) % 4 = 0), -- its values: float32 little-endian
    PRIMARY KEY (split_id, position)
) STRICT;

ALTER TABLE training ADD COLUMN split_id INTEGER REFERENCES split;

ALTER TABLE epoch ADD COLUMN worker INTEGER; -- which of its run's workers did it, from 1
ALTER TABLE epoch ADD COLUMN begun_s REAL; -- instant at which it began to train
ALTER TABLE epoch ADD COLUMN ended_s REAL; -- instant at which it was evaluated; trainings that ran
                                           -- side by side have the same two

ALTER TABLE event ADD COLUMN at_s REAL; -- the same instant as `at`, to the millisecond
ALTER TABLE event ADD COLUMN training_id INTEGER REFERENCES training; -- which it is about, if one
ALTER TABLE event ADD COLUMN worker INTEGER; -- which met it, if one

-- The model after an epoch that a trial selects, or that one selects unless a later epoch is better.
CREATE TABLE weights (
    training_id INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    safetensors BLOB NOT NULL,       -- a .safetensors file: PyTorch's names, float32
    PRIMARY KEY (training_id, epoch),
    FOREIGN KEY (training_id, epoch) REFERENCES epoch
) STRICT;

-- What that model makes of the samples.
CREATE TABLE reconstruction (
    training_id INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    series BLOB NOT NULL CHECK (length(series) % 4 = 0), -- (samples, time): float32 little-endian
    PRIMARY KEY (training_id, epoch),
    FOREIGN KEY (training_id, epoch) REFERENCES epoch
) STRICT;

CREATE TRIGGER split_is_final BEFORE UPDATE OF split_id ON training
WHEN old.split_id IS NOT NULL AND old.split_id IS NOT new.split_id
BEGIN SELECT RAISE(ABORT, 'what a training is does not change'); END;

CREATE TRIGGER held_out_is_final BEFORE UPDATE ON held_out
BEGIN SELECT RAISE(ABORT, 'which rows are held out does not change'); END;

CREATE TRIGGER sample_is_final BEFORE UPDATE ON sample
BEGIN SELECT RAISE(ABORT, 'a recorded sample is final'); END;

CREATE TRIGGER weights_are_final BEFORE UPDATE ON weights
BEGIN SELECT RAISE(ABORT, 'recorded weights are final'); END;

CREATE TRIGGER reconstruction_is_final BEFORE UPDATE ON reconstruction
BEGIN SELECT RAISE(ABORT, 'recorded reconstructions are final'); END;
