"""Forms in which secrets come, each with what must be gone; and ordinary texts that must stay as they are."""

import json
from typing import NamedTuple
from urllib.parse import quote

PASSWORD = "hunter2-S3cr3t"
KEY_ID = "AKIAIOSFODNN7EXAMPLE"
KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SESSION = "IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJHMEUCIQDdN5zvK2x1Yg+h8J3mQpKzT4sVwXyA1bC2dE3fG4hI5jQ=="
JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
PEM_LINES = ("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj", "MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dV")
PEM = "\n".join(("-----BEGIN PRIVATE KEY-----", *PEM_LINES, "-----END PRIVATE KEY-----"))
TOKEN = (
    "abcdefghijklmnopqrstuvwxy2.dsql.us-east-1.on.aws:443/?Action=DbConnectAdmin&X-Amz-Algorithm=AWS4-HMAC-SHA256"
    f"&X-Amz-Credential={KEY_ID}%2F20261129%2Fus-east-1%2Fdsql%2Faws4_request&X-Amz-Date=20261129T000000Z"
    f"&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Security-Token={quote(SESSION, safe='')}"
    "&X-Amz-Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
)
GITHUB = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"
SLACK = "xoxb-123456789012-1234567890123-abcdefABCDEF012345678901"  # noqa: S105 - made up


class Form(NamedTuple):
    """A text with secrets in it."""

    name: str
    text: str
    secrets: tuple[str, ...]


def _form(name: str, text: str, *secrets: str) -> Form:
    return Form(name, text, secrets or (PASSWORD,))


def _escaped(text: str) -> str:
    """For E''."""
    return "".join(f"\\x{ord(char):02x}" for char in text)


def _unicode(text: str, sign: str = "\\") -> str:
    """For U&''."""
    return "".join(f"{sign}{ord(char):04x}" for char in text)


