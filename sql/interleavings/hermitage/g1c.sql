-- about: circular information flow: each reads what the other writes, as write skew
-- expect: serialisable 2, anomaly 2
-- check: SELECT id, value FROM test ORDER BY id
CREATE TABLE test (id int PRIMARY KEY, value int);
INSERT INTO test VALUES (1, 10), (2, 20);
BEGIN; -- T1
BEGIN; -- T2
UPDATE test SET value = 11 WHERE id = 1; -- T1
UPDATE test SET value = 22 WHERE id = 2; -- T2
SELECT id, value FROM test WHERE id = 2; -- T1
SELECT id, value FROM test WHERE id = 1; -- T2
COMMIT; -- T1
COMMIT; -- T2
