"""Nobody gets out: every attack as admin and as a role without rights, in autocommit and in transactions, in both
protocols (at least one of these eight forms of each attack always, all of them in `make test-long`); and again with
every rule of the dialect switched off, since words are no lock.

What must hold afterwards: the session is nobody but its role, no code of the attacker has run as somebody else, no
program ran, no file was read or written, no large object was made, and nothing of another role's was seen.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest

from sim.conftest import ROLE_ARN, behind_the_scenes
from support.long_cases import spread
from support.servers.attacks import ATTACKS, Attack, Kind
from support.servers.forms import Answer, Client, Form
from support.servers.more_attacks import MORE_ATTACKS
from support.servers.simulator import PG_SECRET, RunningSimulator, running_simulator

EVERY_ATTACK = [*ATTACKS, *MORE_ATTACKS]
ROW_OF_ANOTHER = "a row of another role"
CONTENTS = "the contents of a file"
_numbers = itertools.count(1)


class Fortress:
    """A simulator with something to steal."""

    def __init__(self, running: RunningSimulator, folder: Path) -> None:
        self.running = running
        self.secret = folder / "secret.txt"
        self.secret.write_text(CONTENTS)
        self.secret.chmod(0o644)
        self.canary = folder / "canary"
        folder.chmod(0o777)
        with running.connect() as admin:
            for sql in (
                "create role poor with login",
                "create role other with login",
                f"aws iam grant poor to '{ROLE_ARN}'",
                "create schema victim",
                "create table victim.private (id int primary key, what text)",
                f"insert into victim.private values (1, '{ROW_OF_ANOTHER}')",
                "create table victim.accounts (id int primary key, v int, what text, check (v < 1000000))",
                "insert into victim.accounts select i, 0, '' from generate_series(1, 20) i",
                "create index async on victim.accounts (v)",
                "grant usage on schema victim to poor",
                "grant select, insert, update on victim.accounts to poor",
            ):
                admin.execute(sql)
        sts = running.aws.client(
            "sts", region_name=running.endpoints[0].region, endpoint_url=running.ready["aws_endpoint_url"]
        )
        given = sts.assume_role(RoleArn=ROLE_ARN, RoleSessionName="tests")["Credentials"]
        self.assumed = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    def connect(self, role: str) -> "psycopg.Connection[Any]":
        return self.running.connect(0, role, session=self.assumed if role != "admin" else None)


@pytest.fixture(scope="module", params=[True, False], ids=["with the dialect", "without any rule"])
def fortress(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fortress]:
    folder = tmp_path_factory.mktemp("fortress")
    options = ["--job-delay", "0.01", "--no-idle-oc001", *([] if request.param else ["--no-dialect"])]
    with running_simulator(folder, *options) as running:
        yield Fortress(running, folder)


def _id(value: object) -> str:
    if isinstance(value, Attack):
        return f"{value.kind.name.lower()}: {value.name}"
    if isinstance(value, bool):
        return "transaction" if value else "autocommit"
    return value.value if isinstance(value, Form) else str(value)


def run_attack(
    client: Client, other: Client, attack: Attack, names: dict[str, str], *, in_transaction: bool
) -> list[Answer]:
    answers = []
    for statement in attack.statements:
        sql = statement
        who = client
        if sql.startswith("{other: "):
            sql, who = sql.removeprefix("{other: ").removesuffix("}"), other
        for name, value in names.items():
            sql = sql.replace(f"{{{name}}}", value)
        if in_transaction and who is client and attack.kind is not Kind.CONFLICTS:
            client.run("begin", form=Form.SIMPLE)
        answer = who.run(sql)
        if answer.tag.startswith("COPY") and not answer.sqlstate and "from" in sql:
            answer = client.end_copy("no")
        answers.append(answer)
        if in_transaction and who is client and attack.kind is not Kind.CONFLICTS:
            answers.append(client.run("commit", form=Form.SIMPLE))
    client.run("rollback", form=Form.SIMPLE)
    return answers


@pytest.mark.parametrize(
    ("attack", "form", "in_transaction", "role"),
    spread(itertools.product(EVERY_ATTACK, (Form.SIMPLE, Form.EXTENDED), (False, True), ("admin", "poor")), 7),
    ids=_id,
)
def test_attack(fortress: Fortress, attack: Attack, role: str, form: Form, in_transaction: bool) -> None:
    me = f"{role}_{next(_numbers)}"
    with (
        behind_the_scenes(fortress.running) as scenes,
        fortress.connect(role) as mine,
        fortress.connect("admin") as others,
    ):
        superuser = scenes.connection
        # past the limit of ten schemas
        superuser.execute(f"create schema {me} authorization {role}")
        superuser.execute(f"grant usage, create on schema {me} to admin")
        client, other = Client(mine, form), Client(others, Form.SIMPLE)
        client.run(f"create table {me}.loot (a text, b text)", form=Form.SIMPLE)
        client.run(f"grant insert on {me}.loot to public", form=Form.SIMPLE)
        client.run(f"set search_path to {me}, pg_catalog", form=Form.SIMPLE)
        names = {"me": me, "role": role, "canary": str(fortress.canary), "secret": str(fortress.secret)}
        answers = run_attack(client, other, attack, names, in_transaction=in_transaction)
        story = "\n".join(f"{answer}" for answer in answers)
        if mine.closed or mine.broken:
            mine = fortress.connect(role)
            client = Client(mine, form)
        (identity,) = client.rows(
            "select session_user, current_user, (select rolsuper from pg_catalog.pg_roles where rolname = current_user)"
        )
        assert identity == (role, role, "f"), story
        told = " ".join(value or "" for answer in answers for row in answer.rows for value in row)
        assert CONTENTS not in told, story
        assert PG_SECRET not in told, story
        assert "SCRAM" not in told, story
        if role != "admin":
            assert ROW_OF_ANOTHER not in told, story
        assert not any(
            row == ("t",) and "made" in sql
            for answer, sql in zip(answers, attack.statements, strict=False)
            for row in answer.rows
        ), story
        assert not fortress.canary.exists(), story
        (is_there,) = superuser.execute("select to_regclass(%s) is not null", (f"{me}.loot",)).fetchone() or (False,)
        loot = (
            superuser.execute(f"select distinct a, b from {me}.loot where a is not null").fetchall() if is_there else []
        )
        allowed = {role} if attack.kind is not Kind.CONFLICTS else {role, "admin"}
        assert {name for row in loot for name in row if name} <= allowed, f"{loot}\n{story}"
        (made,) = superuser.execute("select count(*) from pg_largeobject_metadata").fetchall()
        assert made == (0,), story
        supers = superuser.execute(
            "select array_agg(rolname::text order by 1) from pg_authid where rolsuper"
        ).fetchall()
        assert supers == [(["postgres"],)], story
        (invalid,) = superuser.execute("select count(*) from pg_index where indexrelid < 16384 and not indisvalid")
        assert invalid == (0,), story
        (unguarded,) = superuser.execute(
            "select count(*) from pg_class c where pg_dsqltui.is_users_table(c.oid) and (select count(*) from pg_trigger t "
            "where t.tgrelid = c.oid and t.tgname like 'dsqltui%' and t.tgisinternal and t.tgenabled = 'O') <> 4"
        ).fetchall()
        assert unguarded == (0,), story
        superuser.execute(f"drop schema if exists {me} cascade")


def test_there_are_enough_of_them() -> None:
    assert len({attack.kind for attack in EVERY_ATTACK}) >= 12
    assert len(EVERY_ATTACK) >= 60
    assert len({(attack.kind, attack.name) for attack in EVERY_ATTACK}) == len(EVERY_ATTACK)


def test_a_function_called_max_changes_nothing_for_a_new_index(fortress: Fortress) -> None:
    """It stands before PostgreSQL's on the search path, and told which index was the newest."""
    with fortress.running.connect() as admin:
        admin.execute("create schema largest")
        admin.execute("create function largest.max(oid) returns oid language sql as 'select 0::oid'")
        admin.execute("create table largest.t (id int primary key, v int)")
        admin.execute("set search_path to largest, pg_catalog")
        admin.execute("create index async on t (v)")
        jobs = admin.execute("select object_name from sys.jobs where object_name like 'largest.%'").fetchall()
        admin.execute("drop schema largest cascade")
    assert jobs == [("largest.t_v_idx",)]