P = PASSWORD
FORMS = (
    # passwords of roles
    _form("role", f"create role r login password '{P}' valid until '2027-01-01'"),
    _form("upper case", f"ALTER ROLE r PASSWORD '{P}'"),
    _form("user", f"create user bob password '{P}'"),
    _form("encrypted", f"alter user bob with encrypted password '{P}'"),
    _form("group", f"create group g password '{P}'"),
    _form("comment between", f"alter role r password/**/'{P}'"),
    _form("line comment between", f"alter role r password --c\n'{P}'"),
    _form("both comments", f"alter role r password /* a /* b */ */ -- c ' d\n\t'{P}'"),
    _form("continued", f"alter role r password '{P[:6]}'\n  '{P[6:]}'", P, P[:6], P[6:]),
    _form("escape string", f"alter role r password E'{P}\\'x'", P),
    _form("escapes", f"alter role r password e'{_escaped(P)}'", P, _escaped(P)),
    _form("unicode string", f"alter role r password U&'{_unicode(P)}'", P, _unicode(P)),
    _form("unicode, own escape", f"alter role r password U&'{_unicode(P, '!')}' UESCAPE '!'", P, _unicode(P, "!")),
    _form("dollar quotes", f"alter role r password $${P}$$"),
    _form("tagged dollar quotes", f"alter role r password $x${P}'$x$"),
    _form("doubled quotes", f"alter role r password '{P}''{P}'"),
    _form("no end", f"alter role r password '{P}"),
    _form("double quotes by mistake", f'alter role r password "{P}"'),
    _form("no quotes by mistake", f"alter role r password {P};"),
    _form("equals by mistake", f"alter role r password = {P};"),
    _form("no word by mistake", f"create user bob '{P}'"),
    _form("identified by", f"create user bob identified by '{P}'"),
    _form("in a block", f"do $$ begin execute 'alter role r password ''{P}'''; end $$"),
    _form("in a function", f"create function f() returns void language sql as $f$ alter role r password '{P}' $f$"),
    _form("user mapping", f"create user mapping for a server s options (user 'u', password '{P}')"),
    _form("second statement", f"select 'it''s'; alter role r password '{P}'; select 1"),
    _form("behind a lone quote", f"-- don't do this\nalter role r password '{P}'"),
    _form("in a comment", f"select 1 -- password '{P}'"),
    _form("in a block comment", f"/* was: alter role r password '{P}' */ select 1"),
    # columns
    _form("update", f"update users set name = 'bob', password = '{P}' where id = 1"),
    _form("hashed", f"update users set password = crypt('{P}', gen_salt('bf'))"),
    _form("compared", f"select * from users u where u.password = '{P}' and id = 1"),
    _form("compared, turned", f"select * from users where '{P}' = password"),
    _form("in a list", f"select * from users where password in ('x', '{P}')"),
    _form("like", f"select * from users where passwd not like '{P}%'"),
    _form("case", f"update users set pwd = case when id = 1 then '{P}' else 'x' end"),
    _form("insert", f"insert into users (id, name, password) values (1, 'bob', '{P}'), (2, 'eve', 'x{P}')"),
    _form("insert select", f"insert into users (name, api_key) select 'bob', '{P}' union all select 'eve', '{P}'"),
    _form("insert, quoted name", f"""insert into "users" ("name", "Password") values ('bob', '{P}')"""),
    _form("with", f"with t (name, password) as (values ('bob', '{P}')) select * from t"),
    _form("values as", f"select * from (values ('bob', '{P}')) as t (name, secret)"),
    _form("row", f"update users set (name, password) = ('bob', '{P}')"),
    _form("alias", f"select 1 as id, '{P}' as password"),
    _form("alias of a call", f"select concat('{P}', 'x') as db_password"),
    _form("default", f"create table t (id int, password text not null default '{P}')"),
    _form("joined", f"update users set password = '{P[:6]}' || '{P[6:]}'", P[:6], P[6:]),
    _form("parameter", f"select set_config('app.password', '{P}', false)"),
    _form("set", f"set app.secret = '{P}'"),
    _form("set to", f"set session app.api_key to '{P}'"),
    _form("json built", f"select json_build_object('user', 'bob', 'password', '{P}')"),
    _form("json set", f"""update t set data = jsonb_set(data, '{{a,password}}', '"{P}"')"""),
    _form("json compared", f"select 1 from t where data->>'password' = '{P}'"),
    _form("named argument", f"select f(password => '{P}')"),
    # psql
    _form("\\set", f"\\set pw '{P}'"),
    _form("\\set, bare", f"\\set db_password {P}\nselect 1"),
    _form("\\set, used", f"\\set x '{P}'\nalter role r password :'x'"),
    _form("\\setenv", f"\\setenv PGPASSWORD {P}"),
    _form("\\bind", f"alter role r password $1 \\bind '{P}' \\g"),
    _form("\\bind, insert", f"insert into users (name, password) values ($1, $2) \\bind bob '{P}' \\g"),
    _form("\\c", f"\\c 'host=h user=u password={P}'"),
    _form("\\c, url", f"\\c postgresql://admin:{P}@h/postgres"),
    _form("\\!", f"\\! PGPASSWORD={P} psql -h h"),
    _form("copied", f"copy users (name, password) from stdin;\nbob\t{P}\nO'Brien\tx{P}\n\\.\nselect 1"),
    _form("copied csv", f"\\copy users from stdin with (format csv, header)\nname,password\nbob,{P}\n\\.\n"),
    # variables, settings, connection strings
    _form("environment", f"PGPASSWORD={P} psql -h h"),
    _form("environment, quoted", f'export PGPASSWORD="{P} {P}"'),
    _form("conninfo", f"host=h user=u password={P} sslmode=require"),
    _form("conninfo, quoted", f"host=h password = '{P} \\' {P}' user=u"),
    _form("conninfo in a literal", f"select dblink_connect('host=h password={P}')"),
    _form("conninfo in E''", f"select dblink_connect(E'host=h {_escaped('password=' + P)}')", P, _escaped(P)),
    _form("url", f"postgres://admin:{P}@db.example.com:5432/postgres"),
    _form("url, at sign", f"postgres://admin:p@{P}@db.example.com/postgres"),
    _form("url, slash and at sign", f"postgres://admin:a@b/{P}@db.example.com/postgres"),
    _form("url, percent", f"postgres://admin:{quote(P + '@/', safe='')}@db.example.com/postgres"),
    _form("url, no user", f"redis://:{P}@cache:6379/0"),
    _form("url, query", f"https://example.com/?user=bob&password={P}&x=1"),
    _form("url in a literal", f"insert into sources values ('https://bob:{P}@example.com/x')"),
    _form("no scheme", f"admin:{P}@db.example.com:5432/postgres"),
    _form("pgpass", f"db.example.com:5432:postgres:admin:{P}"),
    _form("netrc", f"machine h login bob password {P}"),
    _form("yaml", f"db:\n  user: bob\n  password: {P}\n"),
    _form("toml", f'password = "{P}"'),
    _form("python", f"connect(user='bob', password='{P}')"),
    _form("json", json.dumps({"user": "bob", "password": P + '"x'}), P),
    _form("json in a literal", f"""insert into t values ('{{"user": "bob", "password": "{P}"}}')"""),
    _form("json in json", json.dumps({"a": json.dumps({"db": {"password": P}})})),
    _form("xml", f"<user>bob</user><password>{P}</password>"),
    _form("option", f"psql --password='{P}'"),
    _form("curl", f"curl -s -u bob:{P} https://example.com"),
    # AWS
    _form(
        "credentials",
        json.dumps({"AccessKeyId": KEY_ID, "SecretAccessKey": KEY, "SessionToken": SESSION}),
        KEY,
        SESSION,
    ),
    _form("settings of boto", json.dumps({"aws_secret_access_key": KEY, "aws_session_token": SESSION}), KEY, SESSION),
    _form("credentials file", f"[default]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {KEY}\n", KEY),
    _form("aws configure", f"aws configure set aws_secret_access_key {KEY}", KEY),
    _form("aws environment", f"AWS_SECRET_ACCESS_KEY={KEY} AWS_SESSION_TOKEN={SESSION}", KEY, SESSION),
    _form("key beside its id", f"{KEY_ID},{KEY}", KEY),
    _form("key behind its id", f"{KEY_ID}{KEY}", KEY),
    _form("key alone", f"select '{KEY}'", KEY),
    _form("key, percent", f"select '{quote(KEY, safe='')}'", KEY, quote(KEY, safe="")),
    _form("key in E''", f"select E'{_escaped(KEY)}'", KEY, _escaped(KEY)),
    _form("key in two literals", f"select '{KEY[:20]}' || '{KEY[20:]}'", KEY[:20], KEY[20:]),
    _form("key in a JSON line", json.dumps({"log": f"first\n{KEY}\n"}), KEY),
    _form("session token", f"select '{SESSION}'", SESSION),
    _form("sts", f"<SecretAccessKey>{KEY}</SecretAccessKey><SessionToken>{SESSION}</SessionToken>", KEY, SESSION),
    _form("connect token", TOKEN, quote(SESSION, safe=""), TOKEN[-64:], KEY_ID + "%2F"),
    _form("connect token in a literal", f"select '{TOKEN}'", quote(SESSION, safe=""), TOKEN[-64:]),
    _form("head of a token", TOKEN[:400], TOKEN[330:400]),
    _form("middle of a token", TOKEN[330:430], TOKEN[340:420]),
    _form("end of a token", TOKEN[-100:], TOKEN[-64:]),
    _form("security token", f"select 'X-Amz-Security-Token={quote(SESSION, safe='')}'", quote(SESSION, safe="")),
    _form("security header", f"X-Amz-Security-Token: {SESSION}", SESSION),
    # tokens of services, keys
    _form("jwt", f"select '{JWT}'", JWT, JWT.split(".")[2]),
    _form("jwt, cut", f"select '{JWT[:80]}", JWT[40:80]),
    _form("bearer", f"Authorization: Bearer {P}"),
    _form("bearer alone", f"select 'Bearer {P}'"),
    _form("bearer x", "select 'Bearer qqq'", "qqq"),
    _form("basic", "Basic Ym9iOmh1bnRlcjItUzNjcjN0", "Ym9iOmh1bnRlcjItUzNjcjN0"),
    _form("api key header", f"X-Api-Key: {P}"),
    _form("github", f"select '{GITHUB}'", GITHUB),
    _form("github url", f"git clone https://{GITHUB}@github.com/a/b", GITHUB),
    _form("slack", f"token is {SLACK}", SLACK),
    _form("slack hook", "https://hooks.slack.com/services/T0000/B0000/XXXXabcdXXXX", "XXXXabcdXXXX"),
    _form("stripe", "sk_live_4eC39HqLyjWDarjtT1zdp7dc", "4eC39HqLyjWDarjtT1zdp7dc"),
    _form("pem", f"insert into t values ('{PEM}')", *PEM_LINES),
    _form("pem, escaped", json.dumps({"a": PEM}), *PEM_LINES),
    _form("pem, cut", PEM[:120], PEM_LINES[0]),
    _form("scram", "SCRAM-SHA-256$4096:c2FsdHNhbHQ=$c3RvcmVk:c2VydmVy", "c2FsdHNhbHQ", "c3RvcmVk", "c2VydmVy"),
    _form(
        "bcrypt", "select '$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW'", "R9h/cIPz0gi.URNNX3kh2OPST9"
    ),
    # what the server says
    _form("detail", f"Key (name, password)=(bob, {P}) already exists."),
    _form("context", f'COPY users, line 1, column password: "{P}"'),
    _form("plan", f"Filter: (password = '{P}'::text)"),
)

