-- about: read skew by predicates
-- expect: serialisable 4
-- check: SELECT id, value FROM test ORDER BY id
CREATE TABLE test (id int PRIMARY KEY, value int);
INSERT INTO test VALUES (1, 10), (2, 20);
BEGIN; -- T1
BEGIN; -- T2
SELECT id, value FROM test WHERE value % 5 = 0 ORDER BY id; -- T1
UPDATE test SET value = 12 WHERE value = 10; -- T2
COMMIT; -- T2
SELECT id, value FROM test WHERE value % 3 = 0; -- T1
COMMIT; -- T1
