PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE run (
    id integer primary key,
    ended_s real not null,
    pane text not null,
    region text not null,
    user text not null,
    sql text not null,
    is_whole integer not null,
    duration_s real not null,
    outcome text not null,
    is_failed integer not null
);
INSERT INTO run VALUES(1,1796000598.0281198024,'A','us-east-1','admin','nn',1,0.051100015640258789062,'42601 syntax error at or near "nn"',1);
COMMIT;
PRAGMA user_version = 1;
