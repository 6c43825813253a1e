-- What the sqlite3 command .dump prints of a store that the sweep before version 3 of the store wrote:
-- version_2.ini; then with other epochs and thresholds; again; then as OLD, with one epoch. By hand: the
-- fourth training failed once, and revision 2 asks for more of it and of the third. Its version and
-- application id are set by the test that reads it.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE experiment (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,       -- [experiment] name
    created TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
) STRICT;
INSERT INTO experiment VALUES(1,'old','2026-11-30T13:37:41Z');
INSERT INTO experiment VALUES(2,'OLD','2026-11-30T13:37:41Z');
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
INSERT INTO revision VALUES(1,1,1,1,'370c6c3dda133d944636723885edddc561b415946b4e21346cfe27ffc8439d81','2026-11-30T13:37:41Z');
INSERT INTO revision VALUES(2,1,2,1,'eee9fb0252a071fe976f59a376dae6c3d3be70b5739dc5cf0ef2c5cec65e9a03','2026-11-30T13:37:41Z');
INSERT INTO revision VALUES(3,2,1,1,'f0211cf05f7ee311a6df453fc1cd5ca0cbf1566b25058851f8eea1928634d7da','2026-11-30T13:37:41Z');
CREATE TABLE setting (
    revision_id INTEGER NOT NULL REFERENCES revision,
    position INTEGER NOT NULL,       -- order of the dump, from 1
    key TEXT NOT NULL,               -- section.key
    value TEXT NOT NULL,             -- canonical text
    PRIMARY KEY (revision_id, position)
) STRICT, WITHOUT ROWID;
INSERT INTO setting VALUES(1,1,'experiment.name','old');
INSERT INTO setting VALUES(1,2,'data.path','version_2.csv');
INSERT INTO setting VALUES(1,3,'data.normal_class','1');
INSERT INTO setting VALUES(1,4,'data.shuffle_seed','42');
INSERT INTO setting VALUES(1,5,'data.split','val_test');
INSERT INTO setting VALUES(1,6,'data.cuts','0.5, 0.5');
INSERT INTO setting VALUES(1,7,'data.split_seed','42');
INSERT INTO setting VALUES(1,8,'data.anomalies','all');
INSERT INTO setting VALUES(1,9,'model.arch','single');
INSERT INTO setting VALUES(1,10,'model.embedding_dim','2');
INSERT INTO setting VALUES(1,11,'train.batch_size','1');
INSERT INTO setting VALUES(1,12,'train.loss','l1');
INSERT INTO setting VALUES(1,13,'train.optimizer','adam');
INSERT INTO setting VALUES(1,14,'train.init_stream','each');
INSERT INTO setting VALUES(1,15,'train.init_after','none');
INSERT INTO setting VALUES(1,16,'sweep.strategy','grid');
INSERT INTO setting VALUES(1,17,'sweep.train.learning_rate','0.001, 0.01');
INSERT INTO setting VALUES(1,18,'sweep.train.seed','1, 2');
INSERT INTO setting VALUES(1,19,'sweep.train.epochs','2, 3');
INSERT INTO setting VALUES(1,20,'sweep.eval.threshold','3, p95, best_f1, youden');
INSERT INTO setting VALUES(1,21,'[when train.learning_rate = 0.01] train.loss','mse');
INSERT INTO setting VALUES(2,1,'experiment.name','old');
INSERT INTO setting VALUES(2,2,'data.path','version_2.csv');
INSERT INTO setting VALUES(2,3,'data.normal_class','1');
INSERT INTO setting VALUES(2,4,'data.shuffle_seed','42');
INSERT INTO setting VALUES(2,5,'data.split','val_test');
INSERT INTO setting VALUES(2,6,'data.cuts','0.5, 0.5');
INSERT INTO setting VALUES(2,7,'data.split_seed','42');
INSERT INTO setting VALUES(2,8,'data.anomalies','all');
INSERT INTO setting VALUES(2,9,'model.arch','single');
INSERT INTO setting VALUES(2,10,'model.embedding_dim','2');
INSERT INTO setting VALUES(2,11,'train.batch_size','1');
INSERT INTO setting VALUES(2,12,'train.loss','l1');
INSERT INTO setting VALUES(2,13,'train.optimizer','adam');
INSERT INTO setting VALUES(2,14,'train.init_stream','each');
INSERT INTO setting VALUES(2,15,'train.init_after','none');
INSERT INTO setting VALUES(2,16,'sweep.strategy','grid');
INSERT INTO setting VALUES(2,17,'sweep.train.learning_rate','0.001');
INSERT INTO setting VALUES(2,18,'sweep.train.seed','1');
INSERT INTO setting VALUES(2,19,'sweep.train.epochs','4');
INSERT INTO setting VALUES(2,20,'sweep.eval.threshold','3, 4');
INSERT INTO setting VALUES(3,1,'experiment.name','OLD');
INSERT INTO setting VALUES(3,2,'data.path','version_2.csv');
INSERT INTO setting VALUES(3,3,'data.normal_class','1');
INSERT INTO setting VALUES(3,4,'data.shuffle_seed','42');
INSERT INTO setting VALUES(3,5,'data.split','val_test');
INSERT INTO setting VALUES(3,6,'data.cuts','0.5, 0.5');
INSERT INTO setting VALUES(3,7,'data.split_seed','42');
INSERT INTO setting VALUES(3,8,'data.anomalies','all');
INSERT INTO setting VALUES(3,9,'model.arch','single');
INSERT INTO setting VALUES(3,10,'model.embedding_dim','2');
INSERT INTO setting VALUES(3,11,'train.batch_size','1');
INSERT INTO setting VALUES(3,12,'train.loss','l1');
INSERT INTO setting VALUES(3,13,'train.optimizer','adam');
INSERT INTO setting VALUES(3,14,'train.init_stream','each');
INSERT INTO setting VALUES(3,15,'train.init_after','none');
INSERT INTO setting VALUES(3,16,'sweep.strategy','grid');
INSERT INTO setting VALUES(3,17,'sweep.train.learning_rate','0.1');
INSERT INTO setting VALUES(3,18,'sweep.train.seed','7');
INSERT INTO setting VALUES(3,19,'sweep.train.epochs','1');
INSERT INTO setting VALUES(3,20,'sweep.eval.threshold','3, p95, best_f1, youden');
CREATE TABLE run (
    id INTEGER PRIMARY KEY,          -- grows with time
    revision_id INTEGER NOT NULL REFERENCES revision,
    ini_path TEXT NOT NULL,          -- as given on the command line
    begun TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
) STRICT;
INSERT INTO run VALUES(1,1,'version_2.ini','2026-11-30T13:37:41Z');
INSERT INTO run VALUES(2,2,'version_2.ini','2026-11-30T13:37:41Z');
INSERT INTO run VALUES(3,1,'version_2.ini','2026-11-30T13:37:41Z');
INSERT INTO run VALUES(4,3,'old2.ini','2026-11-30T13:37:41Z');
CREATE TABLE environment (
    run_id INTEGER NOT NULL REFERENCES run,
    position INTEGER NOT NULL,       -- order of the dump, from 1
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run_id, position)
) STRICT, WITHOUT ROWID;
INSERT INTO environment VALUES(1,1,'program','sweep 0.1.0');
INSERT INTO environment VALUES(1,2,'commit','ef218229b2d2');
INSERT INTO environment VALUES(1,3,'compiler','GNU 12.2.0');
INSERT INTO environment VALUES(1,4,'build','Release');
INSERT INTO environment VALUES(1,5,'cpu','Intel(R) Xeon(R) Processor');
INSERT INTO environment VALUES(1,6,'kernel','Linux x86_64');
INSERT INTO environment VALUES(1,7,'engine','cpu');
INSERT INTO environment VALUES(1,8,'device','Intel(R) Xeon(R) Processor');
INSERT INTO environment VALUES(1,9,'isa','avx512');
INSERT INTO environment VALUES(1,10,'blas','OpenBLAS 0.3.21 Prescott');
INSERT INTO environment VALUES(2,1,'program','sweep 0.1.0');
INSERT INTO environment VALUES(2,2,'commit','ef218229b2d2');
INSERT INTO environment VALUES(2,3,'compiler','GNU 12.2.0');
INSERT INTO environment VALUES(2,4,'build','Release');
INSERT INTO environment VALUES(2,5,'cpu','Intel(R) Xeon(R) Processor');
INSERT INTO environment VALUES(2,6,'kernel','Linux x86_64');
INSERT INTO environment VALUES(2,7,'engine','cpu');
INSERT INTO environment VALUES(2,8,'device','Intel(R) Xeon(R) Processor');
INSERT INTO environment VALUES(2,9,'isa','avx512');
INSERT INTO environment VALUES(2,10,'blas','OpenBLAS 0.3.21 Prescott');
INSERT INTO environment VALUES(3,1,'program','sweep 0.1.0');
INSERT INTO environment VALUES(3,2,'commit','ef218229b2d2');
INSERT INTO environment VALUES(3,3,'compiler','GNU 12.2.0');
INSERT INTO environment VALUES(3,4,'build','Release');
INSERT INTO environment VALUES(3,5,'cpu','Intel(R) Xeon(R) Processor');
INSERT INTO environment VALUES(3,6,'kernel','Linux x86_64');
INSERT INTO environment VALUES(3,7,'engine','cpu');
INSERT INTO environment VALUES(3,8,'device','Intel(R) Xeon(R) Processor');
INSERT INTO environment VALUES(3,9,'isa','avx512');
INSERT INTO environment VALUES(3,10,'blas','OpenBLAS 0.3.21 Prescott');
INSERT INTO environment VALUES(4,1,'program','sweep 0.1.0');
INSERT INTO environment VALUES(4,2,'commit','ef218229b2d2');
INSERT INTO environment VALUES(4,3,'compiler','GNU 12.2.0');
INSERT INTO environment VALUES(4,4,'build','Release');
INSERT INTO environment VALUES(4,5,'cpu','Intel(R) Xeon(R) Processor');
INSERT INTO environment VALUES(4,6,'kernel','Linux x86_64');
INSERT INTO environment VALUES(4,7,'engine','cpu');
INSERT INTO environment VALUES(4,8,'device','Intel(R) Xeon(R) Processor');
INSERT INTO environment VALUES(4,9,'isa','avx512');
INSERT INTO environment VALUES(4,10,'blas','OpenBLAS 0.3.21 Prescott');
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
INSERT INTO data_set VALUES(1,'version_2','version_2.csv','dddcc0acc981a262044000d6424810d2cdb99a8938e3c8efa5956f8fcb1826c0',0,40,8,10,5,5,20);
CREATE TABLE class (
    data_set_id INTEGER NOT NULL REFERENCES data_set,
    position INTEGER NOT NULL,       -- from 1
    label TEXT NOT NULL,             -- as in the file
    count INTEGER NOT NULL,          -- sequences of this class
    PRIMARY KEY (data_set_id, position)
) STRICT, WITHOUT ROWID;
INSERT INTO class VALUES(1,1,'1',20);
INSERT INTO class VALUES(1,2,'2',10);
INSERT INTO class VALUES(1,3,'3',10);
CREATE TABLE training (
    id INTEGER PRIMARY KEY,          -- what `sweep show` takes
    experiment_id INTEGER NOT NULL REFERENCES experiment,
    generation INTEGER NOT NULL,     -- of the revisions that may use it
    key TEXT NOT NULL,               -- SHA-256 over all that determines its bits
    data_set_id INTEGER NOT NULL REFERENCES data_set,
    arch TEXT NOT NULL,              -- model.arch
    embedding_dim INTEGER NOT NULL,  -- model.embedding_dim
    seed INTEGER NOT NULL,           -- train.seed
    failure TEXT, split_id INTEGER REFERENCES split,                    -- why it ended early; NULL unless it failed
    UNIQUE (experiment_id, generation, key)
) STRICT;
INSERT INTO training VALUES(1,1,1,'2d817c510029b210a4cd2714c723cdd1e46207b5c5125da67e0c144779755ba1',1,'single',2,1,NULL,1);
INSERT INTO training VALUES(2,1,1,'759860633ec9042b48e159835dfc707a2193005499165515a2b95ccd79128024',1,'single',2,2,NULL,1);
INSERT INTO training VALUES(3,1,1,'b8f4725501b60e7da7d8f8cc367cb631462431abe89f0f756b6028ff7bf8b220',1,'single',2,1,NULL,1);
INSERT INTO training VALUES(4,1,1,'0bc6447ec68b008ace412bcae55f1f64852cf8ef67e885798059e3957a7d4559',1,'single',2,2,'worker died: signal 9',1);
INSERT INTO training VALUES(5,2,1,'f6a56cbed0f01c7740b8e7ef88a6df8df9e5e8cc9c353f7ae17a155e9426d9cb',1,'single',2,7,NULL,1);
CREATE TABLE training_setting (
    training_id INTEGER NOT NULL REFERENCES training,
    position INTEGER NOT NULL,       -- order of the dump, from 1
    key TEXT NOT NULL,               -- section.key
    value TEXT NOT NULL,             -- canonical text
    PRIMARY KEY (training_id, key)
) STRICT, WITHOUT ROWID;
INSERT INTO training_setting VALUES(1,7,'data.anomalies','all');
INSERT INTO training_setting VALUES(1,5,'data.cuts','0.5, 0.5');
INSERT INTO training_setting VALUES(1,2,'data.normal_class','1');
INSERT INTO training_setting VALUES(1,1,'data.path','version_2.csv');
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
INSERT INTO training_setting VALUES(2,7,'data.anomalies','all');
INSERT INTO training_setting VALUES(2,5,'data.cuts','0.5, 0.5');
INSERT INTO training_setting VALUES(2,2,'data.normal_class','1');
INSERT INTO training_setting VALUES(2,1,'data.path','version_2.csv');
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
INSERT INTO training_setting VALUES(3,7,'data.anomalies','all');
INSERT INTO training_setting VALUES(3,5,'data.cuts','0.5, 0.5');
INSERT INTO training_setting VALUES(3,2,'data.normal_class','1');
INSERT INTO training_setting VALUES(3,1,'data.path','version_2.csv');
INSERT INTO training_setting VALUES(3,3,'data.shuffle_seed','42');
INSERT INTO training_setting VALUES(3,4,'data.split','val_test');
INSERT INTO training_setting VALUES(3,6,'data.split_seed','42');
INSERT INTO training_setting VALUES(3,8,'model.arch','single');
INSERT INTO training_setting VALUES(3,9,'model.embedding_dim','2');
INSERT INTO training_setting VALUES(3,11,'train.batch_size','1');
INSERT INTO training_setting VALUES(3,16,'train.init_after','none');
INSERT INTO training_setting VALUES(3,15,'train.init_stream','each');
INSERT INTO training_setting VALUES(3,10,'train.learning_rate','0.01');
INSERT INTO training_setting VALUES(3,12,'train.loss','mse');
INSERT INTO training_setting VALUES(3,13,'train.optimizer','adam');
INSERT INTO training_setting VALUES(3,14,'train.seed','1');
INSERT INTO training_setting VALUES(4,7,'data.anomalies','all');
INSERT INTO training_setting VALUES(4,5,'data.cuts','0.5, 0.5');
INSERT INTO training_setting VALUES(4,2,'data.normal_class','1');
INSERT INTO training_setting VALUES(4,1,'data.path','version_2.csv');
INSERT INTO training_setting VALUES(4,3,'data.shuffle_seed','42');
INSERT INTO training_setting VALUES(4,4,'data.split','val_test');
INSERT INTO training_setting VALUES(4,6,'data.split_seed','42');
INSERT INTO training_setting VALUES(4,8,'model.arch','single');
INSERT INTO training_setting VALUES(4,9,'model.embedding_dim','2');
INSERT INTO training_setting VALUES(4,11,'train.batch_size','1');
INSERT INTO training_setting VALUES(4,16,'train.init_after','none');
INSERT INTO training_setting VALUES(4,15,'train.init_stream','each');
INSERT INTO training_setting VALUES(4,10,'train.learning_rate','0.01');
INSERT INTO training_setting VALUES(4,12,'train.loss','mse');
INSERT INTO training_setting VALUES(4,13,'train.optimizer','adam');
INSERT INTO training_setting VALUES(4,14,'train.seed','2');
INSERT INTO training_setting VALUES(5,7,'data.anomalies','all');
INSERT INTO training_setting VALUES(5,5,'data.cuts','0.5, 0.5');
INSERT INTO training_setting VALUES(5,2,'data.normal_class','1');
INSERT INTO training_setting VALUES(5,1,'data.path','version_2.csv');
INSERT INTO training_setting VALUES(5,3,'data.shuffle_seed','42');
INSERT INTO training_setting VALUES(5,4,'data.split','val_test');
INSERT INTO training_setting VALUES(5,6,'data.split_seed','42');
INSERT INTO training_setting VALUES(5,8,'model.arch','single');
INSERT INTO training_setting VALUES(5,9,'model.embedding_dim','2');
INSERT INTO training_setting VALUES(5,11,'train.batch_size','1');
INSERT INTO training_setting VALUES(5,16,'train.init_after','none');
INSERT INTO training_setting VALUES(5,15,'train.init_stream','each');
INSERT INTO training_setting VALUES(5,10,'train.learning_rate','0.1');
INSERT INTO training_setting VALUES(5,12,'train.loss','l1');
INSERT INTO training_setting VALUES(5,13,'train.optimizer','adam');
INSERT INTO training_setting VALUES(5,14,'train.seed','7');
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
INSERT INTO revision_training VALUES(1,3,3,3);
INSERT INTO revision_training VALUES(1,4,4,3);
INSERT INTO revision_training VALUES(2,1,1,4);
INSERT INTO revision_training VALUES(2,2,4,5);
INSERT INTO revision_training VALUES(2,3,3,6);
INSERT INTO revision_training VALUES(3,1,5,1);
CREATE TABLE epoch (
    training_id INTEGER NOT NULL REFERENCES training,
    epoch INTEGER NOT NULL,          -- from 1, without gaps
    train_loss REAL NOT NULL,        -- mean over training sequences during the epoch
    val_loss REAL NOT NULL,          -- mean over validation sequences after the epoch
    train_s REAL NOT NULL,           -- seconds of training
    eval_s REAL NOT NULL,            -- seconds of evaluation
    recorded TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')), worker INTEGER, begun_s REAL, ended_s REAL,
    PRIMARY KEY (training_id, epoch)
) STRICT, WITHOUT ROWID;
INSERT INTO epoch VALUES(1,1,4.5309826821088794446,4.6192877769470213067,6.1107999954401748254e-05,3.7577000057353870943e-05,'2026-11-30T13:37:41Z',1,1796045861.249087572,1796045861.2492849827);
INSERT INTO epoch VALUES(1,2,4.501633666455745697,4.6173819541931155896,4.1696499920362839475e-05,3.7243000406306236982e-05,'2026-11-30T13:37:41Z',1,1796045861.2530124187,1796045861.2531702517);
INSERT INTO epoch VALUES(1,3,4.4747144699096681463,4.6150085449218751776,3.0697000056534307077e-05,3.0440000045928172767e-05,'2026-11-30T13:37:41Z',1,1796045861.2533426284,1796045861.2534649371);
INSERT INTO epoch VALUES(1,4,4.4463998474180694842,4.6120113849639894354,9.5394999334530439227e-05,5.5073000112315639853e-05,'2026-11-30T13:37:41Z',1,1796045861.3608577251,1796045861.3610081672);
INSERT INTO epoch VALUES(2,1,4.4515353549271825528,4.6884329795837400567,6.1107999954401748254e-05,3.7577000057353870943e-05,'2026-11-30T13:37:41Z',1,1796045861.249087572,1796045861.2492849827);
INSERT INTO epoch VALUES(2,2,4.4273037413135174489,4.6772862434387203478,4.1696499920362839475e-05,3.7243000406306236982e-05,'2026-11-30T13:37:41Z',1,1796045861.2530124187,1796045861.2531702517);
INSERT INTO epoch VALUES(2,3,4.4129490269348021769,4.6698575973510738634,3.0697000056534307077e-05,3.0440000045928172767e-05,'2026-11-30T13:37:41Z',1,1796045861.2533426284,1796045861.2534649371);
INSERT INTO epoch VALUES(3,1,3.3950461559659741439,3.4297608375549315518,4.0008000269153853878e-05,3.7463999888132093474e-05,'2026-11-30T13:37:41Z',1,1796045861.2640333175,1796045861.2641882896);
INSERT INTO epoch VALUES(3,2,3.2889120764855759304,3.3675001144409177911,3.3214500035683158785e-05,4.0583000100014032796e-05,'2026-11-30T13:37:41Z',1,1796045861.2644343376,1796045861.2645819187);
INSERT INTO epoch VALUES(3,3,3.215342165739900615,3.2861785888671875,2.9549999908340396359e-05,2.8729999939969275146e-05,'2026-11-30T13:37:41Z',1,1796045861.2647349834,1796045861.2648515701);
INSERT INTO epoch VALUES(4,1,3.3958699933986116192,3.5262743949890138495,4.0008000269153853878e-05,3.7463999888132093474e-05,'2026-11-30T13:37:41Z',1,1796045861.2640333175,1796045861.2641882896);
INSERT INTO epoch VALUES(4,2,3.3663382940489099404,3.4641086101531981533,3.3214500035683158785e-05,4.0583000100014032796e-05,'2026-11-30T13:37:41Z',1,1796045861.2644343376,1796045861.2645819187);
INSERT INTO epoch VALUES(4,3,3.3054062405793955825,3.3822168350219725674,2.9549999908340396359e-05,2.8729999939969275146e-05,'2026-11-30T13:37:41Z',1,1796045861.2647349834,1796045861.2648515701);
INSERT INTO epoch VALUES(5,1,4.7610700774937866341,4.6099865913391111504,8.7632000031589996069e-05,5.5014000281516928225e-05,'2026-11-30T13:37:41Z',1,1796045861.5289957523,1796045861.5291383266);
CREATE TABLE error_blob (
    training_id INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    subset TEXT NOT NULL CHECK (subset IN ('val', 'test', 'anomaly')),
    errors BLOB NOT NULL CHECK (length(errors) % 4 = 0), -- float32 little-endian, the split's order
    PRIMARY KEY (training_id, epoch, subset),
    FOREIGN KEY (training_id, epoch) REFERENCES epoch
) STRICT;
INSERT INTO error_blob VALUES(1,1,'val',X'9d29a240a436774071fea1402469974083e98b40');
INSERT INTO error_blob VALUES(1,1,'test',X'ade084406b3a8c4071779f40d6da9c4049338640');
INSERT INTO error_blob VALUES(1,1,'anomaly',X'3ee5a740aebaaa40f24ba8401278aa4059a2b640de0fb2405e44ac40aad9a440650daf400a7b9c4027e8b9403f55a040af49a540ccbfc140c18c8d409164a340d9edb840137f9f40cd1faa403c03b640');
INSERT INTO error_blob VALUES(2,1,'val',X'263b99403b9e894057cba140a73c9740d8449240');
INSERT INTO error_blob VALUES(2,1,'test',X'ebc78d40de088c403d6f9a4032ad9c4093127c40');
INSERT INTO error_blob VALUES(2,1,'anomaly',X'2fd3b6408e70af40cc09df40e65cb9408684c5400587ce40894ebb40ce02cf403636be40dc0fc440f2e2e2408fe0a040d03db440a7b8d0406f7bc540f3d2d540cf20dc407a89ac407f55d940db9be440');
INSERT INTO error_blob VALUES(1,2,'val',X'dff5a040a8ef7840c001a240b86b9740ccec8b40');
INSERT INTO error_blob VALUES(1,2,'test',X'1ce48440913d8c404a419e408edd9c40bcfd8440');
INSERT INTO error_blob VALUES(1,2,'anomaly',X'f7d7a8404189aa401eadaa40157fab40d1a8b7408f48b340b449ad405840a740ab11b040e8dd9e40b24cbc408421a040764ea640a6c3c2408fbc9040fee2a6403550bb40894d9f40b79dad409366b840');
INSERT INTO error_blob VALUES(2,2,'val',X'2e5c9940b8b2884010c2a140603397404f599140');
INSERT INTO error_blob VALUES(2,2,'test',X'56dc8c4093ff8b40f3659a40eca39c408f547c40');
INSERT INTO error_blob VALUES(2,2,'anomaly',X'01ddb5404d7aae40d4edda40b466b8403c8ec440dd5acc405558ba4056c9cb400b40bd40ecd5c04053a9df4065faa0406e47b34049c2cf40b05fc14009b7d14005e7d8402393ab4046b5d540ec7fe040');
INSERT INTO error_blob VALUES(1,3,'val',X'eaac9f40c8b17a404304a240676d974048ef8b40');
INSERT INTO error_blob VALUES(1,3,'test',X'c3e68440e63f8c407ff69c4067df9c40e9b28340');
INSERT INTO error_blob VALUES(1,3,'anomaly',X'14efa9400250aa404941ad40c096ac40c5bfb8402c9cb440ca5fae4027dba940d926b1404274a14011e5be40fbe59f40a763a740bad7c340f8259440aca9aa40eae5bd404fe89f40af63b140affdba40');
INSERT INTO error_blob VALUES(2,3,'val',X'f06b9940b018884011bca140622d97404bbf9040');
INSERT INTO error_blob VALUES(2,3,'test',X'46428c4094f98b40f45f9a40ef9d9c400c747c40');
INSERT INTO error_blob VALUES(2,3,'anomaly',X'ec3fb54017ddad407557d8408cc9b74002f1c340a400cb403fbbb9404fc6c94010a3bc4062d2be405aa6dd40c807a1402baab2400825cf4090c9be40ea20cf40d3e3d640d1f5aa4027b2d3400beadd40');
INSERT INTO error_blob VALUES(3,1,'val',X'b3978040ad362140d04d7240fdeb5f4022e65440');
INSERT INTO error_blob VALUES(3,1,'test',X'096a4a40a10d3b4007617b403417694083862840');
INSERT INTO error_blob VALUES(3,1,'anomaly',X'2c489240576e8e408a1000413f578740025dac4042c2fb401b3299406d8afb4024999b40f928dc4041480f41ade67c40a39d8b403a4ecc40479ee640386b004126df0741dbd795404a5c0341257d1641');
INSERT INTO error_blob VALUES(4,1,'val',X'6122834052412640c0c47a4040ef6340522e5d40');
INSERT INTO error_blob VALUES(4,1,'test',X'afa85340e7413d40613281407c0f71405bc72c40');
INSERT INTO error_blob VALUES(4,1,'anomaly',X'95ec9040e0d28f40e197e440e70e8640ad33ac403c74e24037d296409c55e04008ab97409578c240bd9f0041aa4b824044dd89406184cc4042f1cc400fc5e4409c86f34065c29640da26ea40b48e0741');
INSERT INTO error_blob VALUES(3,2,'val',X'd20f7d401d171c406a866e40362c5d400dc05040');
INSERT INTO error_blob VALUES(3,2,'test',X'9d7d4640330c37408cef7640f0906740996e2540');
INSERT INTO error_blob VALUES(3,2,'anomaly',X'416c91401f9f8e40a027fc4047fc86409016ab40e6bdf94005779740f9dff8407c459a40d5e9d940d1c30d41c3b57b40c52c8b4017c1ca404b0ce440abcafd40c62b0641480795404ec10141d1e81441');
INSERT INTO error_blob VALUES(4,2,'val',X'ec7c814019b6224061a475409fe36040d64b5840');
INSERT INTO error_blob VALUES(4,2,'test',X'bf594e4072d93a40daf97d40f2266c406bc12940');
INSERT INTO error_blob VALUES(4,2,'anomaly',X'3fff9140c9358f40ff6ef6404ed98640a3cfac4003f8f140dec49840bef8f04050639a408c4cd24008bc0941528480408f008b400121cd40d7eddc40675ff640a3b9024129a896402c17fc40e4fa1041');
INSERT INTO error_blob VALUES(3,3,'val',X'bcf677403a651540ba206940d8105a4038064b40');
INSERT INTO error_blob VALUES(3,3,'test',X'c8f640404b40324019ee7040a58b6540baec2140');
INSERT INTO error_blob VALUES(3,3,'anomaly',X'14b49140431e9040e220f9403eeb87401aadaa40d5b3f940139b9640e800f8402c269a403484d940350f0d415ea87b40ff088c407ee8c940304de340e550fc40432205416d219540a8e20041e81f1441');
INSERT INTO error_blob VALUES(4,3,'val',X'f5fb7d40250f1d4040b36f40816b5d4059255240');
INSERT INTO error_blob VALUES(4,3,'test',X'f11048409c2137405a0078407035684022052640');
INSERT INTO error_blob VALUES(4,3,'anomaly',X'94449240700a8f40c16b00413c718740b04aac401373fc40c9f398404892fb404a8c9b4090e6dc40f46b0f41317a7d406ecd8b40504acc409c0fe740eba80041e02a084175079640ca980341a3c71641');
INSERT INTO error_blob VALUES(1,4,'val',X'9a479e40e9807c409805a240c06d974096f08b40');
INSERT INTO error_blob VALUES(1,4,'test',X'42e8844003418c4012909b40f2df9c40b64b8240');
INSERT INTO error_blob VALUES(1,4,'anomaly',X'031dab40c00caa409f19b040fec4ad4015edb940522eb740988caf408bbbac40f652b2406d4fa440a8c2c14079a09f40268fa840e401c54099dc9740c3d0ae403fc0c0407a16a140c989b54003bcbe40');
INSERT INTO error_blob VALUES(5,1,'val',X'd2f69b40e2318240ed5ba1400ccd964060478b40');
INSERT INTO error_blob VALUES(5,1,'test',X'615c864061998b40ccff9940a23d9c4095208040');
INSERT INTO error_blob VALUES(5,1,'anomaly',X'895baf406a85ab40cce2be40daebb1400317be407ebcbd4004d7b340dcf8b54039b6b640752bab404dd4c9400a49a140bdd1ac40a44cc9403b33a5409b37b940c55bc7409b22a540b2efbf407435c940');
CREATE TABLE state (
    training_id INTEGER PRIMARY KEY REFERENCES training,
    epoch INTEGER NOT NULL,          -- the epoch it was taken after
    state BLOB NOT NULL              -- the engine's own format
) STRICT;
INSERT INTO state VALUES(1,4,X'535750535441544501000000040000005b000000000000002800000000000000637075206176783531320000000000000000000000000000000000000000000000000000000000000000000000000000911da93ed8bf8dbe4b7bd3bd6500bc3ea18d21bf46bdc83e921837be2db8ca3edd13863d6db1f5bd9c1c6d3ee2a1943dbf66953e72a788be4b24c5bcade6d3bc65c50b3ef7ac093d3c1c273f4dc3833effeb96be0136ecbe3431aabd7afc88befd7a83be2d06903d6e2ce93efde4d73edf1128bf75b3f23eeeef283e4e0e353f6580df3e18991bbf477023bf7b829bbe4cd7273f7d27a8bd13448a3ea38b95be2de7283f987986be70fafb3e764f433d0488d1be5b56ce3eef1bd5bee622803e73d173be133e28bdcc8f25bfdff3bebe199ab23e34c609be6b962a3f0f231b3f2cfcb53b4b9003bf91c9f13e2b07353ed769d5be7ff5d43e68d3f13ea255153f2f48b7befb0022bec90c53bd5784143e3839ffbe490a0bbf3d8fd93ee76a54be6b0ac33e33a0a13d278f8a3e7cc9493e86bf953e13b8a13eff551ebf92edc93e055decbe0c65fdbeb9cfa63d78a2a1bdbebee63eba6ae3be5a9d17bf80960d3faec20ebe3f4cdf3e5bb9453e3a01803c7248cabb159d3fbbcc3c77baf31683bcf293c43b38ace93b78d3babbcef4683aa36c083aba0ff0ba9dd6bdba2c6810bbebc8b4b969a1d0b99c2640ba8f7226bcfe423fbc704275bb32fc86bb2d5b453a0d9e433a3ca990ba7f1179ba8834383b6c557abcde4f06bc2b92d6bb05f8f2bd764d3abdfb02c53b627910bc8834383b6c557abcde4f06bc2b92d6bb05f8f2bd764d3abdfb02c53b627910bcd6ff2e3a92a6ccba72fc0f3b1a39adbb3ca03c3acd01e2bab724063b377ba4bb02fca83ab0ca45bb58f6cdbc0f276f3d012fad3a94684cbbc64e763a0ae313bb480e82bad2773e3ab34a67bbf9842d3bda7287baf4cd433a4b2246bb88eb123b7ac5f9ba9324b63a4b301e3df7e2e5bcf7c404bbce5acd3a78d3c6ba21a99c3ada49fcbbe48ed3bc2a170abcc496c7bcdc1a74bc3ec6933e50127bbc06c634bcda49fcbbe48ed3bc2a170abcc496c7bcdc1a74bc3ec6933e50127bbc06c634bcb289003ee5cdbfbdee528c3f89499637060e2436dcd9233559eb74335e89a2374bb41f3654f38a3699befa35def5923342c0df32de114e344307e933566aba34fde2f4319b22f731906cf032ad3bef363bfc0e3704a761359e9d763570146933089e3e33e7b69033e4a64f33eac7af354e1d6737eb4d9636c82a1b3645748b3a6d1c0c39ade67e363d349a36eac7af354e1d6737eb4d9636c82a1b3645748b3a6d1c0c39ade67e363d349a36dcf31d330bf52234948785348cd5aa358e65e4322456ea3360181934555a4435242a15345a401635f11f7938d2da673917230334bc4f0a3554934833ad7e7d34eb11293322308532d4ffcb34641746342b622133f47c7d3270668634a8180234729b2134dd1b7733a9208d38e55ac9376d9731348d829e33345aa8331c092f3364958936e17d0638b2d6463622c29a370bd480376e64cc3b49b267379c8dc83664958936e17d0638b2d6463622c29a370bd480376e64cc3b49b267379c8dc836e7889e3a15b3e239d1ecf03d');
INSERT INTO state VALUES(2,3,X'535750535441544501000000040000005b000000000000001e000000000000006370752061767835313200000000000000000000000000000000000000000000000000000000000000000000000000009224113ecb4719beaaeb593e584191bcb872913e28e7193e5269c7bd1bb00dbff8e92e3ec98d25bfd4619a3d3aa2f83c24de34be189e0e3fb46cf23cf8788d3e2502a43e1eeccabe8b1f82befc6d323f54b632bf59dc69bd528794bd60aaf83e5c525bbda09c4f3e53e352bcc610c2bee4ccd7bed282b8be13dd23bf0775e2be0a6b383ebfbff63e83fd643d474c9dbe7982943ede9893be99181ebe02f9bdbe17596cbe4df022bf98cb9f3e1d11813ecd93133e76c1ae3eaa519b3e7271ca3c99e8853df8089a3dd128bc3ee420fe3eab90ff3ece52db3e7d7526becac75bbd613d0dbec5bad03ec06eb13d32d0243f6b89bd3e06591dbf44214b3e7baa2f3f80e0213f4362a6bb3dae693ea08b27bf76f56cbec6d5b43efd5a21bfbf84193f2b8ff7be73447c3ebfd7a6bcb8be053eb76a423deda52ebfcf442ebe6891d9be4c28153f212a83bddb9a32bf5885353edb72923ea6ebacbe7f52adbd31cba73ea7f6d6be1d38cabe20013cbd6ceebe3989a444b97bcd9ab890b055b90aac9a3a1337193aabe02738859c5cba085987353ba9db376e3d79372dbb5438ddd7f5371998d5386d078837058e6f383743b2b94326c2baae3342b8b4c529b92f52a4364fb4a3376a44e637ca71ce38aeefa5b82c9491b9984ef1b9124da7b9c94afd3bb3626c3ad101afb8cd2d48baaeefa5b82c9491b9984ef1b9124da7b9c94afd3bb3626c3ad101afb8cd2d48ba3d6354b7ae31d7ba127809385fd0653bf3bb8c3726c3363a456514b7e71fc4b92133f0b84f2b35bc78a904b8a6a96fbbfb258cb7afbe0abb0f175438eb519c3bf66a81babb96cf3abf3f2a39d276f439ea79a3ba989c223bdf5fad3a0a8b1ebbc3726bbba152a33b01c116ba4d8b453959222dba700ee93916d4aebae7fd9b3bb5cb653c19f4fbbc4fb7d7bb1125823bf4fcc33d644e023d2ceb933ca72b2abdb5cb653c19f4fbbc4fb7d7bb1125823bf4fcc33d644e023d2ceb933ca72b2abd455f9fbd35fa483e5b447cbf27cbca3223bb1132ce1496302eff343231f489349e20c5337a209f3034c85d34c837be2bc07db22eeec7a62e1cac813036eb102fe4a3de30d913c72eb61a9f30effc9a326947bf348371453032a61c327740ad2c8557972e7423e22f80c6a7313980883058dfdd32f5810f332e220c33a183223779d98a34b625ea30d5b253343980883058dfdd32f5810f332e220c33a183223779d98a34b625ea30d5b2533462ea0a3135333f356589823157f1aa35607a24303441703482968430bd07dd34ecce5d3328af9737e252bd312fe4fe35f0e16f31e8a5a53572d204320a4f3536f5a608356e8519365bba003564bf17369cdb923440a9a03556fdfe34f0580e3648b5233787703b3809948635239d9b36b6ca82358f859336236ce235f8d407375edc6b380f63d338795d98378f660a380ed5ba3a745a1d39cb35cc3871565f395edc6b380f63d338795d98378f660a380ed5ba3a745a1d39cb35cc3871565f397340983aece2ba3b6d39ea3d');
INSERT INTO state VALUES(3,3,X'535750535441544501000000040000005b000000000000001e0000000000000063707520617678353132000000000000000000000000000000000000000000000000000000000000000000000000000039bc913ef9595ebe5a8cb2bd4569c53ef99e24bf8f969f3e15b484be76c0e23e15b5a9bc31f573be5b65913ea997ab3d3c7aa43e649bb9be8e95debc3737cabc1ac61d3e1482993c441c373fffa1913e30e8cbbe698a14bf45e315bd180285bec52cb7bedc06ed3d0594ef3e2d4de53ec27220bfef37093f18b6753dd5903f3f9bceab3e00f90fbf7d3c20bf4b1a8ebe69762f3f19d7a4bcc505293e948680bea2e0103fcc6489be9681c83e5e50873d613104bf4ab21f3f856e05bfd655f23e3bd1a9bea83fe2bc4a540ebf0ac0c6be1b1b7c3e855534bd4e2d113f00d3203f048a663ef68a3bbf642d333f3f0e33bd12be41be76e7473e8bd5343ffdbeb83eb29713be8391c0be1e8e81bee153bc3ed56189be81ce44bf1c84243fecd4d9be1f9acb3e191eec3d6cd3f53ecb35d63e7c22a83eafed8c3e5ff603bf53b5de3e51cde3be94c5eabe30f8943edad0113eb421f93e1e35f8be757bfabe61fa173fae1d35be2b71f43e86e56b3ea0e5903ac6cda5ba5f737839538702b9d12e5d3be33a313b5057653a6f6bfbbaea4f3c38a27c80374f782fba9bcbfcb9c60fedb74787863947b985b96b3b62b9ef90193a4f2d1c3b420babbaecbe9cbad46b4f38db166d3812b9e5b923158eb9d61999b773188fbb0774d339f3a207bb6508763b5a2633bc8ac887393afb23bbd61999b773188fbb0774d339f3a207bb6508763b5a2633bc8ac887393afb23bbe4dcd4383f9e20b93424303a130b82bb751f8439a30c55bbb8ae8e3a7fd877bcf95b2d39efcecab978f80fbbcb415bba9337ed394d5b8abb19c28639dddaceba6e5403bbafa4373b68fc42bc36598c3c59c6f9ba8c76273b2d7f1dbc63a7583cb9c04dbb2bb38f3b3925383dcea183bd8a9bd0bb147a1a3c710eadbb8df1083ce4198aba82437fbcd6c437bcb0c553bd97be0fbb304d313c618b78bce504cbbbe4198aba82437fbcd6c437bcb0c553bd97be0fbb304d313c618b78bce504cbbb79565d3b1b5a4abd014e17bfe4ed19376518ac35ef758c34014a3c3300371d37ee2d533674168335c2f01036952fb032f5e6a132a0ab9934e439fe34248c8e345e809d3381c580332f6b5a34b6ebc436a90e413740ab85354f1a0436fde1933206558732faf70f347eb37e34d54c413524bb8637746a9236b47bb23638dd0d3a90d9bf38ec3d6835ba25d036d54c413524bb8637746a9236b47bb23638dd0d3a90d9bf38ec3d6835ba25d036f6dc13329cf0f734270cf63313f1273784875332aaecf1346c5e1334ef141837fe8e073352569535f3334e37e4bf54392eb62c33a1c21136219da532bdbccb3533b526343fb1a534fecba6361a3c3937c8082e34c537ac34d9777a366dd4083764c5e134ab5e5635a149c638128f2539cb94bc35b69e58362b86813511e621369995b536a75ce93802becd36a45fe938bc5771379cc6583bfbe3df37ec2890379995b536a75ce93802becd36a45fe938bc5771379cc6583bfbe3df37ec289037c4cd5a3afe59b73ac5f64f3d');
INSERT INTO state VALUES(4,3,X'535750535441544501000000040000005b000000000000001e00000000000000637075206176783531320000000000000000000000000000000000000000000000000000000000000000000000000000e7ff1d3e1b4f43bec47c803e4bb386bd57a8763ee9f4493e80953cbe68fc1dbf475f7c3e57a21cbfe170283e3265ee3d844311be5478153f6298f53d7830b93eb864963e0677cfbe5aafadbebe2f1e3f3e1a21bff82d80bc3573cc3cf76f143f1cfbb4bda4fafc3dd6be1dbdd4eae9be7e3ad5bea54194bebe9b33bfd70c06bf0fc2143e1730ce3e0aeff73c5426c5bedf14973e66af5ebe3d135dbeaa9de7becfabc7be2ca83fbf26878d3edf9a153e1f3bc5bd65267f3d8dc1fa3e1f67543eb2e5e4bb94488c3d87b2ac3eaa170a3fc42fa83edb6e993eb09336be7e4e11be0bb91d3eb4e00e3e4cf317beddd4413fd7d92a3fb26267bfd9549fbd30b8683f56c56a3f4f4e74bea8fdf53ed43d4ebfb4f9313d8e19f23d34d347bf4acb073f655abbbe42bfba3e4c44893ec2ba64bd42634d3d1ce73bbfc5690dbd6bd8a5beac42333fff935e3dec83d1be0f8116bceed1933e026ec7be8704513d2e84db3e8574f8be2ff1e6be9c06363d572308b80edba3b70a8e86b69eb8b5b7afb5a438f0675039036e2e38cfd60c355e06bcb67a2b6bb798458bb6930fe13338561bb77769a3b7c3c3abb6473f1db6b11f8f38b5a30739f583b035a1d313b8e06a2cb79ee8b5b788528fb7d89f7db7d69f90380dc47ab8cf91ba3896a342b83ae412ba9fcbeb3954b6e638efb498b8d69f90380dc47ab8cf91ba3896a342b83ae412ba9fcbeb3954b6e638efb498b80484db39583d813a2aca4239b302b93acda57a3a70756e3ba5f198b945ab09ba6d76a339d0b848bbc00b97b8b020a0baecb9423aabe2113b20c58a39da860b3b607718bccca3133ce5d95f3b6cbdf93a313021bc727b463c2725993b7bec04bb0a43fdbc6fedde3ccff5d0bba98b8dba254b84bca7fb323ca13a393b75732e3c453825bc84009fbcc4e636bd4838563bfdac593d4319953c3478d3bcba97f3bc453825bc84009fbcc4e636bd4838563bfdac593d4319953c3478d3bcba97f3bc3c58bf3c7983003ec61602bfa75f3a31201a033171aee82e2d612f31995a65324b42fb3260580231cd4e9b33a761012e364a5f2f0e470e2f38652e30418ce72ec9291e302f22222fd4c043302e9df8310d4e5f334601a13009cac931355fdf2e34dcf22fc0508730d9878931e5179831c2f08c328c555b3203d09e329d59b83516d634341d6b403220000334e5179831c2f08c328c555b3203d09e329d59b83516d634341d6b403220000334236829339aac9834d0a7af32b9e17b34992a8a33a9910f35b4204b33ceb99834c7f250350f1bc8364a542133ec26bb345cfdac3328b82035b4c26c33be3415354d971a36dd40863612d029351667ce35f2722136c90ba03698a77635f5b71d36952b03380aba9538b4b7d3353ea643368eb9d6369911e036b8bc9f359822af360260fd37e122c8374b1785386e03c5372643243a2b9a1538f06d8c38581e6f380260fd37e122c8374b1785386e03c5372643243a2b9a1538f06d8c38581e6f380850f539f215cd3a4e83c23c');
INSERT INTO state VALUES(5,1,X'535750535441544501000000040000005b000000000000000a00000000000000637075206176783531320000000000000000000000000000000000000000000000000000000000000000000000000000c6b1413efeed56be0f7b8a3fa2ad063fbc3fecbe3c25c5bcf70d50bf40c21d3e42e047bfdbbc803f6b1aaf3e5fcacf3dc3b741bf06748cbc65cea6beb8dcd9bd878b683de67cd5be3333553f312d0ebfd4e493bc38b5cd3e92ead13d1331f23e7737dbbeab275c3e89426c3e0aec5c3ed8d5963e13882abf001b083dd8c63a3eb7aa8ebe6e2b393eb1681d3d32ee2e3f049b73be7e5903bff8e625bff0defbbe12e1e63edd1a09bf73554fbf0023863fef3d0d3f2055863e82d80ebf56caba3eb5632d3fedb58dbf266f1ebe470dd23db0a13d3fd19309be558f7ebf204aed3ed1f5d0bed1067a3e150d87be6c56383fe5b754bf149fbb3d146bd5be688519bedfa799be79780e3f598a09bf407e37bf9f9b8a3e28c6353ff6e809bf9c8c0e3e994e2b3f2c4050bfeb80b0be0d68673e958a293fff23133ff5e6ce3e4f5a1abf3c12633feb5480bf071dbfbe813510bf3cdf763ea12ab33e339d1a3f102e2ebd8a3e863e88983c3e761d23bd89bf23badfa6e3b874c7a0b9428064b948353c3adeb360b838321e3bfc22e73aae723e3a2aff89ba78b62739416a22b915bb1a3ae54258baf916a939f924afb90c42c53a670a0abbc1f2d8b9e4105039bb91693a7046a6ba66f1603a0ac697ba4f08483b472fa2b86586113b5a1885393c89973bb8909e3a60a75f3b455f0b3b4f08483b472fa2b86586113b5a1885393c89973bb8909e3a60a75f3b455f0b3b77d22e3aa672b7baaf31363b6fe34bbb9606293beb8ee2bb72d78e3aebfcb5baef74293aeba6993a9fb586bbaa5e863bf9c8f93a68678dbb3027f13acf2b0abbdaee573b26035f379369213b9eb7eeb9be3f813c78f18f39ab49b33acf3793b9bdbb1f3c0790d2b8d315dc3bd1a7803a76bbaf3bedde81b80ed5c23af9f8ccb982dd033b20df023c84e1893cfb9b6b3b217982bc227c82bc388e073ceff6af3b82dd033b20df023c84e1893cfb9b6b3b217982bc227c82bc388e073ceff6af3bce9b223e5dc5953c880a8bbd59500c34bf762732a97bba31017b1032662ea6342420de334b2b24359c631f367cf6453335d1e23389a29f32f8bd903311783a336a78b533253737334bcc09340561173508bac8359ec154348a6613359497a0336b951e3410955534f55d033550848935014785357da55e355562df351c51923772b10a378a1ca435f30ba73650848935014785357da55e355562df351c51923772b10a378a1ca435f30ba736ad419e337ba05235614f893632579436122a1535640a6e366e7a1b35edd4273513b9d535a1fa8537a8d27b373a7e9337aa5fe33466df8936f27be535f22bfa3574967f357da125300ded0635189a2c34aadc7a373ff7053201492734bb25863355761137e32d303299329b36890e193565f4ae36ebd95e318033a2343b85df3393bcc2362ff50c3885c1b4377de39e36e6674d3986f716396bb2e6373e716d3793bcc2362ff50c3885c1b4377de39e36e6674d3986f716396bb2e6373e716d3733461c3c94f82b390277433d');
CREATE TABLE trial (
    id INTEGER PRIMARY KEY,
    revision_id INTEGER NOT NULL REFERENCES revision,
    number INTEGER NOT NULL,         -- from 1, grid order
    training_id INTEGER NOT NULL REFERENCES training,
    epochs INTEGER NOT NULL,         -- train.epochs
    threshold ANY NOT NULL,          -- a number as number, else pNN, best_f1 or youden
    UNIQUE (revision_id, number)
) STRICT;
INSERT INTO trial VALUES(1,1,1,1,2,3);
INSERT INTO trial VALUES(2,1,2,1,2,'p95');
INSERT INTO trial VALUES(3,1,3,1,2,'best_f1');
INSERT INTO trial VALUES(4,1,4,1,2,'youden');
INSERT INTO trial VALUES(5,1,5,1,3,3);
INSERT INTO trial VALUES(6,1,6,1,3,'p95');
INSERT INTO trial VALUES(7,1,7,1,3,'best_f1');
INSERT INTO trial VALUES(8,1,8,1,3,'youden');
INSERT INTO trial VALUES(9,1,9,2,2,3);
INSERT INTO trial VALUES(10,1,10,2,2,'p95');
INSERT INTO trial VALUES(11,1,11,2,2,'best_f1');
INSERT INTO trial VALUES(12,1,12,2,2,'youden');
INSERT INTO trial VALUES(13,1,13,2,3,3);
INSERT INTO trial VALUES(14,1,14,2,3,'p95');
INSERT INTO trial VALUES(15,1,15,2,3,'best_f1');
INSERT INTO trial VALUES(16,1,16,2,3,'youden');
INSERT INTO trial VALUES(17,1,17,3,2,3);
INSERT INTO trial VALUES(18,1,18,3,2,'p95');
INSERT INTO trial VALUES(19,1,19,3,2,'best_f1');
INSERT INTO trial VALUES(20,1,20,3,2,'youden');
INSERT INTO trial VALUES(21,1,21,3,3,3);
INSERT INTO trial VALUES(22,1,22,3,3,'p95');
INSERT INTO trial VALUES(23,1,23,3,3,'best_f1');
INSERT INTO trial VALUES(24,1,24,3,3,'youden');
INSERT INTO trial VALUES(25,1,25,4,2,3);
INSERT INTO trial VALUES(26,1,26,4,2,'p95');
INSERT INTO trial VALUES(27,1,27,4,2,'best_f1');
INSERT INTO trial VALUES(28,1,28,4,2,'youden');
INSERT INTO trial VALUES(29,1,29,4,3,3);
INSERT INTO trial VALUES(30,1,30,4,3,'p95');
INSERT INTO trial VALUES(31,1,31,4,3,'best_f1');
INSERT INTO trial VALUES(32,1,32,4,3,'youden');
INSERT INTO trial VALUES(33,2,1,1,4,3);
INSERT INTO trial VALUES(34,2,2,1,4,4);
INSERT INTO trial VALUES(35,3,1,5,1,3);
INSERT INTO trial VALUES(36,3,2,5,1,'p95');
INSERT INTO trial VALUES(37,3,3,5,1,'best_f1');
INSERT INTO trial VALUES(38,3,4,5,1,'youden');
CREATE TABLE trial_result (
    trial_id INTEGER PRIMARY KEY REFERENCES trial,
    selected_epoch INTEGER NOT NULL, -- epoch up to trial.epochs with the smallest val_loss, the first
    threshold_value REAL NOT NULL,   -- the threshold as a number, in units of the error
    normal_correct INTEGER NOT NULL, -- normal test sequences with error <= threshold_value
    normal_total INTEGER NOT NULL,
    anomaly_correct INTEGER NOT NULL, -- anomalies with error > threshold_value
    anomaly_total INTEGER NOT NULL
) STRICT;
INSERT INTO trial_result VALUES(1,2,3.0,0,5,20,20);
INSERT INTO trial_result VALUES(2,2,5.0561736106872556817,5,5,16,20);
INSERT INTO trial_result VALUES(3,2,4.9454698562622070312,5,5,19,20);
INSERT INTO trial_result VALUES(4,2,4.9454698562622070312,5,5,19,20);
INSERT INTO trial_result VALUES(5,3,3.0,0,5,20,20);
INSERT INTO trial_result VALUES(6,3,5.0483877182006837713,5,5,16,20);
INSERT INTO trial_result VALUES(7,3,4.9050898551940917968,5,5,19,20);
INSERT INTO trial_result VALUES(8,3,4.9050898551940917968,5,5,19,20);
INSERT INTO trial_result VALUES(9,2,3.0,0,5,20,20);
INSERT INTO trial_result VALUES(10,2,5.0024518966674804687,5,5,20,20);
INSERT INTO trial_result VALUES(11,2,4.8950099945068359375,5,5,20,20);
INSERT INTO trial_result VALUES(12,2,4.8950099945068359375,5,5,20,20);
INSERT INTO trial_result VALUES(13,3,3.0,0,5,20,20);
INSERT INTO trial_result VALUES(14,3,5.0022510528564456677,5,5,20,20);
INSERT INTO trial_result VALUES(15,3,4.8942790031433105468,5,5,20,20);
INSERT INTO trial_result VALUES(16,3,4.8942790031433105468,5,5,20,20);
INSERT INTO trial_result VALUES(17,2,3.0,2,5,20,20);
INSERT INTO trial_result VALUES(18,2,3.9086632728576660156,5,5,20,20);
INSERT INTO trial_result VALUES(19,2,3.8583707809448242187,5,5,20,20);
INSERT INTO trial_result VALUES(20,2,3.8583707809448242187,5,5,20,20);
INSERT INTO trial_result VALUES(21,3,3.0,2,5,20,20);
INSERT INTO trial_result VALUES(22,3,3.8280720710754394531,5,5,20,20);
INSERT INTO trial_result VALUES(23,3,3.764532327651977539,5,5,20,20);
INSERT INTO trial_result VALUES(24,3,3.764532327651977539,5,5,20,20);
INSERT INTO trial_result VALUES(25,2,3.0,2,5,20,20);
INSERT INTO trial_result VALUES(26,2,4.0048309803009036755,5,5,20,20);
INSERT INTO trial_result VALUES(27,2,3.9683747291564941406,5,5,20,20);
INSERT INTO trial_result VALUES(28,2,3.9683747291564941406,5,5,20,20);
INSERT INTO trial_result VALUES(29,3,3.0,2,5,20,20);
INSERT INTO trial_result VALUES(30,3,3.9238656997680663174,5,5,20,20);
INSERT INTO trial_result VALUES(31,3,3.8750214576721191406,5,5,20,20);
INSERT INTO trial_result VALUES(32,3,3.8750214576721191406,5,5,20,20);
INSERT INTO trial_result VALUES(33,4,3.0,0,5,20,20);
INSERT INTO trial_result VALUES(34,4,4.0,0,5,20,20);
INSERT INTO trial_result VALUES(35,1,3.0,0,5,20,20);
INSERT INTO trial_result VALUES(36,1,5.0087530136108400213,5,5,20,20);
INSERT INTO trial_result VALUES(37,1,4.8825235366821289062,5,5,20,20);
INSERT INTO trial_result VALUES(38,1,4.8825235366821289062,5,5,20,20);
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    revision_id INTEGER NOT NULL REFERENCES revision,
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    kind TEXT NOT NULL,
    text TEXT NOT NULL