ORDINARY = (
    "select * from users where password is null",
    "select password, password_changed_at from users order by password",
    "create table users (id uuid primary key, name text, password text not null, token_count int default 0)",
    "alter role r password null",
    "alter role r password :'pw'",
    "update users set password = $1, api_key = :'key' where id = $2",
    "update users set password = excluded.password, pwd = old_pwd",
    "select u.password = v.password from users u join users v on u.token = v.token",
    "insert into users (name, password) values ($1, $2)",
    "insert into users (name, password) select name, pw from old_users",
    "comment on column users.password is 'hashed by the application'",
    "select count(*) from information_schema.columns where column_name in ('password', 'token', 'name')",
    "grant select (name, password) on users to reports",
    "\\password bob",
    "PGPASSWORD=$(dsqltui token HOST) psql --host HOST --username admin postgres",
    'FATAL:  password authentication failed for user "admin"',
    'null value in column "password" of relation "users" violates not-null constraint',
    "HINT: the secret of success: keep going",
    "the token: it has expired; make a new one",
    "select 'a7f3c1d2-8b4e-4c6a-9d0f-1e2b3c4d5e6f'::uuid",
    "select * from sys.jobs where job_id = 'dyfo4l7vxrgbrnpqlqbrcbmtge'",
    "abcdefghijklmnopqrstuvwxy2.dsql.us-east-1.on.aws",
    "arn:aws:dsql:us-east-1:111122223333:cluster/abcdefghijklmnopqrstuvwxy2",
    "arn:aws:sts::111122223333:assumed-role/Admin/session-name-1",
    "select md5('x'), 'd41d8cd98f00b204e9800998ecf8427e'",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "select 'TG9yZW0gaXBzdW0gZG9sb3Igc2l0IGFtZXQsIGNvbnNlY3RldHVyIGFkaXBpc2NpbmcgZWxpdA=='",
    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "eyJhIjogMSwgImIiOiAiYyJ9",
    "AKIAIOSFODNN7EXAMPLE",
    "https://example.com:8443/a/@scope/b?x=1#y",
    "postgresql://admin@db.example.com:5432/postgres",
    "mail bob@example.com, git@github.com:a/b.git, mailto:bob@example.com",
    "http://localhost:8080/x@y",
    "10:15:30.123 +00:00, 2026-11-29T10:15:30Z, 12:30",
    "fe80::1, 2001:db8::8a2e:370:7334, [::1]:5432",
    "conflict OC000: change conflicts with another transaction, please retry (40001)",
    "select '/usr/share/Postgres16/Contrib/Extension/Files/x.sql'",
    "src/main/java/com/example/service/AccountServiceImplTest2.java",
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN",
    "select repeat('x', 40), 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'",
    "insert into accounts values (1, 'primary key', 'foreign key', 100.00)",
    "select row_number() over (partition by tokens order by key) from t",
    "a bearer of good news, basic training, Basic SQL",
    "create index async on users (password)",
    "select data->>'name', data->'token_count' from t",
    "select a::text, b[1:2], 'x'::jsonb @> '{\"key\": 1}'",
    "-- the password column's type\nselect pg_typeof(password) from users",
    "set password_encryption = 'scram-sha-256'",
    "select client_token = 'abc', next_token = 'def' from requests",
    "insert into t (id, note) values (1, 'forgot password'), (2, 'reset token')",
    "fm2:3fk4l2:1 | 東京 🎌 | naïve",
    "$$ begin; update accounts set balance = balance - 10 where id = 1; commit; $$",
)
