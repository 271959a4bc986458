-- No sequence of the simulator's is used in a client's session: lastval() would tell of it.
ALTER TABLE pg_dsqltui.jobs ALTER COLUMN number DROP IDENTITY,
  ALTER COLUMN number SET DEFAULT pg_catalog.date_part('epoch', clock_timestamp()) * 1000000;
DROP SEQUENCE pg_dsqltui.iam_oids;
