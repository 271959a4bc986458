-- about: aborted reads: what is rolled back is never seen
-- expect: serialisable 4
-- check: SELECT id, value FROM test ORDER BY id
CREATE TABLE test (id int PRIMARY KEY, value int);
INSERT INTO test VALUES (1, 10), (2, 20);
BEGIN; -- T1
BEGIN; -- T2
UPDATE test SET value = 101 WHERE id = 1; -- T1
SELECT id, value FROM test ORDER BY id; -- T2
ROLLBACK; -- T1
SELECT id, value FROM test ORDER BY id; -- T2
COMMIT; -- T2
