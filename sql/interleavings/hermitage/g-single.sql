-- about: read skew: two rows are read while another writes both
-- expect: serialisable 4
-- check: SELECT id, value FROM test ORDER BY id
CREATE TABLE test (id int PRIMARY KEY, value int);
INSERT INTO test VALUES (1, 10), (2, 20);
BEGIN; -- T1
BEGIN; -- T2
SELECT id, value FROM test WHERE id = 1; -- T1
SELECT id, value FROM test WHERE id = 1; -- T2
SELECT id, value FROM test WHERE id = 2; -- T2
UPDATE test SET value = 12 WHERE id = 1; -- T2
UPDATE test SET value = 18 WHERE id = 2; -- T2
COMMIT; -- T2
SELECT id, value FROM test WHERE id = 2; -- T1
COMMIT; -- T1
