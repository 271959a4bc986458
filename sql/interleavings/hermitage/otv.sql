-- about: observed transaction vanishes: a third reads while two write
-- expect: no-anomaly, serialisable 18, loses 18
-- check: SELECT id, value FROM test ORDER BY id
CREATE TABLE test (id int PRIMARY KEY, value int);
INSERT INTO test VALUES (1, 10), (2, 20);
BEGIN; -- T1
BEGIN; -- T2
BEGIN; -- T3
UPDATE test SET value = 11 WHERE id = 1; -- T1
UPDATE test SET value = 19 WHERE id = 2; -- T1
UPDATE test SET value = 12 WHERE id = 1; -- T2
COMMIT; -- T1
SELECT id, value FROM test WHERE id = 1; -- T3
UPDATE test SET value = 18 WHERE id = 2; -- T2
SELECT id, value FROM test WHERE id = 2; -- T3
COMMIT; -- T2
SELECT id, value FROM test ORDER BY id; -- T3
COMMIT; -- T3
