"""Ways out of the simulator that were tried: what a client, or a file of SQL from a stranger, may send.

`{me}` is the attacker's own schema, on which its search path stands first; `{role}` its role; `{canary}` a file that a
program would make; `{secret}` a file that nobody may read. `victim.accounts` is admin's: everybody may read, update and
insert there; `victim.private` is for nobody else.
"""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What an attack is after, or the way it takes."""

    IDENTITY = "becoming somebody else"
    PROGRAM = "programs and files"
    LARGE_OBJECTS = "large objects"
    LANGUAGES = "languages and extensions"
    SESSIONS = "other sessions and the server"
    CHECKS = "code in constraints, defaults and domains"
    INDEXES = "code in indexes and statistics"
    VIEWS = "views, rules and policies"
    SHADOWING = "names that stand before the system's"
    HELPERS = "the simulator's own objects"
    ROLES = "roles and owners"
    CATALOG = "the catalogs"
    CASTS = "casts, operators, aggregates and types"
    RUNS_TEXT = "functions and commands that run or keep a query given as text"
    OUTSIDE = "other servers, replication, triggers"
    CONFLICTS = "what runs when transactions meet"


@dataclass(frozen=True)
class Attack:
    """Statements that are run in turn, whatever each of them answers."""

    kind: Kind
    name: str
    statements: tuple[str, ...]


_PROGRAM = "copy (select 1) to program ''touch {canary}''"
_GRAB = "insert into {me}.loot select current_user, session_user; select 1"


def _function(name: str, body: str, result: str = "int", arguments: str = "", more: str = "") -> str:
    return f"create or replace function {{me}}.{name}({arguments}) returns {result} language sql {more} as '{body}'"


def _all() -> list[Attack]:
    found: list[Attack] = []

    def add(kind: Kind, name: str, *statements: str) -> None:
        found.append(Attack(kind, name, statements))

    k = Kind.IDENTITY
    who = "select session_user, current_user"
    add(k, "reset", "reset session authorization", who)
    add(k, "set session authorization", "set session authorization postgres", who)
    add(k, "set session authorization default", "set session authorization default", who)
    add(k, "set role", "set role postgres", who)
    add(k, "set role of another", "set role admin", "select * from victim.private")
    add(k, "set_config role", "select set_config('role', 'postgres', false)", who)
    add(k, "set_config session_authorization", "select set_config('session_authorization', 'postgres', false)", who)
    add(k, "reset all", "reset all", "discard all", who)
    for name, body in (
        ("in a body", "'reset session authorization; select current_user::text'"),
        ("escaped", r"E'\x72eset session authorization; select current_user::text'"),
        ("unicode", "U&'\\0072eset session authorization; select current_user::text'"),
        ("two literals", "'res'\n'et session authorization; select current_user::text'"),
        ("dollars", "$x$reset session authorization; select current_user::text$x$"),
        ("set role in a body", "'set role postgres; select current_user::text'"),
    ):
        add(
            k,
            name,
            f"create function {{me}}.f() returns text language sql as {body}",
            "select {me}.f()",
            who,
            "copy (select 1) to program 'touch {canary}'",
        )
    add(
        k,
        "a body that makes a function",
        "create function {me}.outer_f() returns text language sql as "
        "$a$create function {me}.inner_f() returns text language sql as 'reset session authorization; "
        "select current_user::text'; select 'made'$a$",
        "select {me}.outer_f()",
        "select {me}.inner_f()",
        who,
    )
    add(k, "alter role set role", "alter role {role} set role = 'postgres'", who)

    k = Kind.PROGRAM
    add(k, "copy to program", "copy (select 1) to program 'touch {canary}'")
    add(k, "copy from program", "copy {me}.loot from program 'touch {canary}'")
    add(k, "copy to program in a body", _function("f", _PROGRAM + "; select 1"), "select {me}.f()")
    add(k, "copy to file", "copy (select 1) to '{canary}'")
    add(k, "copy from file", "copy {me}.loot (a) from '{secret}'", "select * from {me}.loot")
    add(
        k,
        "copy from file in a body",
        _function("f", "copy {me}.loot (a) from ''{secret}''; select 1"),
        "select {me}.f()",
    )
    add(k, "pg_read_file", "select pg_read_file('{secret}')", "select pg_read_binary_file('{secret}')::text")
    add(k, "pg_ls_dir", "select pg_ls_dir('/')", "select pg_stat_file('{secret}')", "select * from pg_ls_logdir()")
    add(k, "pg_read_file in a body", _function("f", "select pg_read_file(''{secret}'')", "text"), "select {me}.f()")
    add(k, "hba and settings", "select * from pg_hba_file_rules", "select setting from pg_file_settings")

    k = Kind.LARGE_OBJECTS
    add(k, "lo_creat", "select lo_creat(0) > 0 as made")
    add(k, "lo_create", "select lo_create(0) > 0 as made")
    add(k, "lo_from_bytea", "select lo_from_bytea(0, 'x') > 0 as made")
    add(k, "lo_import", "select lo_import('{secret}') > 0 as made")
    add(k, "lo_export", "select lo_export(1, '{canary}')")
    add(k, "in a body", _function("f", "select lo_creat(0)", "oid"), "select {me}.f() > 0 as made")
    add(k, "lo_put", "select lo_put(1, 0, 'x')", "select lo_get(1)", "select loread(lo_open(1, 262144), 10)")

    k = Kind.LANGUAGES
    add(k, "do", "do $$begin raise notice 'x'; end$$")
    add(
        k,
        "do in a body",
        _function("f", "do $$begin execute ''reset session authorization''; end$$; select 1"),
        "select {me}.f()",
        who,
    )
    add(
        k,
        "plpgsql",
        "create function {me}.p() returns text language plpgsql as $$begin return 'made'; end$$",
        "select {me}.p()",
    )
    add(
        k,
        "plpgsql in a body",
        _function(
            "f",
            "create function {me}.p() returns text language plpgsql as $b$begin return current_setting($c$x$c$); end$b$; select 1",
        ),
        "select {me}.f()",
        "select {me}.p()",
    )
    add(
        k,
        "c",
        "create function {me}.system(cstring) returns int language c as '/lib/x86_64-linux-gnu/libc.so.6', 'system'",
    )
    add(k, "internal", "create function {me}.i(int) returns int language internal as 'int4inc'")
    add(k, "extension", "create extension vector", "create extension plpgsql", "drop extension plpgsql cascade")
    add(k, "extension in a body", _function("f", "create extension vector; select 1"), "select {me}.f()")
    add(k, "language", "create language plpgsql", "create trusted language evil handler plpgsql_call_handler")
    add(k, "load", "load 'auth_delay'", _function("f", "load ''auth_delay''; select 1"), "select {me}.f()")

    k = Kind.SESSIONS
    add(k, "terminate", "select pg_terminate_backend(pid) as made from pg_stat_activity where pid <> 0")
    add(k, "cancel", "select pg_cancel_backend(pid) as made from pg_stat_activity where pid <> 0")
    add(
        k,
        "terminate in a body",
        _function("f", "select pg_terminate_backend(pid) from pg_stat_activity", "boolean"),
        "select {me}.f() as made",
    )
    add(
        k,
        "advisory locks",
        "select pg_advisory_lock(1)",
        "select pg_try_advisory_lock(1) as made",
        "select pg_advisory_xact_lock_shared(1)",
    )
    add(k, "notify", "select pg_notify('x', 'y')", "select pg_logical_emit_message(true, 'a', 'b')")
    add(
        k,
        "server control",
        "select pg_reload_conf() as made",
        "select pg_rotate_logfile() as made",
        "select pg_switch_wal()",
        "checkpoint",
    )
    add(k, "export snapshot", "select pg_export_snapshot()")
    add(
        k,
        "alter system",
        "alter system set archive_command = 'touch {canary}'",
        _function("f", "alter system set archive_command = ''touch {canary}''; select 1"),
        "select {me}.f()",
    )
    add(
        k,
        "alter database",
        "alter database postgres set session_preload_libraries = 'x'",
        "alter database postgres owner to {role}",
        "create database evil",
    )
    add(k, "statistics", "select pg_stat_reset()", "select pg_log_backend_memory_contexts(1) as made")

    k = Kind.CHECKS
    made = _function("bad", _GRAB, "boolean", "int").replace("select 1'", "select true'")
    program = _function("bad", _PROGRAM + "; select true", "boolean", "int")
    for name, function in (("loot", made), ("program", program)):
        add(
            k,
            f"validated check: {name}",
            function,
            "create table {me}.c (id int primary key)",
            "insert into {me}.c values (1)",
            "alter table {me}.c add constraint k check ({me}.bad(id)) not valid",
            "alter table async {me}.c validate constraint k",
            "select pg_sleep(0.2)",
        )
        add(
            k,
            f"default: {name}",
            function,
            "create table {me}.d (id int primary key, b boolean default {me}.bad(1))",
            "insert into {me}.d (id) values (1)",
        )
        add(
            k,
            f"domain: {name}",
            function,
            "create domain {me}.dom as int constraint dc check ({me}.bad(value))",
            "create table {me}.e (id int primary key, x {me}.dom)",
            "insert into {me}.e values (1, 1)",
        )
        add(
            k,
            f"generated: {name}",
            function.replace(" language sql ", " immutable language sql "),
            "create table {me}.g (id int primary key, x boolean generated always as ({me}.bad(id)) stored)",
            "insert into {me}.g (id) values (1)",
        )
        k2 = Kind.INDEXES
        immutable = function.replace(" language sql ", " immutable language sql ")
        add(
            k2,
            f"expression: {name}",
            immutable,
            "create table {me}.ix (id int primary key, v int)",
            "insert into {me}.ix select i, i from generate_series(1, 200) i",
            "create index async on {me}.ix (({me}.bad(v)))",
            "update {me}.ix set v = v + 1",
            "analyze {me}.ix",
            "select pg_sleep(0.2)",
        )
        add(
            k2,
            f"predicate: {name}",
            immutable,
            "create table {me}.ip (id int primary key, v int)",
            "insert into {me}.ip select i, i from generate_series(1, 200) i",
            "create index async on {me}.ip (v) where {me}.bad(v)",
            "explain select * from {me}.ip where v = 1",
            "select pg_sleep(0.2)",
        )
        add(
            k2,
            f"unique expression: {name}",
            immutable,
            "create table {me}.iu (id int primary key, v int)",
            "create unique index async on {me}.iu (v, ({me}.bad(v)))",
            "insert into {me}.iu values (1, 1)",
            "select pg_sleep(0.2)",
        )
        add(
            k2,
            f"statistics: {name}",
            immutable,
            "create table {me}.st (id int primary key, v int)",
            "create statistics {me}.s on ({me}.bad(v)), id from {me}.st",
            "analyze {me}.st",
        )

    k = Kind.VIEWS
    add(k, "a view of another's table", "create view {me}.v as select * from victim.private", "select * from {me}.v")
    add(k, "a view with a function", made, "create view {me}.v2 as select {me}.bad(1)", "select * from {me}.v2")
    add(
        k,
        "rule",
        "create table {me}.r (id int primary key)",
        "create rule x as on insert to {me}.r do also select * from victim.private",
        "insert into {me}.r values (1)",
    )
    add(
        k,
        "policy",
        "create table {me}.p (id int primary key)",
        "alter table {me}.p enable row level security",
        "create policy x on {me}.p using (true)",
    )
    add(
        k,
        "security definer",
        _function("sd", "select current_user::text", "text", "", "security definer"),
        "alter function {me}.sd() owner to postgres",
        "alter function {me}.sd() owner to admin",
        "select {me}.sd()",
    )
    add(
        k,
        "trigger",
        "create table {me}.t (id int primary key)",
        "create trigger x before insert on {me}.t for each row execute function suppress_redundant_updates_trigger()",
    )

    k = Kind.SHADOWING
    for name, arguments, result in (
        ("quote_ident", "text", "text"),
        ("quote_ident", "name", "text"),
        ("set_config", "text, text, boolean", "text"),
        ("to_regclass", "text", "regclass"),
        ("format", "text", "text"),
        ("hash_record_extended", "record, bigint", "bigint"),
        ("json_array_elements_text", "json", "setof text"),
        ("current_setting", "text", "text"),
    ):
        add(
            k,
            f"{name}({arguments})",
            "create or replace function {me}."
            + name
            + "("
            + arguments
            + ") returns "
            + result
            + " language sql as 'insert into {me}.loot select current_user, session_user; select null::"
            + result.removeprefix("setof ")
            + "'",
            "create table {me}.s1 (id int primary key, v int)",
            "create index async on {me}.s1 (v)",
            "select * from {me}.s1 for update",
            "update victim.accounts set v = v + 1 where id = 1",
            "select pg_sleep(0.15)",
        )
    add(
        k,
        "operator =",
        _function("eq", _GRAB.replace("select 1", "select true"), "boolean", "int, int"),
        "create operator {me}.= (leftarg = int, rightarg = int, function = {me}.eq)",
        "update victim.accounts set v = v + 1 where id operator(pg_catalog.=) 1",
        "select id from victim.accounts where id operator(pg_catalog.=) 1 for update",
    )
    add(
        k,
        "type text",
        "create domain {me}.text as int",
        "create domain {me}.oid as int",
        "create table {me}.s2 (id int primary key)",
        "create index async on {me}.s2 (id)",
    )
    add(
        k,
        "table pg_class",
        "create table {me}.pg_class (oid oid primary key)",
        "create table {me}.jobs (job_id text primary key)",
        "create index async on {me}.pg_class (oid)",
    )

    k = Kind.HELPERS
    add(k, "the word", "select * from pg_dsqltui.word", "copy pg_dsqltui.word to stdout", "table pg_dsqltui.word")
    add(
        k,
        "jobs",
        "insert into pg_dsqltui.jobs (job_id, status, job_type, command) values ('x', 'submitted', 'INDEX_BUILD', 'copy (select 1) to program ''touch {canary}''')",
        "update pg_dsqltui.jobs set command = 'x'",
    )
    add(
        k,
        "mappings",
        "insert into pg_dsqltui.iam_mappings select 1, 'arn:aws:iam::111122223333:role/x', oid, oid from pg_roles",
        "select pg_dsqltui_act.map_principal('x', true, 10, 'arn', 10)",
    )
    add(
        k,
        "acting",
        "select pg_dsqltui_act.as_10('x', '[\"select 1\"]', 'null')",
        "select pg_dsqltui_act.as_16384('x', '[\"select * from victim.private\"]', 'null')",
        "select pg_dsqltui_act.as_16384(null, null, null)",
    )
    add(
        k,
        "submit",
        "select pg_dsqltui_act.submit_index('x', 'y', 0, null)",
        "select pg_dsqltui_act.capture_copy('x', 1, 1)",
    )
    add(
        k,
        "making in our schemas",
        "create table pg_dsqltui.evil (id int)",
        "create function pg_dsqltui_act.evil() returns int language sql as 'select 1'",
        "create table sys.evil (id int)",
        "create view pg_dsqltui_shown.evil as select 1",
    )
    add(k, "let_act", "select pg_dsqltui.let_act(10)", "select pg_dsqltui.capture('victim.private'::regclass)")
    add(
        k,
        "replacing the actor",
        "create or replace function pg_dsqltui_act.as_16384(word text, commands json, argument json) returns text language sql as 'insert into {me}.loot values (word); select 1'",
        "alter function pg_dsqltui_act.as_16384(text, json, json) rename to x",
        "drop function pg_dsqltui_act.as_16384(text, json, json)",
        "alter function pg_dsqltui_act.as_16384(text, json, json) set search_path = {me}",
    )
    add(
        k,
        "dropping triggers",
        "create table {me}.h (id int primary key)",
        "drop trigger dsqltui_insert on {me}.h",
        "alter table {me}.h disable trigger all",
        "alter table {me}.h disable trigger dsqltui_insert",
        "alter trigger dsqltui_insert on {me}.h rename to x",
        _function("f", "alter table {me}.h disable trigger all; drop trigger dsqltui_insert on {me}.h; select 1"),
        "select {me}.f()",
    )
    add(
        k,
        "event triggers",
        "drop event trigger dsqltui_capture",
        "alter event trigger dsqltui_capture disable",
        "create event trigger evil on ddl_command_end execute function pg_dsqltui.capture_changes()",
    )
    add(
        k,
        "replica",
        "set session_replication_role = replica",
        _function("f", "set session_replication_role = replica; select 1"),
        "select {me}.f()",
        "show session_replication_role",
    )
    add(k, "forged notice", "set client_min_messages = debug5", "drop table if exists dsqltui")
    add(k, "dropping everything owned", "drop owned by {role}", "select 1")
    add(
        k,
        "reserved names",
        'create table {me}.n (id int primary key, constraint "dsqltui:row:x" check (id > 0))',
        "create schema pg_dsqltui2",
        "create schema pg_dsqltui",
    )

    k = Kind.ROLES
    add(
        k,
        "predefined roles",
        "grant pg_execute_server_program to {role}",
        "grant pg_read_server_files to {role}",
        "grant pg_read_all_data to {role}",
        "select * from victim.private",
    )
    add(
        k,
        "superuser",
        "create role evil superuser",
        "alter role {role} superuser",
        "alter role postgres password 'x'",
        "alter role postgres nologin",
    )
    add(k, "superuser in a body", _function("f", "alter role {role} superuser; select 1"), "select {me}.f()", who)
    add(k, "attributes", "create role evil2 bypassrls", "create role evil3 replication", "create role evil4 createdb")
    add(k, "membership", "grant postgres to {role}", "grant dsqltui_keeper to {role}", "set role dsqltui_keeper", who)
    add(
        k,
        "owner postgres",
        "create table {me}.o (id int primary key)",
        "alter table {me}.o owner to postgres",
        "alter table {me}.o owner to dsqltui_keeper",
        "alter schema {me} owner to postgres",
    )
    add(
        k,
        "reassign",
        "reassign owned by postgres to {role}",
        "reassign owned by {role} to postgres",
        "drop owned by postgres",
    )
    add(
        k,
        "password",
        "alter role {role} password 'known'",
        "select rolpassword from pg_authid",
        "select passwd from pg_shadow",
    )
    add(k, "default privileges", "alter default privileges for role postgres grant all on tables to {role}")

    k = Kind.CATALOG
    add(
        k,
        "updating",
        "update pg_authid set rolsuper = true",
        "update pg_class set relowner = 10",
        "update pg_proc set proowner = 10",
        "delete from pg_depend",
    )
    add(
        k,
        "system table mods",
        "set allow_system_table_mods = on",
        "select set_config('allow_system_table_mods', 'on', false)",
        "alter table pg_class owner to {role}",
    )
    add(
        k,
        "replacing functions",
        "create or replace function pg_catalog.version() returns text language sql as 'select current_user::text'",
        "create function pg_catalog.evil() returns int language sql as 'select 1'",
    )
    add(
        k,
        "granting",
        "grant all on pg_authid to {role}",
        "grant execute on function pg_read_file(text) to {role}",
        "grant usage on language plpgsql to {role}",
    )
    add(
        k,
        "xml",
        "select query_to_xml('select * from victim.private', true, true, '')",
        "select database_to_xml(true, true, '')",
    )
    add(
        k,
        "statistics of another",
        "select most_common_vals from pg_statistic s, pg_class c",
        "select * from pg_stats where tablename = 'private'",
    )

    k = Kind.CONFLICTS
    add(
        k,
        "functions in a conflict",
        "create or replace function {me}.int4eq(int, int) returns boolean language sql as 'insert into {me}.loot select current_user, session_user; select true'",
        "begin",
        "update victim.accounts set v = v + 1 where id = 2",
        "{other: update victim.accounts set v = v + 1 where id = 2}",
        "update victim.accounts set v = v + 1 where id = 2",
        "insert into victim.accounts values (1000, 1, 'x')",
        "select count(*) from victim.accounts",
        "commit",
    )
    add(
        k,
        "a lost transaction",
        "begin",
        "select 1 from victim.accounts",
        "{other: update victim.accounts set v = v + 1 where id = 3}",
        "update victim.accounts set v = v + 1 where id = 3",
        "select session_user, current_user",
        "select * from victim.private",
        "drop table pg_temp.accounts",
        "grant all on pg_temp.accounts to {role}",
        "alter table pg_temp.accounts disable trigger all",
        "commit",
    )
    add(
        k,
        "copies are not to be had",
        "begin",
        "select 1 from victim.accounts",
        "{other: update victim.accounts set v = v + 1 where id = 3}",
        "update victim.accounts set v = v + 1 where id = 3",
        "delete from victim.accounts",
        "select * from pg_temp.private",
        "commit",
    )
    add(
        k,
        "own table with code in a conflict",
        made,
        "create table {me}.q (id int primary key, v int check ({me}.bad(v)))",
        "insert into {me}.q values (1, 1)",
        "begin",
        "select * from {me}.q",
        "{other: update {me}.q set v = 2}",
        "update {me}.q set v = 3",
        "commit",
    )
    return found


ATTACKS = _all()
