"""More ways out of the simulator that were tried, by what carries the code: casts, operators, aggregates, functions that run a
query given as text, foreign data, replication, prepared statements and cursors, privileges, settings.

The same words stand for the same things as in `attacks`.
"""

from support.servers.attacks import Attack, Kind

_LOOT = "insert into {me}.loot select current_user, session_user"
_PROGRAM = "copy (select 1) to program ''touch {canary}''"
WHO = "select session_user, current_user"


def _function(name: str, arguments: str, result: str, body: str, more: str = "") -> str:
    return f"create or replace function {{me}}.{name}({arguments}) returns {result} language sql {more} as '{body}'"


def _copying() -> list[Attack]:
    kind = Kind.PROGRAM
    return [
        Attack(
            kind,
            "the word program in other dress",
            (
                "copy {me}.loot from program E'touch {canary}'",
                "copy {me}.loot from program $$touch {canary}$$",
                "copy {me}.loot from program U&'touch {canary}'",
                "copy {me}.loot from pro/**/gram 'touch {canary}'",
                "copy/**/{me}.loot/**/from/**/program/**/'touch {canary}'",
                "copy binary {me}.loot from program 'touch {canary}'",
                "copy {me}.loot (a) from program 'touch {canary}' with (format csv) where true",
                "copy (table {me}.loot) to program 'touch {canary}' (format binary)",
                "copy (insert into {me}.loot values (null) returning a) to program 'touch {canary}'",
            ),
        ),
        Attack(
            kind,
            "behind another statement",
            (
                "select 1; copy (select 1) to program 'touch {canary}'",
                "select ';'; copy {me}.loot from program 'touch {canary}'; commit",
                "explain analyze copy (select 1) to program 'touch {canary}'",
                "begin; copy (select 1) to program 'touch {canary}'; commit",
                "select ''; copy (select 1) to program ''touch {canary}''; --'",
                "select E'\\'; copy (select 1) to program 'touch {canary}'; --'",
            ),
        ),
        Attack(
            kind,
            "a procedure",
            (
                f"create procedure {{me}}.p() language sql as '{_PROGRAM}'",
                "call {me}.p()",
                f"create procedure {{me}}.q() language sql begin atomic {_LOOT}; end",
                "call {me}.q()",
                "do language sql 'select 1'",
            ),
        ),
        Attack(
            kind,
            "files by the server's other readers",
            (
                "select pg_read_file('{secret}', 0, 100, true)",
                "select pg_ls_dir('.', true, true)",
                "select * from pg_ls_tmpdir()",
                "select * from pg_ls_waldir()",
                "select pg_current_logfile()",
                "select * from pg_read_server_files",
                "select pg_catalog.pg_file_write('{canary}', 'x', false)",
                "create text search dictionary {me}.d (template = ispell, dictfile = '../../../../{secret}', afffile = 'x')",
                "create text search dictionary {me}.d2 (template = synonym, synonyms = '/{secret}')",
                "create text search dictionary {me}.d3 (template = thesaurus, dictfile = '{secret}', dictionary = simple)",
                "create tablespace evil location '/tmp'",
                "select pg_import_system_collations('pg_catalog')",
            ),
        ),
    ]


