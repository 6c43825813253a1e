-- What the sqlite3 command .dump prints of a store that the first sweep wrote: two trainings of three
-- epochs on builtin:ecg?rows=60. Its version and application id are set by the test that reads it.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE experiment (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,       -- [experiment] name
    created TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
) STRICT;
INSERT INTO experiment VALUES(1,'old','2026-11-25T20:02:42Z');
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
INSERT INTO revision VALUES(1,1,1,1,'fe50318de92ae87651974a1af4ae48ade38bb471ef852ed17df6b9047d575a6b','2026-11-25T20:02:42Z');
CREATE TABLE setting (
    revision_id INTEGER NOT NULL REFERENCES revision,
    position INTEGER NOT NULL,       -- order of the dump, from 1
    key TEXT NOT NULL,               -- section.key
    value TEXT NOT NULL,             -- canonical text
    PRIMARY KEY (revision_id, position)
) STRICT, WITHOUT ROWID;
INSERT INTO setting VALUES(1,1,'experiment.name','old');
INSERT INTO setting VALUES(1,2,'data.path','builtin:ecg?rows=60');
INSERT INTO setting VALUES(1,3,'data.normal_class','1');
INSERT INTO setting VALUES(1,4,'data.shuffle_seed','42');
INSERT INTO setting VALUES(1,5,'data.split','val_test');
INSERT INTO setting VALUES(1,6,'data.cuts','0.15, 0.33');
INSERT INTO setting VALUES(1,7,'data.split_seed','42');
INSERT INTO setting VALUES(1,8,'data.anomalies','match');
INSERT INTO setting VALUES(1,9,'model.arch','single');
INSERT INTO setting VALUES(1,10,'model.embedding_dim','2');
INSERT INTO setting VALUES(1,11,'train.learning_rate','0.001');
INSERT INTO setting VALUES(1,12,'train.batch_size','1');
INSERT INTO setting VALUES(1,13,'train.loss','l1');
INSERT INTO setting VALUES(1,14,'train.optimizer','adam');
INSERT INTO setting VALUES(1,15,'train.init_stream','each');
INSERT INTO setting VALUES(1,16,'train.init_after','none');
INSERT INTO setting VALUES(1,17,'sweep.strategy','grid');
INSERT INTO setting VALUES(1,18,'sweep.train.epochs','2, 3');
INSERT INTO setting VALUES(1,19,'sweep.eval.threshold','40, p95');
INSERT INTO setting VALUES(1,20,'sweep.train.seed','1, 2');
CREATE TABLE run (
    id INTEGER PRIMARY KEY,          -- grows with time
    revision_id INTEGER NOT NULL REFERENCES revision,
    ini_path TEXT NOT NULL,          -- as given on the command line
    begun TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
) STRICT;
INSERT INTO run VALUES(1,1,'old.ini','2026-11-25T20:02:42Z');
CREATE TABLE environment (
    run_id INTEGER NOT NULL REFERENCES run,
    position INTEGER NOT NULL,       -- order of the dump, from 1
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run_id, position)
) STRICT, WITHOUT ROWID;
INSERT INTO environment VALUES(1,1,'program','sweep 0.1.0');
INSERT INTO environment VALUES(1,2,'commit','07c06ea3a420');
INSERT INTO environment VALUES(1,3,'compiler','GNU 12.2.0');
INSERT INTO environment VALUES(1,4,'build','Release');
INSERT INTO environment VALUES(1,5,'cpu','Intel(R) Xeon(R) Processor');
INSERT INTO environment VALUES(1,6,'kernel','Linux x86_64');
INSERT INTO environment VALUES(1,7,'engine','cpu');
INSERT INTO environment VALUES(1,8,'device','Intel(R) Xeon(R) Processor');
INSERT INTO environment VALUES(1,9,'isa','avx512');
INSERT INTO environment VALUES(1,10,'blas','OpenBLAS 0.3.21 SkylakeX');
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
INSERT INTO data_set VALUES(1,'builtin:ecg','synthetic, seed 1','a17f37269122d36d0729e5c31cab230178c5291ecac866ff036f18d0066834fd',1,60,140,29,4,2,2);
CREATE TABLE class (
    data_set_id INTEGER NOT NULL REFERENCES data_set,
    position INTEGER NOT NULL,       -- from 1
    label TEXT NOT NULL,             -- as in the file
    count INTEGER NOT NULL,          -- sequences of this class
    PRIMARY KEY (data_set_id, position)
) STRICT, WITHOUT ROWID;
INSERT INTO class VALUES(1,1,'1',35);
INSERT INTO class VALUES(1,2,'2',21);
INSERT INTO class VALUES(1,3,'3',1);
INSERT INTO class VALUES(1,4,'4',2);
INSERT INTO class VALUES(1,5,'5',1);
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
INSERT INTO training VALUES(1,1,1,'c38e75fae2610e29f071f1cf6ea9803a2aa13fe585146805c44cb81480caeb87',1,'single',2,1,NULL);
INSERT INTO training VALUES(2,1,1,'819d7452baf13ea1d69bfdae1be188e8745359e5857315f5816e36019cadb2d5',1,'single',2,2,NULL);
CREATE TABLE training_setting (
    training_id INTEGER NOT NULL REFERENCES training,
    position INTEGER NOT NULL,       -- order of the dump, from 1
    key TEXT NOT NULL,               -- section.key
    value TEXT NOT NULL,             -- canonical text
    PRIMARY KEY (training_id, key)
) STRICT, WITHOUT ROWID;
INSERT INTO training_setting VALUES(1,7,'data.anomalies','match');
INSERT INTO training_setting VALUES(1,5,'data.cuts','0.15, 0.33');
INSERT INTO training_setting VALUES(1,2,'data.normal_class','1');
INSERT INTO training_setting VALUES(1,1,'data.path','builtin:ecg?rows=60');
INSERT INTO training_setting VALUES(1,3,'data.shuffle_seed','42');
INSERT INTO training_setting VALUES(1,4,'data.split','val_test');
INSERT INTO training_setting VALUES(1,6,'data.split_seed','42');
INSERT INTO training_setting VALUES(1,8,'model.arch','single');
INSERT INTO training_setting VALUES(1,9,'model.embedding_dim','2');
INSERT INTO training_setting VALUES(1,11,'train.batch_size','1');
INSERT INTO training_setting VALUES(1,16,'train.init_after','none');
INSERT INTO training_setting VALUES(1,15,'train.init_stream','each');
INSERT INTO training_setting VALUES(1,10,'train.learning_rate','0.001');
INSERT INTO training_setting VALUES(1,12,'train.loss','l1');
INSERT INTO training_setting VALUES(1,13,'train.optimizer','adam');
INSERT INTO training_setting VALUES(1,14,'train.seed','1');
INSERT INTO training_setting VALUES(2,7,'data.anomalies','match');
INSERT INTO training_setting VALUES(2,5,'data.cuts','0.15, 0.33');
INSERT INTO training_setting VALUES(2,2,'data.normal_class','1');
INSERT INTO training_setting VALUES(2,1,'data.path','builtin:ecg?rows=60');
INSERT INTO training_setting VALUES(2,3,'data.shuffle_seed','42');
INSERT INTO training_setting VALUES(2,4,'data.split','val_test');
INSERT INTO training_setting VALUES(2,6,'data.split_seed','42');
INSERT INTO training_setting VALUES(2,8,'model.arch','single');
INSERT INTO training_setting VALUES(2,9,'model.embedding_dim','2');
INSERT INTO training_setting VALUES(2,11,'train.batch_size','1');
INSERT INTO training_setting VALUES(2,16,'train.init_after','none');
INSERT INTO training_setting VALUES(2,15,'train.init_stream','each');
INSERT INTO training_setting VALUES(2,10,'train.learning_rate','0.001');
INSERT INTO training_setting VALUES(2,12,'train.loss','l1');
INSERT INTO training_setting VALUES(2,13,'train.optimizer','adam');
INSERT INTO training_setting VALUES(2,14,'train.seed','2');
CREATE TABLE revision_training (
    revision_id INTEGER NOT NULL REFERENCES revision,
    number INTEGER NOT NULL,         -- from 1, grid order
    training_id INTEGER NOT NULL REFERENCES training,
    max_epochs INTEGER NOT NULL,     -- largest epoch count that a trial of the revision asks for
    PRIMARY KEY (revision_id, number),
    UNIQUE (revision_id, training_id)
) STRICT, WITHOUT ROWID;
INSERT INTO revision_training VALUES(1,1,1,3);
INSERT INTO revision_training VALUES(1,2,2,3);
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
INSERT INTO epoch VALUES(1,1,92.228625128495281158,93.616050720214843746,0.00041605900003105489304,7.6919499974792415741e-05,'2026-11-25T20:02:42Z');
INSERT INTO epoch VALUES(1,2,91.824561806973719058,93.585485458374023434,0.00044540149997374101076,7.128400000055989949e-05,'2026-11-25T20:02:42Z');
INSERT INTO epoch VALUES(1,3,91.695940539690440115,93.595197677612304689,0.00037468200002876983489,6.7002499918089597485e-05,'2026-11-25T20:02:42Z');
INSERT INTO epoch VALUES(2,1,91.62699580744936156,93.701082229614257815,0.00041605900003105489304,7.6919499974792415741e-05,'2026-11-25T20:02:42Z');
INSERT INTO epoch VALUES(2,2,91.475258831255914062,93.517959594726562501,0.00044540149997374101076,7.128400000055989949e-05,'2026-11-25T20:02:42Z');
INSERT INTO epoch VALUES(2,3,91.434150095129837158,93.444841384887695314,0.00037468200002876983489,6.7002499918089597485e-05,'2026-11-25T20:02:42Z');
CREATE TABLE error_blob (
    training_id INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    subset TEXT NOT NULL CHECK (subset IN ('val', 'test', 'anomaly')),
    errors BLOB NOT NULL CHECK (length(errors) % 4 = 0), -- float32 little-endian, the split's order
    PRIMARY KEY (training_id, epoch, subset),
    FOREIGN KEY (training_id, epoch) REFERENCES epoch
) STRICT;
INSERT INTO error_blob VALUES(1,1,'val',X'51deb4420cd1bc42a877bc42a7c6be42');
INSERT INTO error_blob VALUES(1,1,'test',X'd256be42eb05ba42');
INSERT INTO error_blob VALUES(1,1,'anomaly',X'ae68a442ded1ac42');
INSERT INTO error_blob VALUES(2,1,'val',X'a740b442f57abb42a4a1bd42913ec042');
INSERT INTO error_blob VALUES(2,1,'test',X'eec4c342abe9b942');
INSERT INTO error_blob VALUES(2,1,'anomaly',X'7677ac42a9ebaf42');
INSERT INTO error_blob VALUES(1,2,'val',X'db5eb442154dbc42b48cbc426f76bf42');
INSERT INTO error_blob VALUES(1,2,'test',X'0a39c1426fd9b942');
INSERT INTO error_blob VALUES(1,2,'anomaly',X'6ce2a942a956ae42');
INSERT INTO error_blob VALUES(2,2,'val',X'5ebdb3427685bb428c54bd42688dbf42');
INSERT INTO error_blob VALUES(2,2,'test',X'7632c242f4acb942');
INSERT INTO error_blob VALUES(2,2,'anomaly',X'8d7ea942cfa4ae42');
INSERT INTO error_blob VALUES(1,3,'val',X'0018b442f71abc429a9cbc4266f3bf42');
INSERT INTO error_blob VALUES(1,3,'test',X'2a96c2427202ba42');
INSERT INTO error_blob VALUES(1,3,'anomaly',X'7ac4ac42ad65af42');
INSERT INTO error_blob VALUES(2,3,'val',X'408ab3421a97bb42452dbd426a40bf42');
INSERT INTO error_blob VALUES(2,3,'test',X'3469c142fa94b942');
INSERT INTO error_blob VALUES(2,3,'anomaly',X'f107a842bc19ae42');
CREATE TABLE state (
    training_id INTEGER PRIMARY KEY REFERENCES training,
    epoch INTEGER NOT NULL,          -- the epoch it was taken after
    state BLOB NOT NULL              -- the engine's own format
) STRICT;
INSERT INTO state VALUES(1,3,X'535750535441544501000000040000005b000000000000005700000000000000637075206176783531320000000000000000000000000000000000000000000000000000000000000000000000000000b494a23ef1ed8ebe11ae39be603bb73eefc52dbf8b30d23ec5e441be8504bc3e59a0133e3c70d6bd784f253ef7248e3d27909a3e26a09ebec815aebda3a6e7bc85de963d0a980f3d1fda183f3292833e7f075fbe934ee6bebc381bbe8c888abe259a5abead458a3d2493cc3e9248d73ebcb926bf8111f63e5d96503ea654343f4eaef53e23511cbfe8bc31bfe61e9cbe6f2f293f55af9abd4c179e3efdfe96be1833363f194c87beb57e0f3ff535323d3010babe50ccc73ebd29b5be8fb76e3e8daa3abe611f32bd052f31bfd9bcbdbe2cf0cd3eac5c0dbe2ef13b3f62241a3f5538693bf16601bf9463ef3ec6b03f3ee5e6d9beac2edd3e1f1aec3ead94193fcd41b8be6b2a18be83944ebdeef50e3eb4f3fdbe291d0abfe80cda3ef7844fbe89a3c83eed46b33dcbee883e278b443ebb599b3eb8819d3ea5f61bbf7771ce3ee7c3e6be5afbf8be4e4ea03d241facbdf358ec3e15a1e7be003e15bf79d80f3f5e5b19be2d63e33ef5153a3e7b54e63c8d4689bc4807bb3c255280bc9601dabd591cecbce65dcc3c005574bcdd5107bc2413083cf6c1913bdbaac4b9d25ec1bb5775843bf99f743b5776da38654dab3ca6fbb53cf5ccb13b94ad053cc78b05bcee08093cce856f3b9641ac39c586d03c1deebc3b35ac323c3304d43b847a143ed1da443d3bebd93c69e4fe3bc586d03c1deebc3b35ac323c3304d43b847a143ed1da443d3bebd93c69e4fe3b5c102c3bbd9aab3a33edeb3bb56b583c711df33b7c19873b209cbc3cdf599a3c49a99c3b7435873b30f6a7bd915248bcf45ae13b7cd78d3bf9d8433b2623ac3babeb933bbceaf2bb0feac23c2fc814bd14c9de3b54ed2dbc9566d83cdfc921bd37bf2a3cd33e88bcd391bfbd52ae2a3e79e4083c679160bc7e99f93b7e9a40bc6dc2163c17b4923d2712123d3493113e01b2cd3c53290ebe258bff3caf32e93c6dc2163c17b4923d2712123d3493113e01b2cd3c53290ebe258bff3caf32e93cd1df08bea37b983e3ae3d0bd1fdd843bb857863a6eabe33ab888843a14b1dd3cbd01f93b1859333b94a3de388b3a6939de15f8383e234439fb556f396eb6a339a26a933966045239da357f3909d1023c84b9363cd94ea43a92bbc23afbaf3d39325ec738c5592e3836478638cb82963b3137613b86d3ba3b6613733bab59843e628e033d4e40683ba177b53acb82963b3137613b86d3ba3b6613733bab59843e628e033d4e40683ba177b53a11950738c84bf43765966b3a83a5a239969e1138294707385115113ae238813946144a3906c9dd38c7e1fc3c4c77123dbd6613398de8ea38de91233914056b380e4da23700c0b6379600b939fdaa163a95ddc63768b4ef3735778d39f5efe33965c2b738824ef53888e5ab3c487c983c9003ad38c762d338fb6b84381df0d3382f039c3a2ed49d3c0b6aad3ab6f3603cd679ac3b7dafb03f10e99b3b8be05f3b2f039c3a2ed49d3c0b6aad3ab6f3603cd679ac3b7dafb03f10e99b3b8be05f3bba62a33eced09d3e78d1a241');
INSERT INTO state VALUES(2,3,X'535750535441544501000000040000005b000000000000005700000000000000637075206176783531320000000000000000000000000000000000000000000000000000000000000000000000000000441c133ef9444fbe837b3c3e5df18bbd6d3ca73e0d3a553e0898c9bd98d21bbf4153173e8fa427bfae419c3db9854a3c2ac229be1a9d113f7f21f83c0964843e0f9d9b3e5daec5be94c182be0f89363f9d5735bfe74998bd3975a1bd03f7ee3efe1a0abd713f5f3e0627f4bcfde5b9be1b6adabe2842bebeb0c31bbfb649dabee3b84c3e2891fe3ed5a21f3d7e2195be42e5913e345899be2966fbbdb1cdb5be7e713dbe80bd1fbfab348a3ee71d7c3eb65c3a3e304cc43e6bf1823e968b02bcdbb2e03d803aad3d626fd43edf5d013fc41b0b3f20efe13ee7b753bec42a7dbd1d7030be6e61e23e80d7df3d7a221f3f275aa83eb17012bffaaa753ef6d1243f4410193fe60cae3cb102533e9bf721bfb7eb81be921fc03e5eb41dbf710c163f2d7afbbeeeba7e3eae8c6abd21eb213e1f372d3dffa72fbf880237be3071d7becd32133f6e7a7cbde30c3cbfc1b1513e6acc8f3ebeefaebee8cdbebd69eba93ed521d4bee44acdbe5c4830bda0e0093a1ceb123b8b5c49392a64053b51294bbc9c13c9bbfff304b914c3053cefad0eb7907b0b3a6e689d3803b4833a4f72223968cdefb785589c380d777b3a3b803b3959d311bc12da74b909e719bb3a1244b8c44e403a582bd03922a1443b661662bb749db8bb970a223aea6db1bbe83e5e3dc6bd4f3cbed6aabb5f8983bc661662bb749db8bb970a223aea6db1bbe83e5e3dc6bd4f3cbed6aabb5f8983bc71c7b0bbc289a6bca9c6ac3bdb04b93cf23ca4bbb3b095bc259f2e3c5ce7213d89fbcebc5445cebd21be08bc570d01bd18f0eabb05cee2bc55cb233cbd30273d36d52e3c8bf501bdcf1c6cbcb3b92e3d22d1043c85d5c5bc633491bc6a43583d83266d3de1de2fbeac6a8b3c0b754fbd008d643c5b7a29bdc28aaabc170f7c3d072ab93d712adcbde940a23d402331be57bdec3e07dd0f3e5c68ff3d6f5542be072ab93d712adcbde940a23d402331be57bdec3e07dd0f3e5c68ff3d6f5542be8b9ebdbe0ac08b3f2aa463c0dfd849374e77f336791240372ab80637f7ad043a3b5ced37a390d4371400953814e39e33616d2b35e62d773369d47c35471b3e34239ae334bc5e8033c95d73358a9118372d4fb438a3279d34b690b536c2753334325eca35c856ff34c54c06376baf3d372db305380d1ac637815fec378fbb8b3be306623953bcd137da6e79396baf3d372db305380d1ac637815fec378fbb8b3be306623953bcd137da6e79391580dd373c9c143a861437380b7c4d3a781b82374a14a73952a857385752793a30c9393a95d25f3ca36c663887aba13aa03b673862c18e3a3c33ed38fd8c0a3be7de673951e4a63aa8ba8f3900a6dc3ab72df938db4f313a0700a73997d1003b3eb4a33b8b02f53c5de8f839af513a3ba941d5394e67193bfc5e3e3a971f933bff20893cf1f4b03caa5b153ca797d43cbf0bc63eb94e183da550fe3c851e723dff20893cf1f4b03caa5b153ca797d43cbf0bc63eb94e183da550fe3c851e723db4e0983edecee73f904dc141');
CREATE TABLE trial (
    id INTEGER PRIMARY KEY,
    revision_id INTEGER NOT NULL REFERENCES revision,
    number INTEGER NOT NULL,         -- from 1, grid order
    training_id INTEGER NOT NULL REFERENCES training,
    epochs INTEGER NOT NULL,         -- train.epochs
    threshold ANY NOT NULL,          -- a number as number, else pNN, best_f1 or youden
    UNIQUE (revision_id, number)
) STRICT;
INSERT INTO trial VALUES(1,1,1,1,2,40);
INSERT INTO trial VALUES(2,1,2,2,2,40);
INSERT INTO trial VALUES(3,1,3,1,2,'p95');
INSERT INTO trial VALUES(4,1,4,2,2,'p95');
INSERT INTO trial VALUES(5,1,5,1,3,40);
INSERT INTO trial VALUES(6,1,6,2,3,40);
INSERT INTO trial VALUES(7,1,7,1,3,'p95');
INSERT INTO trial VALUES(8,1,8,2,3,'p95');
CREATE TABLE trial_result (
    trial_id INTEGER PRIMARY KEY REFERENCES trial,
    selected_epoch INTEGER NOT NULL, -- epoch up to trial.epochs with the smallest val_loss, the first
    threshold_value REAL NOT NULL,   -- the threshold as a number, in units of the error
    normal_correct INTEGER NOT NULL, -- normal test sequences with error <= threshold_value
    normal_total INTEGER NOT NULL,
    anomaly_correct INTEGER NOT NULL, -- anomalies with error > threshold_value
    anomaly_total INTEGER NOT NULL
) STRICT;
INSERT INTO trial_result VALUES(1,2,40.0,0,2,2,2);
INSERT INTO trial_result VALUES(2,2,40.0,0,2,2,2);
INSERT INTO trial_result VALUES(3,2,95.512839889526361504,1,2,0,2);
INSERT INTO trial_result VALUES(4,2,95.609526062011724436,1,2,0,2);
INSERT INTO trial_result VALUES(5,2,40.0,0,2,2,2);
INSERT INTO trial_result VALUES(6,3,40.0,0,2,2,2);
INSERT INTO trial_result VALUES(7,2,95.512839889526361504,1,2,0,2);
INSERT INTO trial_result VALUES(8,3,95.470199966430669743,1,2,0,2);
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    revision_id INTEGER NOT NULL REFERENCES revision,
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    kind TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;
INSERT INTO event VALUES(1,1,'2026-11-25T20:02:42Z','started','2 trainings to run on 1 worker (cpu avx512)');
INSERT INTO event VALUES(2,1,'2026-11-25T20:02:42Z','ended','2 trainings done, 0 failed');
CREATE INDEX run_of_revision ON run (revision_id);
CREATE INDEX trial_of_training ON trial (training_id, epochs);
CREATE INDEX event_of_revision ON event (revision_id);
CREATE TRIGGER epoch_is_final BEFORE UPDATE ON epoch
BEGIN SELECT RAISE(ABORT, 'a recorded epoch is final'); END;
CREATE TRIGGER error_blob_is_final BEFORE UPDATE ON error_blob
BEGIN SELECT RAISE(ABORT, 'recorded errors are final'); END;
CREATE TRIGGER trial_result_is_final BEFORE UPDATE ON trial_result
BEGIN SELECT RAISE(ABORT, 'the result of a trial is final'); END;
CREATE TRIGGER trial_is_final BEFORE UPDATE ON trial
BEGIN SELECT RAISE(ABORT, 'a planned trial is final'); END;
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
CREATE VIEW v_latest AS
SELECT experiment.name AS experiment, revision.id AS revision_id, revision.number AS revision,
       max(run.id) AS run_id
FROM experiment
JOIN revision ON revision.experiment_id = experiment.id
JOIN run ON run.revision_id = revision.id
GROUP BY experiment.id;
CREATE VIEW v_epochs AS
SELECT v_latest.experiment, training.id AS training, arch, embedding_dim, seed, epoch, train_loss,
       val_loss, train_s, eval_s
FROM v_latest
JOIN revision_training USING (revision_id)
JOIN training ON training.id = revision_training.training_id
JOIN epoch ON epoch.training_id = training.id AND epoch.epoch <= revision_training.max_epochs
ORDER BY v_latest.experiment, revision_training.number, epoch;
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
COMMIT;
