-- about: intermediate reads: only the last version of a row is seen
-- expect: serialisable 4
-- check: SELECT id, value FROM test ORDER BY id
CREATE TABLE test (id int PRIMARY KEY, value int);
INSERT INTO test VALUES (1, 10), (2, 20);
BEGIN; -- T1
BEGIN; -- T2
UPDATE test SET value = 101 WHERE id = 1; -- T1
SELECT id, value FROM test ORDER BY id; -- T2
UPDATE test SET value = 11 WHERE id = 1; -- T1
COMMIT; -- T1
SELECT id, value FROM test ORDER BY id; -- T2
COMMIT; -- T2
