-- Request key: a write that may be sent twice and is done once
-- once: create table requests (id uuid primary key, at timestamptz not null default now());
begin;
-- A key of your own for each order, transfer, ... made before the first attempt and kept for the next one.
-- A second attempt of a transaction that was committed meets 23505 here: it is done, roll back.
insert into requests (id) values ('00000000-0000-0000-0000-000000000000');
-- what the request is to do, in the same transaction:
update accounts set balance = balance - 100 where id = 1;
commit;
-- After a COMMIT without an answer: select 1 from requests where id = '...'; a row says that it was committed.
