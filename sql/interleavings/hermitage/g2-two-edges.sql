-- about: anti-dependency cycle of three with two edges
-- expect: none-lost, serialisable 34, anomaly 2
-- check: SELECT id, value FROM test ORDER BY id
CREATE TABLE test (id int PRIMARY KEY, value int);
INSERT INTO test VALUES (1, 10), (2, 20);
BEGIN; -- T1
BEGIN; -- T2
BEGIN; -- T3
SELECT id, value FROM test ORDER BY id; -- T1
UPDATE test SET value = value + 5 WHERE id = 2; -- T2
COMMIT; -- T2
SELECT id, value FROM test ORDER BY id; -- T3
COMMIT; -- T3
UPDATE test SET value = 0 WHERE id = 1; -- T1
COMMIT; -- T1
