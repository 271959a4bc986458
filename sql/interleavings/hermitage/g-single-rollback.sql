-- about: read skew with a write that is rolled back
-- expect: serialisable 4
-- check: SELECT id, value FROM test ORDER BY id
CREATE TABLE test (id int PRIMARY KEY, value int);
INSERT INTO test VALUES (1, 10), (2, 20);
BEGIN; -- T1
BEGIN; -- T2
SELECT id, value FROM test WHERE id = 1; -- T1
UPDATE test SET value = 12 WHERE id = 1; -- T2
DELETE FROM test WHERE value = 20; -- T1
UPDATE test SET value = 18 WHERE id = 2; -- T2
ROLLBACK; -- T1
COMMIT; -- T2
