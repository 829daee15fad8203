-- The state as version 3 of its tables wrote it.
PRAGMA application_id = 1734441580;
PRAGMA user_version = 3;
BEGIN TRANSACTION;
CREATE TABLE begun (
            watch INTEGER NOT NULL REFERENCES watch,
            stream INTEGER NOT NULL REFERENCES stream, above TEXT NOT NULL DEFAULT '',
            PRIMARY KEY (watch, stream)
        ) WITHOUT ROWID;
INSERT INTO "begun" VALUES(1,1,'');
INSERT INTO "begun" VALUES(2,1,'99');
INSERT INTO "begun" VALUES(3,2,'');
CREATE TABLE delivery (
            id INTEGER PRIMARY KEY,
            event INTEGER NOT NULL REFERENCES event ON DELETE CASCADE,
            target TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('pending', 'done', 'given-up')),
            tries INTEGER NOT NULL,
            due_at INTEGER NOT NULL,
            settled_at INTEGER,
            error TEXT NOT NULL,
            UNIQUE (event, target)
        );
INSERT INTO "delivery" VALUES(1,1,'phone','pending',1,1772366460000000,NULL,'503');
INSERT INTO "delivery" VALUES(2,1,'feed','done',0,0,1772366400000000,'');
INSERT INTO "delivery" VALUES(3,2,'phone','pending',0,0,NULL,'');
CREATE TABLE event (
            id INTEGER PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,
            at INTEGER NOT NULL,
            body TEXT NOT NULL
        );
INSERT INTO "event" VALUES(1,'yeast:new:128',1772366400000000,'{"key":"yeast:new:128","kind":"new","watch":"yeast","at":1772366400000000,"title":"Reads 128","items":[{"id":"128","kind":"torrent","title":"Reads 128","url":"https://biotorrents.de/torrents.php?id=1","time":1772366400000000,"group":"12","fields":{"license":"CC0","seeders":3,"format":null,"authors":["Sanger","Pasteur"]},"tags":["yeast","dna"],"size":7600000000}],"why":["yeast","CC0"]}');
INSERT INTO "event" VALUES(2,'yeast:new:129',1772366460000000,'{"key":"yeast:new:129","kind":"new","watch":"yeast","at":1772366460000000,"title":"Reads 129","items":[{"id":"129","kind":"torrent","title":"Reads 129","url":"https://biotorrents.de/torrents.php?id=1","time":1772366400000000,"group":"12","fields":{"license":"CC0","seeders":3,"format":null,"authors":["Sanger","Pasteur"]},"tags":["yeast","dna"],"size":7600000000}],"why":["yeast"]}');
CREATE TABLE gap (
            stream INTEGER NOT NULL REFERENCES stream,
            low TEXT NOT NULL,
            high TEXT NOT NULL,
            PRIMARY KEY (stream, low, high)
        ) WITHOUT ROWID;
INSERT INTO "gap" VALUES(1,'40','60');
CREATE TABLE hole (
            stream INTEGER NOT NULL REFERENCES stream,
            low INTEGER NOT NULL,
            high INTEGER NOT NULL,
            PRIMARY KEY (stream, low)
        ) WITHOUT ROWID;
INSERT INTO "hole" VALUES(1,61,80);
INSERT INTO "hole" VALUES(1,90,95);
CREATE TABLE item (
            id INTEGER PRIMARY KEY,
            stream INTEGER NOT NULL REFERENCES stream,
            name TEXT NOT NULL,
            at INTEGER NOT NULL,
            body TEXT NOT NULL,
            UNIQUE (name, stream)
        );
INSERT INTO "item" VALUES(1,1,'128',1772366400000000,'{"kind":"torrent","title":"Reads 128","url":"https://biotorrents.de/torrents.php?id=1","time":1772366400000000,"group":"12","fields":{"license":"CC0","seeders":3,"format":null,"authors":["Sanger","Pasteur"]},"tags":["yeast","dna"],"size":7600000000}');
INSERT INTO "item" VALUES(2,1,'129',1772366400000000,'{"kind":"torrent","title":"Reads 129","url":"https://biotorrents.de/torrents.php?id=1","time":1772366400000000,"group":"12","fields":{"license":"CC0","seeders":3,"format":null,"authors":["Sanger","Pasteur"]},"tags":["yeast","dna"],"size":7600000000}');
CREATE TABLE known (
            stream INTEGER NOT NULL REFERENCES stream,
            item TEXT NOT NULL,
            PRIMARY KEY (stream, item)
        ) WITHOUT ROWID;
INSERT INTO "known" VALUES(1,'120');
INSERT INTO "known" VALUES(1,'121');
INSERT INTO "known" VALUES(1,'122');
INSERT INTO "known" VALUES(1,'123');
INSERT INTO "known" VALUES(1,'124');
INSERT INTO "known" VALUES(1,'125');
INSERT INTO "known" VALUES(1,'126');
INSERT INTO "known" VALUES(1,'127');
INSERT INTO "known" VALUES(1,'128');
INSERT INTO "known" VALUES(1,'129');
INSERT INTO "known" VALUES(2,'7:2026-03-01 12:00:00');
CREATE TABLE kv (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO "kv" VALUES('salt','6f1c');
CREATE TABLE mark (
            watch INTEGER NOT NULL REFERENCES watch,
            thing TEXT NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (watch, thing)
        ) WITHOUT ROWID;
INSERT INTO "mark" VALUES(3,'7','{"raised":true}');
INSERT INTO "mark" VALUES(3,'8:2026-03-01 12:00:00','{"fields":{"unread":true}}');
CREATE TABLE rule (
            id INTEGER PRIMARY KEY,
            watch INTEGER NOT NULL REFERENCES watch,
            since INTEGER NOT NULL,
            body TEXT NOT NULL
        );
INSERT INTO "rule" VALUES(1,1,1772366400000000,'{}');
INSERT INTO "rule" VALUES(2,2,1772366400000000,'{}');
INSERT INTO "rule" VALUES(3,1,1772452800000000,'{"tags":["yeast"]}');
CREATE TABLE run (job TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO "run" VALUES('browse group_results=0',1772366400000000);
CREATE TABLE stream (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            watermark TEXT NOT NULL,
            floor TEXT NOT NULL
        , used INTEGER);
INSERT INTO "stream" VALUES(1,'browse group_results=0','129','100',1772366400000000);
INSERT INTO "stream" VALUES(2,'inbox','1772366400','',1772366400000000);
CREATE TABLE watch (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, used INTEGER);
INSERT INTO "watch" VALUES(1,'yeast',1772366400000000);
INSERT INTO "watch" VALUES(2,'mice',1772366400000000);
INSERT INTO "watch" VALUES(3,'inbox',NULL);
CREATE INDEX pending ON delivery (target, id) WHERE state = 'pending';
CREATE INDEX item_at ON item (at, stream);
CREATE INDEX rule_of ON rule (watch);
COMMIT;