, at_s REAL, training_id INTEGER REFERENCES training, worker INTEGER) STRICT;
INSERT INTO event VALUES(1,1,'2026-11-30T13:37:41Z','started','4 trainings to run on 1 worker (cpu avx512)',1796045861.2440080642,NULL,NULL);
INSERT INTO event VALUES(2,1,'2026-11-30T13:37:41Z','ended','4 trainings done, 0 failed',1796045861.2679867744,NULL,NULL);
INSERT INTO event VALUES(3,2,'2026-11-30T13:37:41Z','started','1 training to run on 1 worker (cpu avx512)',1796045861.3560171127,NULL,NULL);
INSERT INTO event VALUES(4,2,'2026-11-30T13:37:41Z','ended','1 trainings done, 0 failed',1796045861.362011671,NULL,NULL);
INSERT INTO event VALUES(5,3,'2026-11-30T13:37:41Z','started','1 training to run on 1 worker (cpu avx512)',1796045861.5239903927,NULL,NULL);
INSERT INTO event VALUES(6,3,'2026-11-30T13:37:41Z','ended','1 trainings done, 0 failed',1796045861.5400030612,NULL,NULL);
CREATE TABLE class_profile (
    data_set_id INTEGER NOT NULL,
    position INTEGER NOT NULL,       -- of the class
    mean BLOB NOT NULL CHECK (length(mean) % 4 = 0), -- per time step: float32 little-endian
    sd BLOB NOT NULL CHECK (length(sd) % 4 = 0), -- standard deviation (n - 1); NaN for one sequence
    PRIMARY KEY (data_set_id, position),
    FOREIGN KEY (data_set_id, position) REFERENCES class
) STRICT;
INSERT INTO class_profile VALUES(1,1,X'bb74933b8195533ffa7e5a3fa8c60b3e14ae37bf819573bf941884be2db21d3f',X'ad17f23dd7a1223e921c183e1c221f3ef4bce63d9c77fb3d37d5173e1007083e');
INSERT INTO class_profile VALUES(1,2,X'b7f3fdbcb81e453ff2d24d3f6de7fb3d15ae473fcdcc0c3fdf4f9d3f79e90640',X'064f323e1062063e57a25b3e7a88f93ded27143e0c08163e1a99e83d7bc8a33d');
INSERT INTO class_profile VALUES(1,3,X'cba1853f17d90e3f8fc2b5bef6288cbf17d92ebf7368913e560e6d3f0ad7433f',X'3c9e683e14101f3e47d3163e9172f83dffa23f3ed6f93e3e82b4053e550b453e');
CREATE TABLE split (
    id INTEGER PRIMARY KEY,
    data_set_id INTEGER NOT NULL REFERENCES data_set,
    held_out_sha256 TEXT NOT NULL,   -- of the rows blobs of val, test and anomaly
    UNIQUE (data_set_id, held_out_sha256)
) STRICT;
INSERT INTO split VALUES(1,1,'190de7148a5d8b6c7a920d8fc3e79ab9b9cc4ce58ec59a5d4a0edb565deb0c7c');
CREATE TABLE held_out (
    split_id INTEGER NOT NULL REFERENCES split,
    subset TEXT NOT NULL CHECK (subset IN ('val', 'test', 'anomaly')),
    rows BLOB NOT NULL CHECK (length(rows) % 4 = 0), -- row of the data set: uint32 little-endian
    classes BLOB NOT NULL CHECK (length(classes) = length(rows)), -- position of the class, likewise
    PRIMARY KEY (split_id, subset)
) STRICT;
INSERT INTO held_out VALUES(1,'val',X'1500000024000000110000000400000021000000',X'0100000001000000010000000100000001000000');
INSERT INTO held_out VALUES(1,'test',X'1400000020000000090000001000000025000000',X'0100000001000000010000000100000001000000');
INSERT INTO held_out VALUES(1,'anomaly',X'130000000f0000001a0000001b00000027000000060000001f000000220000000b000000020000001e0000000300000023000000170000000a0000001600000012000000070000000e00000026000000',X'0300000003000000020000000300000003000000020000000300000002000000030000000200000002000000030000000300000003000000020000000200000002000000030000000200000002000000');
CREATE TABLE sample (
    split_id INTEGER NOT NULL REFERENCES split,
    position INTEGER NOT NULL,       -- from 1: normal ones, then class by class
    subset TEXT NOT NULL CHECK (subset IN ('test', 'anomaly')),
    held_out_index INTEGER NOT NULL, -- from 0 in that subset: where its error, row and class are
    series BLOB NOT NULL CHECK (length(series) % 4 = 0), -- its values: float32 little-endian
    PRIMARY KEY (split_id, position)
) STRICT;
INSERT INTO sample VALUES(1,1,'test',0,X'8fc2f53d48e13a3f1f856b3fae47613e9a9959bf48e17abfec5138be14aec73e');
INSERT INTO sample VALUES(1,2,'test',1,X'8fc2f5bdb81e453f8fc2753f713d8a3e52b81ebf85eb51bf52b89ebe5c8f023f');
INSERT INTO sample VALUES(1,3,'test',2,X'295c8fbd1f858b3fd7a3703fae47e13d713d4abfa4707dbf52b89ebe14ae073f');
INSERT INTO sample VALUES(1,4,'anomaly',2,X'0ad7233e48e13a3fe17a943f0ad7233ecdcc4c3f6666263fd7a3903f00000040');
INSERT INTO sample VALUES(1,5,'anomaly',5,X'295c8fbe7b142e3fb81e453f7b142ebe0ad7833fec51383e3d0a973fb81e0540');
INSERT INTO sample VALUES(1,6,'anomaly',7,X'b81e05be6666663f7b142e3f9a99193e713d0a3f6666263f7b148e3f1f850b40');
INSERT INTO sample VALUES(1,7,'anomaly',0,X'd7a3703fc3f5283f7b14aebed7a390bf9a9919bf3d0a573e9a99593fd7a3703f');
INSERT INTO sample VALUES(1,8,'anomaly',1,X'ae47613f3d0ad73e8fc2f5be295c8fbfec5138bfcdcc4c3dae47813f5c8f423f');
INSERT INTO sample VALUES(1,9,'anomaly',3,X'3333333fec51383fb81e05bf713d8abfc3f528bfe17a143f3333333f713d4a3f');
CREATE TABLE weights (
    training_id INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    safetensors BLOB NOT NULL,       -- a .safetensors file: PyTorch's names, float32
    PRIMARY KEY (training_id, epoch),
    FOREIGN KEY (training_id, epoch) REFERENCES epoch
) STRICT;
INSERT INTO weights VALUES(1,2,X'88040000000000007b225f5f6d657461646174615f5f223a7b22666f726d6174223a227074222c2270726f6772616d223a22737765657020302e312e30222c2261726368223a2273696e676c65222c22656d62656464696e675f64696d223a2232222c226c6f7373223a226c31222c226c656e677468223a2238222c2264617461223a2276657273696f6e5f32222c22646174615f66696e6765727072696e74223a2264646463633061636339383161323632303434303030643634323438313064326364623939613839333865336338656661353935366638666362313832366330222c2273796e746865746963223a2266616c7365222c226e6f726d616c5f636c617373223a2231222c2273656564223a2231222c2265706f6368223a2232222c22747261696e5f6c6f7373223a22342e353031363333363636343535373436222c2276616c5f6c6f7373223a22342e363137333831393534313933313136227d2c22656e636f6465722e726e6e312e7765696768745f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c315d2c22646174615f6f666673657473223a5b302c33325d7d2c22656e636f6465722e726e6e312e7765696768745f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b33322c39365d7d2c22656e636f6465722e726e6e312e626961735f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b39362c3132385d7d2c22656e636f6465722e726e6e312e626961735f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3132382c3136305d7d2c226465636f6465722e726e6e312e7765696768745f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b3136302c3232345d7d2c226465636f6465722e726e6e312e7765696768745f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b3232342c3238385d7d2c226465636f6465722e726e6e312e626961735f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3238382c3332305d7d2c226465636f6465722e726e6e312e626961735f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3332302c3335325d7d2c226465636f6465722e6f75747075745f6c617965722e776569676874223a7b226474797065223a22463332222c227368617065223a5b312c325d2c22646174615f6f666673657473223a5b3335322c3336305d7d2c226465636f6465722e6f75747075745f6c617965722e62696173223a7b226474797065223a22463332222c227368617065223a5b315d2c22646174615f6f666673657473223a5b3336302c3336345d7d7d202020209382b13e958f96be48f4f4bde118b33edbdd25bf63ffd03e5b1527be9f81c13e21a4a53deb6dd5bdf0e25a3e06ce593dddfa8c3e94958fbe4fef2fbd58e439bdf11bf53dd8747a3cb0a9223fb303743e73858fbea6bfe3be5afacebd23d792beda7c79bec697553dce8ee03e8025ce3ee05e2cbfe1b6e93e8d1d383e1263303ff43ce63e5e4020bf16bf27bff841a5be4b8a233fca19ccbde3da913e19e29ebe550b2d3f05de8fbee4f2023fd1cedd3c3e59c8be9be2c33e9a3ccabe3e0b693ed26963be480073bdb87629bf8debb5be8a35bb3ed3331dbed6812f3f64e3153fd09069bc898efbbe5c5de63e95264d3ef617e0be9804e13efceae53e9b901b3f1e50c1be24f10abe713a05bd4141fb3dc6a104bf965605bfa6a0ce3e6a0b3dbe5d0eba3ef6cc703df28c803e490f333e09d78c3e4246aa3e6efe22bfa1afbf3e1359f5bebcd903bfbc8d7d3ddf16cfbd41d6dd3e8bdcdabec9451cbf8577083fef55fbbdd90ed53e9564563e');
INSERT INTO weights VALUES(2,2,X'88040000000000007b225f5f6d657461646174615f5f223a7b22666f726d6174223a227074222c2270726f6772616d223a22737765657020302e312e30222c2261726368223a2273696e676c65222c22656d62656464696e675f64696d223a2232222c226c6f7373223a226c31222c226c656e677468223a2238222c2264617461223a2276657273696f6e5f32222c22646174615f66696e6765727072696e74223a2264646463633061636339383161323632303434303030643634323438313064326364623939613839333865336338656661353935366638666362313832366330222c2273796e746865746963223a2266616c7365222c226e6f726d616c5f636c617373223a2231222c2273656564223a2232222c2265706f6368223a2232222c22747261696e5f6c6f7373223a22342e34323733303337343133313335313734222c2276616c5f6c6f7373223a22342e3637373238363234333433383732227d2c22656e636f6465722e726e6e312e7765696768745f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c315d2c22646174615f6f666673657473223a5b302c33325d7d2c22656e636f6465722e726e6e312e7765696768745f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b33322c39365d7d2c22656e636f6465722e726e6e312e626961735f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b39362c3132385d7d2c22656e636f6465722e726e6e312e626961735f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3132382c3136305d7d2c226465636f6465722e726e6e312e7765696768745f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b3136302c3232345d7d2c226465636f6465722e726e6e312e7765696768745f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b3232342c3238385d7d2c226465636f6465722e726e6e312e626961735f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3238382c3332305d7d2c226465636f6465722e726e6e312e626961735f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3332302c3335325d7d2c226465636f6465722e6f75747075745f6c617965722e776569676874223a7b226474797065223a22463332222c227368617065223a5b312c325d2c22646174615f6f666673657473223a5b3335322c3336305d7d2c226465636f6465722e6f75747075745f6c617965722e62696173223a7b226474797065223a22463332222c227368617065223a5b315d2c22646174615f6f666673657473223a5b3336302c3336345d7d7d2020202098f2153e15381dbe4fcc553e411bb0bc0c7c933e71a31d3e8cb4c1bdde9e0ebf3c722f3e6f2524bf7f61a13de480093d8bc22fbe00e10f3f3440073d1a288f3e7e82a13e4a5ecdbe32e483be8995313fe5ba31bf124559bd01888ebdb121fa3e96db6dbd76474c3eeb4e91bca0c7c3be8560d5be75cdb6be66a524bfad1fe4bebcc8333e2a15f53ee20e513d21039fbed8ee963e81e391bee33921bea8a3bfbeef3a6cbef7ef23bf52b59f3eb7f8833e832f143e96dfaf3e3a459b3ed91ec63c61d5853dcfda8f3d8e3fbc3ebe92fb3e6b9cff3e565cd93ee97026bec8b245bd34530fbec66dd13efe2fb13d4919253f8e7fbb3e5d661cbf40414e3e43042f3f2a7a213f2ad58cbbf025693ef4a427bf1fa76dbe63bdb43e01fa21bfd26c1a3fc09ff5bea286763efed8b9bcf07c063e3b59563da4642dbf34782abe8a48dcbe0120163fc4a58ebde63233bf9043363eabf0943e1869aabe47b9a5bd0f14a53e9e3ed9be93b4c7be051352bd');
INSERT INTO weights VALUES(1,3,X'88040000000000007b225f5f6d657461646174615f5f223a7b22666f726d6174223a227074222c2270726f6772616d223a22737765657020302e312e30222c2261726368223a2273696e676c65222c22656d62656464696e675f64696d223a2232222c226c6f7373223a226c31222c226c656e677468223a2238222c2264617461223a2276657273696f6e5f32222c22646174615f66696e6765727072696e74223a2264646463633061636339383161323632303434303030643634323438313064326364623939613839333865336338656661353935366638666362313832366330222c2273796e746865746963223a2266616c7365222c226e6f726d616c5f636c617373223a2231222c2273656564223a2231222c2265706f6368223a2233222c22747261696e5f6c6f7373223a22342e343734373134343639393039363638222c2276616c5f6c6f7373223a22342e363135303038353434393231383735227d2c22656e636f6465722e726e6e312e7765696768745f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c315d2c22646174615f6f666673657473223a5b302c33325d7d2c22656e636f6465722e726e6e312e7765696768745f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b33322c39365d7d2c22656e636f6465722e726e6e312e626961735f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b39362c3132385d7d2c22656e636f6465722e726e6e312e626961735f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3132382c3136305d7d2c226465636f6465722e726e6e312e7765696768745f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b3136302c3232345d7d2c226465636f6465722e726e6e312e7765696768745f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b3232342c3238385d7d2c226465636f6465722e726e6e312e626961735f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3238382c3332305d7d2c226465636f6465722e726e6e312e626961735f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3332302c3335325d7d2c226465636f6465722e6f75747075745f6c617965722e776569676874223a7b226474797065223a22463332222c227368617065223a5b312c325d2c22646174615f6f666673657473223a5b3335322c3336305d7d2c226465636f6465722e6f75747075745f6c617965722e62696173223a7b226474797065223a22463332222c227368617065223a5b315d2c22646174615f6f666673657473223a5b3336302c3336345d7d7d202020206c55ad3e5e3492bef453e4bda47eb73ec3b723bf2203cd3e54312fbea003c63e309d953dfbf4e5bd13bc633e370e803d831e913e9cee8cbea6fa0bbd877b13bda8fd023e586fc63cf6d2243f0d757d3efe5493be5703e8befb35bdbd0d178ebeaf6a80be41fc793d87c4e43e20ded23efa3b2abf5323ee3eb735303e96aa323fb390e23e18fa1dbf3aa425bf5889a0be31ad253f0868babdf8e68d3e10539abe72f42a3f954c8bbe0883003f7176173d73f2ccbecdecc83ecc8bcfbe2522743ef1b96bbed6904ebde07427bf705dbabe04e7b63e9dd013be7b152d3ffd69183f275299bbf78700bf20d2eb3ee8c1413ee1eddabe3447db3e5c9aeb3eac9f183fa872bcbee0ed15bebc5a2bbdbf95083e223902bf3f0a08bf38dad33e001648bef876be3ed0498c3d9f6b853e52f43d3e3939913e8e03a63e93b920bfc1a2c43e78f0f0be535d01bf9741923dcb4cb9bd7138e23e3f1fdfbeee001abf17f10a3f792806be3800da3e14fc4d3e');
INSERT INTO weights VALUES(2,3,X'88040000000000007b225f5f6d657461646174615f5f223a7b22666f726d6174223a227074222c2270726f6772616d223a22737765657020302e312e30222c2261726368223a2273696e676c65222c22656d62656464696e675f64696d223a2232222c226c6f7373223a226c31222c226c656e677468223a2238222c2264617461223a2276657273696f6e5f32222c22646174615f66696e6765727072696e74223a2264646463633061636339383161323632303434303030643634323438313064326364623939613839333865336338656661353935366638666362313832366330222c2273796e746865746963223a2266616c7365222c226e6f726d616c5f636c617373223a2231222c2273656564223a2232222c2265706f6368223a2233222c22747261696e5f6c6f7373223a22342e343132393439303236393334383032222c2276616c5f6c6f7373223a22342e363639383537353937333531303734227d2c22656e636f6465722e726e6e312e7765696768745f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c315d2c22646174615f6f666673657473223a5b302c33325d7d2c22656e636f6465722e726e6e312e7765696768745f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b33322c39365d7d2c22656e636f6465722e726e6e312e626961735f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b39362c3132385d7d2c22656e636f6465722e726e6e312e626961735f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3132382c3136305d7d2c226465636f6465722e726e6e312e7765696768745f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b3136302c3232345d7d2c226465636f6465722e726e6e312e7765696768745f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b3232342c3238385d7d2c226465636f6465722e726e6e312e626961735f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3238382c3332305d7d2c226465636f6465722e726e6e312e626961735f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3332302c3335325d7d2c226465636f6465722e6f75747075745f6c617965722e776569676874223a7b226474797065223a22463332222c227368617065223a5b312c325d2c22646174615f6f666673657473223a5b3335322c3336305d7d2c226465636f6465722e6f75747075745f6c617965722e62696173223a7b226474797065223a22463332222c227368617065223a5b315d2c22646174615f6f666673657473223a5b3336302c3336345d7d7d202020209224113ecb4719beaaeb593e584191bcb872913e28e7193e5269c7bd1bb00dbff8e92e3ec98d25bfd4619a3d3aa2f83c24de34be189e0e3fb46cf23cf8788d3e2502a43e1eeccabe8b1f82befc6d323f54b632bf59dc69bd528794bd60aaf83e5c525bbda09c4f3e53e352bcc610c2bee4ccd7bed282b8be13dd23bf0775e2be0a6b383ebfbff63e83fd643d474c9dbe7982943ede9893be99181ebe02f9bdbe17596cbe4df022bf98cb9f3e1d11813ecd93133e76c1ae3eaa519b3e7271ca3c99e8853df8089a3dd128bc3ee420fe3eab90ff3ece52db3e7d7526becac75bbd613d0dbec5bad03ec06eb13d32d0243f6b89bd3e06591dbf44214b3e7baa2f3f80e0213f4362a6bb3dae693ea08b27bf76f56cbec6d5b43efd5a21bfbf84193f2b8ff7be73447c3ebfd7a6bcb8be053eb76a423deda52ebfcf442ebe6891d9be4c28153f212a83bddb9a32bf5885353edb72923ea6ebacbe7f52adbd31cba73ea7f6d6be1d38cabe20013cbd');
INSERT INTO weights VALUES(3,2,X'88040000000000007b225f5f6d657461646174615f5f223a7b22666f726d6174223a227074222c2270726f6772616d223a22737765657020302e312e30222c2261726368223a2273696e676c65222c22656d62656464696e675f64696d223a2232222c226c6f7373223a226d7365222c226c656e677468223a2238222c2264617461223a2276657273696f6e5f32222c22646174615f66696e6765727072696e74223a2264646463633061636339383161323632303434303030643634323438313064326364623939613839333865336338656661353935366638666362313832366330222c2273796e746865746963223a2266616c7365222c226e6f726d616c5f636c617373223a2231222c2273656564223a2231222c2265706f6368223a2232222c22747261696e5f6c6f7373223a22332e323838393132303736343835353736222c2276616c5f6c6f7373223a22332e333637353030313134343430393138227d2c22656e636f6465722e726e6e312e7765696768745f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c315d2c22646174615f6f666673657473223a5b302c33325d7d2c22656e636f6465722e726e6e312e7765696768745f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b33322c39365d7d2c22656e636f6465722e726e6e312e626961735f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b39362c3132385d7d2c22656e636f6465722e726e6e312e626961735f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3132382c3136305d7d2c226465636f6465722e726e6e312e7765696768745f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b3136302c3232345d7d2c226465636f6465722e726e6e312e7765696768745f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b3232342c3238385d7d2c226465636f6465722e726e6e312e626961735f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3238382c3332305d7d2c226465636f6465722e726e6e312e626961735f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3332302c3335325d7d2c226465636f6465722e6f75747075745f6c617965722e776569676874223a7b226474797065223a22463332222c227368617065223a5b312c325d2c22646174615f6f666673657473223a5b3335322c3336305d7d2c226465636f6465722e6f75747075745f6c617965722e62696173223a7b226474797065223a22463332222c227368617065223a5b315d2c22646174615f6f666673657473223a5b3336302c3336345d7d7d202020f02c913e60d263be06b08abd2ed4cd3eae411cbf866cab3ec45e7dbe2d7ae03ee0e435bcaa4162be02028d3e9c14bd3d0434a83efc34a7beb7a6d7bc02b93fbcbb732b3ef8aa3d3de6cf333f4751933e1183c4be4ba90fbf288e32bdfd277fbea3b6afbe1e1ae63d74d6f63ea3f6e63e60a51dbff9e2063f05fc973d4b203f3fbd44b33e99d610bf449b1cbfd5708cbecb43323ff175efbc4196373ea96781be3b8d143f0d7681be2be5d23e4942873d2231fcbe7f100a3f42e5fcbe940cc53ea8c3a2be85fc8ebca88011bfbb2acebe3e77893ee95e9bbd232c163fdd62203fd7320e3e701b25bf92a41b3fbd49413de05a8dbea3cf8f3eda2e1d3f7a66e63ec19568be9e6994be08c833bed1fc8e3ec26eb8be54362dbf18ad0d3feaf2aabe58b9cf3e35a4de3d942acd3edbc3a93e1742a93e817b8a3e48510dbf7971da3e18aedfbe0e24eebeb29e583eeeb3633d4f41fa3e4ca7fabea39806bf72d8153f295f3abee3dff03e055f3c3e');
INSERT INTO weights VALUES(4,2,X'88040000000000007b225f5f6d657461646174615f5f223a7b22666f726d6174223a227074222c2270726f6772616d223a22737765657020302e312e30222c2261726368223a2273696e676c65222c22656d62656464696e675f64696d223a2232222c226c6f7373223a226d7365222c226c656e677468223a2238222c2264617461223a2276657273696f6e5f32222c22646174615f66696e6765727072696e74223a2264646463633061636339383161323632303434303030643634323438313064326364623939613839333865336338656661353935366638666362313832366330222c2273796e746865746963223a2266616c7365222c226e6f726d616c5f636c617373223a2231222c2273656564223a2232222c2265706f6368223a2232222c22747261696e5f6c6f7373223a22332e3336363333383239343034383931222c2276616c5f6c6f7373223a22332e343634313038363130313533313938227d2c22656e636f6465722e726e6e312e7765696768745f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c315d2c22646174615f6f666673657473223a5b302c33325d7d2c22656e636f6465722e726e6e312e7765696768745f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b33322c39365d7d2c22656e636f6465722e726e6e312e626961735f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b39362c3132385d7d2c22656e636f6465722e726e6e312e626961735f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3132382c3136305d7d2c226465636f6465722e726e6e312e7765696768745f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b3136302c3232345d7d2c226465636f6465722e726e6e312e7765696768745f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b3232342c3238385d7d2c226465636f6465722e726e6e312e626961735f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3238382c3332305d7d2c226465636f6465722e726e6e312e626961735f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3332302c3335325d7d2c226465636f6465722e6f75747075745f6c617965722e776569676874223a7b226474797065223a22463332222c227368617065223a5b312c325d2c22646174615f6f666673657473223a5b3335322c3336305d7d2c226465636f6465722e6f75747075745f6c617965722e62696173223a7b226474797065223a22463332222c227368617065223a5b315d2c22646174615f6f666673657473223a5b3336302c3336345d7d7d20202020e894083e75342dbe673d833ecb822fbdc447723eb14c353efeac1cbe103e17bf44015f3e48c223bfd4750a3e0db1b63d66242dbed7f20e3f0132b93d3d17ab3ea8bda33ea609c5bef5fa9ebeedbd243ffe4528bf670b33bd289c9fbbe6300d3f894373bde2b2173e11c04abceeffdcbec366dfbe01539fbe56332cbf4ffdfebebc6e323edfcada3e5606673d6e3bb8be9ae88c3e1bd274be9c713fbe4a81dabeaecea8bee53130bfa3d8933e0bcb363e71ef23bc6083253e12d1e43ed5cd263ec7aca83c318ba63dbee3b13e08a6073fcac6ca3e0805be3ec0182ebeaee4e6bd6c1d2f3dd0b06f3e8cbf6bbd39d53d3f01c60d3f224e4cbf425e9f3c3cce5a3fc6c24f3f418e23be242fc33e570146bfef3b8dbd874d563e73ec35bf5747143f3170dcbedcd4a43e7c5e253e1abf1dbc694e293d949137bf22abe4bdea38babec6b7223f3d033d3c7e0c04bfb8aa173d534f8f3ef5c2bebeeecfd5bcaf23c73e615fdebe7038dcbe1d2b863c');
INSERT INTO weights VALUES(3,3,X'88040000000000007b225f5f6d657461646174615f5f223a7b22666f726d6174223a227074222c2270726f6772616d223a22737765657020302e312e30222c2261726368223a2273696e676c65222c22656d62656464696e675f64696d223a2232222c226c6f7373223a226d7365222c226c656e677468223a2238222c2264617461223a2276657273696f6e5f32222c22646174615f66696e6765727072696e74223a2264646463633061636339383161323632303434303030643634323438313064326364623939613839333865336338656661353935366638666362313832366330222c2273796e746865746963223a2266616c7365222c226e6f726d616c5f636c617373223a2231222c2273656564223a2231222c2265706f6368223a2233222c22747261696e5f6c6f7373223a22332e32313533343231363537333939303036222c2276616c5f6c6f7373223a22332e32383631373835383838363731383735227d2c22656e636f6465722e726e6e312e7765696768745f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c315d2c22646174615f6f666673657473223a5b302c33325d7d2c22656e636f6465722e726e6e312e7765696768745f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b33322c39365d7d2c22656e636f6465722e726e6e312e626961735f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b39362c3132385d7d2c22656e636f6465722e726e6e312e626961735f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3132382c3136305d7d2c226465636f6465722e726e6e312e7765696768745f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b3136302c3232345d7d2c226465636f6465722e726e6e312e7765696768745f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b3232342c3238385d7d2c226465636f6465722e726e6e312e626961735f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3238382c3332305d7d2c226465636f6465722e726e6e312e626961735f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3332302c3335325d7d2c226465636f6465722e6f75747075745f6c617965722e776569676874223a7b226474797065223a22463332222c227368617065223a5b312c325d2c22646174615f6f666673657473223a5b3335322c3336305d7d2c226465636f6465722e6f75747075745f6c617965722e62696173223a7b226474797065223a22463332222c227368617065223a5b315d2c22646174615f6f666673657473223a5b3336302c3336345d7d7d2039bc913ef9595ebe5a8cb2bd4569c53ef99e24bf8f969f3e15b484be76c0e23e15b5a9bc31f573be5b65913ea997ab3d3c7aa43e649bb9be8e95debc3737cabc1ac61d3e1482993c441c373fffa1913e30e8cbbe698a14bf45e315bd180285bec52cb7bedc06ed3d0594ef3e2d4de53ec27220bfef37093f18b6753dd5903f3f9bceab3e00f90fbf7d3c20bf4b1a8ebe69762f3f19d7a4bcc505293e948680bea2e0103fcc6489be9681c83e5e50873d613104bf4ab21f3f856e05bfd655f23e3bd1a9bea83fe2bc4a540ebf0ac0c6be1b1b7c3e855534bd4e2d113f00d3203f048a663ef68a3bbf642d333f3f0e33bd12be41be76e7473e8bd5343ffdbeb83eb29713be8391c0be1e8e81bee153bc3ed56189be81ce44bf1c84243fecd4d9be1f9acb3e191eec3d6cd3f53ecb35d63e7c22a83eafed8c3e5ff603bf53b5de3e51cde3be94c5eabe30f8943edad0113eb421f93e1e35f8be757bfabe61fa173fae1d35be2b71f43e86e56b3e');
INSERT INTO weights VALUES(4,3,X'88040000000000007b225f5f6d657461646174615f5f223a7b22666f726d6174223a227074222c2270726f6772616d223a22737765657020302e312e30222c2261726368223a2273696e676c65222c22656d62656464696e675f64696d223a2232222c226c6f7373223a226d7365222c226c656e677468223a2238222c2264617461223a2276657273696f6e5f32222c22646174615f66696e6765727072696e74223a2264646463633061636339383161323632303434303030643634323438313064326364623939613839333865336338656661353935366638666362313832366330222c2273796e746865746963223a2266616c7365222c226e6f726d616c5f636c617373223a2231222c2273656564223a2232222c2265706f6368223a2233222c22747261696e5f6c6f7373223a22332e33303534303632343035373933393536222c2276616c5f6c6f7373223a22332e33383232313638333530323139373236227d2c22656e636f6465722e726e6e312e7765696768745f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c315d2c22646174615f6f666673657473223a5b302c33325d7d2c22656e636f6465722e726e6e312e7765696768745f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b33322c39365d7d2c22656e636f6465722e726e6e312e626961735f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b39362c3132385d7d2c22656e636f6465722e726e6e312e626961735f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3132382c3136305d7d2c226465636f6465722e726e6e312e7765696768745f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b3136302c3232345d7d2c226465636f6465722e726e6e312e7765696768745f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b3232342c3238385d7d2c226465636f6465722e726e6e312e626961735f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3238382c3332305d7d2c226465636f6465722e726e6e312e626961735f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3332302c3335325d7d2c226465636f6465722e6f75747075745f6c617965722e776569676874223a7b226474797065223a22463332222c227368617065223a5b312c325d2c22646174615f6f666673657473223a5b3335322c3336305d7d2c226465636f6465722e6f75747075745f6c617965722e62696173223a7b226474797065223a22463332222c227368617065223a5b315d2c22646174615f6f666673657473223a5b3336302c3336345d7d7d20e7ff1d3e1b4f43bec47c803e4bb386bd57a8763ee9f4493e80953cbe68fc1dbf475f7c3e57a21cbfe170283e3265ee3d844311be5478153f6298f53d7830b93eb864963e0677cfbe5aafadbebe2f1e3f3e1a21bff82d80bc3573cc3cf76f143f1cfbb4bda4fafc3dd6be1dbdd4eae9be7e3ad5bea54194bebe9b33bfd70c06bf0fc2143e1730ce3e0aeff73c5426c5bedf14973e66af5ebe3d135dbeaa9de7becfabc7be2ca83fbf26878d3edf9a153e1f3bc5bd65267f3d8dc1fa3e1f67543eb2e5e4bb94488c3d87b2ac3eaa170a3fc42fa83edb6e993eb09336be7e4e11be0bb91d3eb4e00e3e4cf317beddd4413fd7d92a3fb26267bfd9549fbd30b8683f56c56a3f4f4e74bea8fdf53ed43d4ebfb4f9313d8e19f23d34d347bf4acb073f655abbbe42bfba3e4c44893ec2ba64bd42634d3d1ce73bbfc5690dbd6bd8a5beac42333fff935e3dec83d1be0f8116bceed1933e026ec7be8704513d2e84db3e8574f8be2ff1e6be9c06363d');
INSERT INTO weights VALUES(1,4,X'88040000000000007b225f5f6d657461646174615f5f223a7b22666f726d6174223a227074222c2270726f6772616d223a22737765657020302e312e30222c2261726368223a2273696e676c65222c22656d62656464696e675f64696d223a2232222c226c6f7373223a226c31222c226c656e677468223a2238222c2264617461223a2276657273696f6e5f32222c22646174615f66696e6765727072696e74223a2264646463633061636339383161323632303434303030643634323438313064326364623939613839333865336338656661353935366638666362313832366330222c2273796e746865746963223a2266616c7365222c226e6f726d616c5f636c617373223a2231222c2273656564223a2231222c2265706f6368223a2234222c22747261696e5f6c6f7373223a22342e34343633393938343734313830363935222c2276616c5f6c6f7373223a22342e363132303131333834393633393839227d2c22656e636f6465722e726e6e312e7765696768745f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c315d2c22646174615f6f666673657473223a5b302c33325d7d2c22656e636f6465722e726e6e312e7765696768745f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b33322c39365d7d2c22656e636f6465722e726e6e312e626961735f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b39362c3132385d7d2c22656e636f6465722e726e6e312e626961735f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3132382c3136305d7d2c226465636f6465722e726e6e312e7765696768745f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b3136302c3232345d7d2c226465636f6465722e726e6e312e7765696768745f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b3232342c3238385d7d2c226465636f6465722e726e6e312e626961735f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3238382c3332305d7d2c226465636f6465722e726e6e312e626961735f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3332302c3335325d7d2c226465636f6465722e6f75747075745f6c617965722e776569676874223a7b226474797065223a22463332222c227368617065223a5b312c325d2c22646174615f6f666673657473223a5b3335322c3336305d7d2c226465636f6465722e6f75747075745f6c617965722e62696173223a7b226474797065223a22463332222c227368617065223a5b315d2c22646174615f6f666673657473223a5b3336302c3336345d7d7d202020911da93ed8bf8dbe4b7bd3bd6500bc3ea18d21bf46bdc83e921837be2db8ca3edd13863d6db1f5bd9c1c6d3ee2a1943dbf66953e72a788be4b24c5bcade6d3bc65c50b3ef7ac093d3c1c273f4dc3833effeb96be0136ecbe3431aabd7afc88befd7a83be2d06903d6e2ce93efde4d73edf1128bf75b3f23eeeef283e4e0e353f6580df3e18991bbf477023bf7b829bbe4cd7273f7d27a8bd13448a3ea38b95be2de7283f987986be70fafb3e764f433d0488d1be5b56ce3eef1bd5bee622803e73d173be133e28bdcc8f25bfdff3bebe199ab23e34c609be6b962a3f0f231b3f2cfcb53b4b9003bf91c9f13e2b07353ed769d5be7ff5d43e68d3f13ea255153f2f48b7befb0022bec90c53bd5784143e3839ffbe490a0bbf3d8fd93ee76a54be6b0ac33e33a0a13d278f8a3e7cc9493e86bf953e13b8a13eff551ebf92edc93e055decbe0c65fdbeb9cfa63d78a2a1bdbebee63eba6ae3be5a9d17bf80960d3faec20ebe3f4cdf3e5bb9453e');
INSERT INTO weights VALUES(5,1,X'88040000000000007b225f5f6d657461646174615f5f223a7b22666f726d6174223a227074222c2270726f6772616d223a22737765657020302e312e30222c2261726368223a2273696e676c65222c22656d62656464696e675f64696d223a2232222c226c6f7373223a226c31222c226c656e677468223a2238222c2264617461223a2276657273696f6e5f32222c22646174615f66696e6765727072696e74223a2264646463633061636339383161323632303434303030643634323438313064326364623939613839333865336338656661353935366638666362313832366330222c2273796e746865746963223a2266616c7365222c226e6f726d616c5f636c617373223a2231222c2273656564223a2237222c2265706f6368223a2231222c22747261696e5f6c6f7373223a22342e373631303730303737343933373837222c2276616c5f6c6f7373223a22342e363039393836353931333339313131227d2c22656e636f6465722e726e6e312e7765696768745f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c315d2c22646174615f6f666673657473223a5b302c33325d7d2c22656e636f6465722e726e6e312e7765696768745f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b33322c39365d7d2c22656e636f6465722e726e6e312e626961735f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b39362c3132385d7d2c22656e636f6465722e726e6e312e626961735f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3132382c3136305d7d2c226465636f6465722e726e6e312e7765696768745f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b3136302c3232345d7d2c226465636f6465722e726e6e312e7765696768745f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b382c325d2c22646174615f6f666673657473223a5b3232342c3238385d7d2c226465636f6465722e726e6e312e626961735f69685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3238382c3332305d7d2c226465636f6465722e726e6e312e626961735f68685f6c30223a7b226474797065223a22463332222c227368617065223a5b385d2c22646174615f6f666673657473223a5b3332302c3335325d7d2c226465636f6465722e6f75747075745f6c617965722e776569676874223a7b226474797065223a22463332222c227368617065223a5b312c325d2c22646174615f6f666673657473223a5b3335322c3336305d7d2c226465636f6465722e6f75747075745f6c617965722e62696173223a7b226474797065223a22463332222c227368617065223a5b315d2c22646174615f6f666673657473223a5b3336302c3336345d7d7d20202020c6b1413efeed56be0f7b8a3fa2ad063fbc3fecbe3c25c5bcf70d50bf40c21d3e42e047bfdbbc803f6b1aaf3e5fcacf3dc3b741bf06748cbc65cea6beb8dcd9bd878b683de67cd5be3333553f312d0ebfd4e493bc38b5cd3e92ead13d1331f23e7737dbbeab275c3e89426c3e0aec5c3ed8d5963e13882abf001b083dd8c63a3eb7aa8ebe6e2b393eb1681d3d32ee2e3f049b73be7e5903bff8e625bff0defbbe12e1e63edd1a09bf73554fbf0023863fef3d0d3f2055863e82d80ebf56caba3eb5632d3fedb58dbf266f1ebe470dd23db0a13d3fd19309be558f7ebf204aed3ed1f5d0bed1067a3e150d87be6c56383fe5b754bf149fbb3d146bd5be688519bedfa799be79780e3f598a09bf407e37bf9f9b8a3e28c6353ff6e809bf9c8c0e3e994e2b3f2c4050bfeb80b0be0d68673e958a293fff23133ff5e6ce3e4f5a1abf3c12633feb5480bf071dbfbe813510bf3cdf763ea12ab33e339d1a3f102e2ebd8a3e863e88983c3e761d23bd');
CREATE TABLE reconstruction (
    training_id INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    series BLOB NOT NULL CHECK (length(series) % 4 = 0), -- (samples, time): float32 little-endian
    PRIMARY KEY (training_id, epoch),
    FOREIGN KEY (training_id, epoch) REFERENCES epoch
) STRICT;
INSERT INTO reconstruction VALUES(1,2,X'221b403e6652333ee6062c3ed2da273e3677253ef318243e7650233ecadd223e84b4413e15d0353e2aff2e3e1a132b3e16d0283efb81273e3cc1263e1b52263e5164413eea52353eae692e3ecd702a3e3227283ec6d5263e6a13263e87a3253e10a5533e765f523e7cc8513e9e7d513ebe55513e323f513ee131513ec929513e8195533e6e47523e89ab513eb15d513efc33513e4f1c513e4c0e513ec605513e385f533e2deb513ef435513e94d7503e28a3503e8f84503e1572503eae66503e488d4e3e0b2f4a3e38b2473e363c463e0e5c453e23d4443e3381443e6e4e443ec35f4d3e084d483e4f64453eecad433e80a7423eee08423ea6a8413e0d6e413ec2ab4d3e24c8483e3bfc453e5557443e7a5b433e44c3423ecc66423e7b2e423e');
INSERT INTO reconstruction VALUES(2,2,X'742b0bbcc09407bb00403f37c043353a00657e3a40268f3a207a963a00e8993adcf30ebcf08d1cbb80deb8b9800ba0398031163a0098343ac081423a00fd483a1ccc0ebce0e81bbb0022b4b9004ea439c023183a806c363a4043443a40b44a3a84c049bc305cecbb88d9bcbbd891b0bbc860acbbf0d3aabba830aabb40eaa9bbb87c49bcc0d6ebbb0868bcbb4033b0bbc810acbb208daabb70efa9bb78aca9bb74ec4bbcb858f2bb78b3c3bbd8e1b7bb08f1b3bb8886b2bba8f5b1bbd0b8b1bb440a27bcb02e8fbb609328bbc0e904bba0f7edba403fe2ba60f6dcbaa083daba7c2322bca0b881bba0030abbc002c9ba803fabba408d9eba60c698bae01496ba60cc22bcf08983bb40250ebba0c7d1ba8047b4bac0b8a7ba8002a2ba00599fba');
INSERT INTO reconstruction VALUES(1,3,X'c838323e13ef213e567b183e1e01133e41d50f3eb2ff0d3e70f00c3ee8530c3eb1d8333e5076243ee37c1b3ed040163e4633133ec86b113e9462103e54c80f3e8087333ec6f7233e37e61a3ec89d153e268a123eccbf103e56b50f3e981a0f3e9fbf463e1394423efc20403e02a43e3ef0b63d3e3c213d3eebc13c3ef5843c3eaaa7463e9a6e423eabf33f3e14723e3e4b823d3e04eb3c3ecc8a3c3e554d3c3ec668463e3c02423e1c683f3ea5d13d3e07d43c3e9f333c3e64cd3b3ef98b3b3e9942413e4fc0393eb245353eaa8d323e80e2303ed2da2f3e9d372f3e7ed22e3e7c04403e98c3373e08d8323eb4dd2f3e050c2e3e34ee2c3e6a3e2c3e3cd22b3e5157403e444a383e777e333e5997303e30d12e3e3aba2d3e810e2d3eb8a42c3e');
INSERT INTO reconstruction VALUES(2,3,X'803b0e3a441e013cac3e283c0412353c9c303a3cd0563c3cb4483d3ce0b43d3c0067a039c08ff73b0c32223c04aa2e3c089a333cc4a8353cd08e363c08f5363c001ba53938dcf73bc854223cc4c82e3cdcb5333ca0c2353c94a7363c140d373c00f15abbf0a52f3bf0bb913b8892a13b28f5a63bc0dca83ba892a93b00d7a93b20f359bb4097303ba81f923b70e2a13b8036a73bd814a93b08c5a93bf805aa3b60fc63bb0043233b38ac8a3b680c9a3be02e9f3b28f4a03be097a13b88d2a13ba0dc99ba6897b63ba0c8fb3bd88c083c589c0c3cb43e0e3c80f00e3cb43d0f3c002963ba3055c43b34aa053c58c7103cec12153cf0d3163c7095173c80ea173cc06c6eba4868c23b3893043cd09f0f3cc0e2133ca09f153cc85e163cb8b2163c');
INSERT INTO reconstruction VALUES(3,2,X'6707f53dd4c2923dac31183da0b4523c007884bb50cd80bc18adc2bc90eeefbc8b32f73d7725963dc407203df0fe723c00ec0abbb0a063bce88bb4bc289ee2bc66d3f63dd390953d78af1e3d90736d3c808f20bb40c668bc90f8b6bc98e6e4bcee6d0a3e6ee8c53db419893d54f1353dc058e13c3025743ce0dbb53b00c4b2babe1c0a3e64d5c43d8bbf873dacec323d1003db3c204b673ca0459c3b40d10bbb609d093e06eec23d8115853d30642c3d2818cc3c10a8463c40932d3b208d8ebbb471063eb582b93d92ac753d50fb183d3857aa3c30a80f3c00209b38e0e8cabb9788053e5a9eb63d88db6e3d80db113d60529c3c00dee93b80e5bebaa0b0f9bbe6c9053e787cb73d700c713d3850143d3082a13ca015ff3b003153ba0073e4bb');
INSERT INTO reconstruction VALUES(4,2,X'0569a23da57d8e3dda18713d54eb4e3ddaff373d703c293d10ea1f3d70141a3dcaf1a13d6af78d3d14f46f3db2b34d3d1eb9363d52ea273dc48f1e3d6ab4183ddfeca13d9ef08d3ddee46f3d96a34d3d88a8363d74d9273db67e1e3d3ca3183d1def9b3db980873d480e623d9afa3e3d2c4b273deeef173d842e0e3db80a083df4ec9b3dd47a873d2c00623dd8eb3e3d783c273d86e1173d58200e3dc4fc073df2b19b3da33c873dc87b613d66603e3dd0aa263de04a173d0e860d3dde5f073d166e9f3df83c8b3d900e6a3d506f473db224303d3e18213db890173dd295113d5ffe9f3d2ddd8b3d80696b3d08df483d60a5313dbea5223d8e27193d3633133dc1ef9f3dd4cc8b3d08466b3d74b9483d067e313d1e7d223d00fe183dfc08133d');
INSERT INTO reconstruction VALUES(3,3,X'6ebd2b3e7900ea3d06c18f3d10cb0e3de0bfe93b20536abc1096fbbc78f130bd52d02c3e7299ed3d5c29943d9837183de03d1a3c00eb46bce042ebbc488829bd05952c3e1eccec3dae24933d48f4153d90e2103ca03150bcf0bfefbc58ad2bbd684d3a3ee9fb0d3eb2a9ce3dba938c3d48252a3da8919c3c0060493aa02467bc02e4393e5e3a0d3ec09dcc3d88268a3d08cf243dd85e913c004423baf0e07dbc6066393e483e0c3ebebac93d0278863dd4231c3d70f57b3cc07650bb500f95bce062373e5441093e0882c33d8c44813df470153d1099733c80e622bb389b85bcb091363ed0de073ef60fc03d780f7b3d4cf50d3d402c573c207c85bb283391bc23de363e0c6b083eb68ac13ddc8f7e3d9cce113dd059673c00df48bbd0e888bc');
INSERT INTO reconstruction VALUES(4,3,X'5475dd3dad3da13df08d523ddc0dfb3ce0c8843c302bd13b00298eb990db9cbbf205dd3dccdda03dc2d7513d549af93cec3f833c30a5ca3b0012fcb9e002a4bb86fedc3d93d5a03d6cc7513dfc79f93c781f833c7022ca3b802e02ba8089a4bb2203d83d52039d3da0e44a3d2498eb3c1092683ca0318a3b20d728bb1024ecbb62fdd73ddaf89c3d30ce4a3d146deb3c9041683c209b893b40f429bb70adecbb59d3d73d3cda9c3d5c994a3d0405eb3ca864673cd0be873be0ed2dbb60c5eebbe0c9da3d6b1d9f3d82a04e3d500bf33c986a783cd045ac3bc077c0baf0ffc5bb4749db3d4a889f3dfa664f3dd499f43c38af7b3c7031b33b805aa3ba206bbebbb43fdb3dba7f9f3dd2564f3d6879f43c406c7b3c20a5b23bc0a2a5ba5002bfbb');
INSERT INTO reconstruction VALUES(1,4,X'd5db233ed88b0f3e1a8f033e5809f93db5c9f03d48f7eb3de826e93d2083e73db280253eb919123ec495063e008dff3d9c83f73db8c7f23dfafeef3d675cee3ddb2e253e739a113ed6fe053ed247fe3da833f63d3c73f13deca8ee3d1106ed3d8b62393e7ecb313ea3152d3e4e1b2a3e4d33283eb3f8263e2a2d263e47a9253ebd3f393e5e94313e9ed22c3e5ad1293e5fe5273e8ca8263ecedb253e4e57253eadf7383e7316313ebc2e2c3e7413293edf15273e33cd253e84f8243eb36e243e3479333eb249283e846a213e4d271d3e7a7e1a3e94d4183eeec9173e0223173e5c2a323e3c32263e8cdd1e3ed2561a3efe87173e2cc9153e50b3143e9606143eb084323ea3c5263ef4931f3e4a221b3efa5f183e83a8163ef096153eb0ec143e');
INSERT INTO reconstruction VALUES(5,1,X'09d6b13dd3b7d53d039cd83dcda8d83da19bd83d6996d83db994d83d2f94d83d7bf1b13d4bc4d53d87a5d83d1bb2d83df5a4d83dc39fd83d159ed83d8b9dd83d9bdfb13d31b1d53d0b92d83d839ed83d5791d83d298cd83d7b8ad83df189d83de16db23d2f80d53d293bd83d3b44d83d6337d83d7332d83ddf30d83d5d30d83dd9f7b23d7f25d63d09e7d83d31f1d83d77e4d83d8bdfd83df3ddd83d73ddd83dcd3bb33d9568d63d852ad93df334d93d4f28d93d6523d93dd121d93d4d21d93dbf06b13d9164d43df72bd73d1b35d73dd327d73db922d73d0f21d73d8920d73d0fafb03deb14d43d55ddd63d4fe6d63df3d8d63dcdd3d63d21d2d63d9dd1d63d11e4b03d274ad43df912d73d291cd73dd10ed73db509d73d0708d73d8307d73d');
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
COMMIT;