def _carriers() -> list[Attack]:
    casting = Kind.CASTS
    return [
        Attack(
            casting,
            "a cast with a function",
            (
                "create domain {me}.dom as text",
                _function("as_int", "{me}.dom", "int", f"{_LOOT}; select 1"),
                "create cast ({me}.dom as int) with function {me}.as_int({me}.dom) as implicit",
                "create cast (int as text) with function {me}.as_int({me}.dom) as implicit",
                "create cast (text as oid) without function",
                "create cast (bytea as internal) without function as implicit",
                "update victim.accounts set v = v + 1 where id = 1",
                "create table {me}.cc (id int primary key, d {me}.dom)",
                "create index async on {me}.cc (id)",
                "select pg_sleep(0.1)",
            ),
        ),
        Attack(
            casting,
            "a type of one's own",
            (
                "create type {me}.shell",
                "create function {me}.in_f(cstring) returns {me}.shell language internal as 'textin'",
                "create type {me}.base (input = textin, output = textout, like = text)",
                "create type {me}.rng as range (subtype = int, subtype_diff = int4mi)",
                "create type {me}.comp as (a int, b text)",
            ),
        ),
        Attack(
            casting,
            "operators of every name that our statements use",
            (
                *tuple(
                    statement
                    for number, (symbol, left, right) in enumerate(
                        (
                            ("=", "oid", "oid"),
                            ("=", "text", "text"),
                            ("=", "name", "name"),
                            ("<>", "oid", "oid"),
                            (">", "oid", "oid"),
                            ("||", "text", "text"),
                            ("~~", "text", "text"),
                        )
                    )
                    for statement in (
                        _function(f"op{number}", f"{left}, {right}", "boolean", f"{_LOOT}; select true"),
                        f"create operator {{me}}.{symbol} (leftarg = {left}, rightarg = {right}, function = {{me}}.op{number})",
                    )
                ),
                "create table {me}.oo (id int primary key, v int)",
                "create index async on {me}.oo (v)",
                "insert into {me}.oo values (1, 1)",
                "update victim.accounts set v = v + 1 where id operator(pg_catalog.=) 2",
                "select * from sys.jobs",
                "alter table {me}.oo add column w int",
                "drop table {me}.oo",
                "set search_path to {me}",
            ),
        ),
        Attack(
            casting,
            "aggregates and operator classes",
            (
                _function("sf", "int, int", "int", f"{_LOOT}; select 1"),
                "create aggregate {me}.count(int) (sfunc = {me}.sf, stype = int, initcond = '0')",
                "create aggregate {me}.evil(int) (sfunc = int8_avg_accum, stype = internal)",
                "create operator class {me}.oc default for type int using btree as function 1 {me}.sf(int, int)",
                "create operator family {me}.of using btree",
                "alter operator family integer_ops using btree add function 1 (int, text) {me}.sf(int, int)",
                "select {me}.count(1)",
                "create table {me}.ag (id int primary key)",
                "insert into {me}.ag values (1)",
            ),
        ),
        Attack(
            casting,
            "support functions and planner hints",
            (
                _function("sup", "int", "boolean", "select true", "immutable support pg_catalog.textlike_support"),
                "create function {me}.leak(int) returns boolean language sql leakproof as 'select true'",
                "alter function {me}.sup(int) leakproof",
                "alter function {me}.sup(int) support textlike_support",
                "alter function {me}.sup(int) set session_preload_libraries = 'x'",
                "alter function {me}.sup(int) set role = 'postgres'",
                "alter function {me}.sup(int) set session_authorization = 'postgres'",
                "select {me}.sup(1)",
                WHO,
            ),
        ),
        Attack(
            casting,
            "conversions and collations",
            (
                "create conversion {me}.c for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8",
                "create default conversion {me}.c2 for 'UTF8' to 'LATIN1' from int4pl",
                "select utf8_to_iso8859_1(6, 8, 'x'::cstring, null, 1000000, false)",
                "create collation {me}.k (provider = icu, locale = '../../../../{secret}')",
                "select int4in(null)",
                "select textout('x')::text",
            ),
        ),
    ]


def _text_runners() -> list[Attack]:
    k = Kind.RUNS_TEXT
    return [
        Attack(
            k,
            "functions that run a query",
            tuple(
                f"select {call}"
                for call in (
                    "query_to_xml('copy (select 1) to program ''touch {canary}''', true, true, '')",
                    "query_to_xml_and_xmlschema('select * from victim.private', true, true, '')",
                    "query_to_xmlschema('reset session authorization', true, true, '')",
                    "table_to_xml('victim.private', true, true, '')",
                    "schema_to_xml('victim', true, true, '')",
                    "cursor_to_xml('c', 10, true, true, '')",
                    "ts_stat('select to_tsvector(what) from victim.private')",
                    "ts_rewrite('a'::tsquery, 'select ''a''::tsquery, ''b''::tsquery from victim.private')",
                    "pg_get_viewdef('pg_shadow'::regclass)",
                )
            ),
        ),
        Attack(
            k,
            "a statement seen by its own functions",
            (
                _function(
                    "spy", "int", "boolean", "insert into {me}.loot select current_user, session_user; select true"
                ),
                "create table {me}.sp (id int primary key, q text default current_query(), check ({me}.spy(id)))",
                "insert into {me}.sp (id) values (1)",
                "begin",
                "insert into {me}.sp (id) values (2)",
                "{other: update victim.accounts set v = v + 1 where id = 4}",
                "select q from {me}.sp where q like '%as\\_1%' or q ~ '[0-9a-f]{64}'",
                "select query from pg_stat_activity",
                "select statement from pg_prepared_statements",
                "select statement from pg_cursors",
                "select ident from pg_backend_memory_contexts",
                "select pg_stat_get_backend_activity(n) from generate_series(1, 20) n",
                "commit",
            ),
        ),
        Attack(
            k,
            "prepared statements and cursors",
            (
                "prepare p as select pg_read_file('{secret}')",
                "execute p",
                "declare c cursor with hold for select pg_read_file('{secret}')",
                "fetch all c",
                "create table {me}.ctas as select pg_read_file('{secret}')",
                "create materialized view {me}.mv as select pg_read_file('{secret}')",
                "refresh materialized view {me}.mv",
                "select * into {me}.into_t from victim.private",
                "explain (analyze) execute p",
                _function("pf", "", "int", "prepare p2 as select 1; execute p2; select 1"),
                "select {me}.pf()",
                "deallocate prepare all",
                "close all",
            ),
        ),
    ]


