-- about: write skew on a predicate: both look for rows that are not there, each inserts one
-- expect: serialisable 2, anomaly 2
-- check: SELECT id, value FROM test ORDER BY id
CREATE TABLE test (id int PRIMARY KEY, value int);
INSERT INTO test VALUES (1, 10), (2, 20);
BEGIN; -- T1
BEGIN; -- T2
SELECT id, value FROM test WHERE value % 3 = 0; -- T1
SELECT id, value FROM test WHERE value % 3 = 0; -- T2
INSERT INTO test VALUES (3, 30); -- T1
INSERT INTO test VALUES (4, 42); -- T2
COMMIT; -- T1
COMMIT; -- T2
