-- about: predicate-many-preceders with a write: who deletes by a value that another changes
-- expect: serialisable 2, loses 2
-- check: SELECT id, value FROM test ORDER BY id
CREATE TABLE test (id int PRIMARY KEY, value int);
INSERT INTO test VALUES (1, 10), (2, 20);
BEGIN; -- T1
BEGIN; -- T2
UPDATE test SET value = value + 10; -- T1
DELETE FROM test WHERE value = 20; -- T2
COMMIT; -- T1
COMMIT; -- T2