def _outside() -> list[Attack]:
    k = Kind.OUTSIDE
    return [
        Attack(
            k,
            "foreign data",
            (
                "create extension dblink",
                "create extension postgres_fdw",
                "create extension file_fdw",
                "create extension adminpack",
                "create server s foreign data wrapper postgres_fdw",
                "create foreign data wrapper w handler plpgsql_call_handler",
                "create foreign data wrapper w2",
                "create server s2 foreign data wrapper w2",
                "create foreign table {me}.ft (a text) server s2 options (program 'touch {canary}')",
                "select dblink_connect('host=127.0.0.1')",
                "select * from postgres_fdw_get_connections()",
                _function("ex", "", "int", "create extension file_fdw; select 1"),
                "select {me}.ex()",
            ),
        ),
        Attack(
            k,
            "replication",
            (
                "create publication p for all tables",
                "create publication p2 for table {me}.loot",
                "create subscription s connection 'host=127.0.0.1 user=postgres' publication p",
                "create subscription s2 connection 'host=127.0.0.1' publication p with (connect = false)",
                "select pg_create_physical_replication_slot('x') is not null as made",
                "select pg_create_logical_replication_slot('x', 'pgoutput') is not null as made",
                "select * from pg_logical_slot_get_changes('x', null, null)",
                "select pg_backup_start('x')",
                "select pg_promote()",
                "select pg_wal_replay_pause()",
                "select pg_replication_origin_create('x') is not null as made",
                "select pg_create_restore_point('x') is not null as made",
            ),
        ),
        Attack(
            k,
            "event triggers and rules",
            (
                "create event trigger e on ddl_command_start execute function {me}.f()",
                "create function {me}.et() returns event_trigger language sql as 'select 1'",
                "create function {me}.tr() returns trigger language sql as 'select 1'",
                "create constraint trigger ct after insert on {me}.loot for each row execute function tsvector_update_trigger()",
                "create trigger tt before insert on {me}.loot for each row execute function lo_manage()",
                "create trigger uu instead of insert on {me}.loot for each row execute function unique_key_recheck()",
                'create or replace rule "_RETURN" as on select to {me}.loot do instead select * from victim.private',
                "create rule rr as on select to victim.accounts do also notify x",
                "alter table {me}.loot replica identity full",
                "alter table {me}.loot force row level security",
                "alter table {me}.loot enable always trigger all",
                "security label on table {me}.loot is 'x'",
            ),
        ),
    ]


def _privileges() -> list[Attack]:
    k = Kind.ROLES
    return [
        Attack(
            k,
            "default privileges for others",
            (
                "alter default privileges in schema pg_dsqltui_act grant execute on functions to {role}",
                "alter default privileges for role dsqltui_keeper grant all on tables to {role}",
                "alter default privileges for role admin grant select on tables to public",
                "alter default privileges grant all on schemas to public",
                "select * from victim.private",
            ),
        ),
        Attack(
            k,
            "becoming another in other words",
            (
                "set session authorization admin",
                "set local session authorization postgres",
                "set session session authorization 'postgres'",
                "set role to dsqltui_keeper",
                "set local role postgres",
                "set session role postgres",
                "set role none",
                "select set_config('ROLE', 'postgres', true)",
                'set "role" = postgres',
                "set \"session_authorization\" = 'postgres'",
                "set is_superuser = on",
                "select set_config('is_superuser', 'on', false)",
                "update pg_settings set setting = 'postgres' where name = 'role'",
                "update pg_catalog.pg_settings set setting = 'postgres' where name in ('role', 'session_authorization')",
                WHO,
            ),
        ),
        Attack(
            k,
            "settings of a role, a database, a function",
            (
                "alter role {role} set search_path = {me}",
                "alter role all set session_preload_libraries = 'x'",
                "alter role {role} in database postgres set role = postgres",
                "alter user {role} set local_preload_libraries = 'x'",
                "create function {me}.g() returns text language sql set role = postgres as 'select current_user::text'",
                "create function {me}.h() returns text language sql set session_authorization = postgres as 'select current_user::text'",
                "select {me}.g(), {me}.h()",
                "alter role {role} reset all",
                "set local_preload_libraries = 'x'",
                "set dynamic_library_path = '/tmp'",
                "set log_directory = '/tmp'",
                "set jit_provider = 'x'",
                "set dsqltui.server_version = '1'",
                "set \"dsqltui.cluster_name\" = 'x'",
                "select set_config('dsqltui.anything', '1', false)",
            ),
        ),
        Attack(
            k,
            "security definer, owned by the attacker and called by the simulator",
            (
                _function("sd", "int", "boolean", f"{_LOOT}; select true", "security definer"),
                "grant execute on function {me}.sd(int) to public",
                "create table {me}.sdt (id int primary key check ({me}.sd(id)), v int generated always as (1) stored)",
                "grant all on {me}.sdt to public",
                "insert into {me}.sdt (id) values (1)",
                "create view {me}.sdv with (security_invoker = false, security_barrier = true) as select * from victim.private",
                "select * from {me}.sdv",
                "alter view {me}.sdv owner to admin",
                "alter view {me}.sdv set (security_invoker = false)",
                "create index async on {me}.sdt (id)",
                "select pg_sleep(0.1)",
            ),
        ),
        Attack(
            k,
            "the search path within a function",
            (
                _function("now", "", "timestamptz", f"{_LOOT}; select pg_catalog.now()"),
                _function("max", "oid", "oid", "select 0::oid"),
                _function("format_type", "oid, int", "text", "select ''text''"),
                _function("pg_backend_pid", "", "int", f"{_LOOT}; select 1"),
                _function("sha256", "bytea", "bytea", f"{_LOOT}; select $1"),
                _function("encode", "bytea, text", "text", f"{_LOOT}; select $2"),
                _function("pg_export_snapshot", "", "text", f"{_LOOT}; select null::text"),
                _function(
                    "inner_f", "", "int", "select 1 from pg_catalog.pg_class limit 1", "set search_path = {me}, pg_temp"
                ),
                "alter function {me}.inner_f() set search_path = pg_temp, {me}, pg_catalog",
                "select {me}.inner_f()",
                "set search_path = pg_temp, {me}, pg_catalog",
                "create table {me}.sp2 (id int primary key, at timestamptz default now())",
                "insert into {me}.sp2 (id) values (1)",
                "create index async on {me}.sp2 (at)",
                "aws iam grant {role} to 'arn:aws:iam::111122223333:role/x'",
                "select * from {me}.sp2 for update",
                "select pg_sleep(0.1)",
                "set search_path = {me}, pg_catalog",
            ),
        ),
        Attack(
            k,
            "keys that lead to another's table",
            (
                "create table {me}.child (id int primary key, a int references victim.private (id))",
                "insert into {me}.child values (1, 1)",
                "create table {me}.inh () inherits (victim.private)",
                "create table {me}.lk (like victim.private including all)",
                "alter table {me}.loot inherit victim.private",
                "create table {me}.part partition of victim.private for values in (1)",
                "alter table victim.private attach partition {me}.loot for values in (1)",
                "create table {me}.merged (id int primary key, what text)",
                "merge into {me}.merged using victim.private p on false when not matched then insert values (p.id, p.what)",
                "select * from {me}.merged tablesample system (100), lateral (select what from victim.private) x",
                "lock table victim.private",
                "comment on table victim.private is 'x'",
                "vacuum full victim.private",
                "cluster victim.private using private_pkey",
                "reindex table victim.private",
                "truncate victim.private",
            ),
        ),
    ]


MORE_ATTACKS = [
    *_copying(),
    *_carriers(),
    *_text_runners(),
    *_outside(),
    *_privileges(),
]
