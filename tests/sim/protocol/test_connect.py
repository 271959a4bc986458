"""Connecting as libpq's users do: tokens, roles, mappings, parameters, and psql itself."""

import os
import shutil
import subprocess
from typing import Any

import boto3
import psycopg
import pytest

from sim.conftest import ROLE_ARN, Connect
from support.servers.forms import Client, Form
from support.servers.simulator import RunningSimulator

DENIED = "unable to accept connection, access denied"
PSQL = shutil.which("psql")
needs_psql = pytest.mark.skipif(PSQL is None, reason="psql is not installed")


def refusal(simulator: RunningSimulator, number: int = 0, **parameters: Any) -> str:
    """What the server says to a connection that it refuses."""
    with pytest.raises(psycopg.OperationalError) as refused:
        simulator.connect(number, **parameters).close()
    return str(refused.value)


def other_token(simulator: RunningSimulator, *, host: int, region: int, expires_in: int = 900) -> str:
    """A token made for one endpoint's name in the other's Region."""
    client = simulator.aws.client("dsql", region_name=simulator.endpoints[region].region)
    return str(client.generate_db_connect_admin_auth_token(simulator.endpoints[host].host, ExpiresIn=expires_in))


class TestRefusals:
    def test_an_expired_token(self, simulator: RunningSimulator) -> None:
        token = other_token(simulator, host=0, region=0, expires_in=1)
        said = ""
        while "Signature expired" not in said:  # within two seconds
            try:
                simulator.connect(0, password=token).close()
            except psycopg.OperationalError as refused:
                said = str(refused)
        assert f"FATAL:  {DENIED}\nHINT:  Signature expired: " in said

    def test_who_may_not_connect(self, simulator: RunningSimulator) -> None:
        stranger = boto3.Session("AKIAIOSFODNN7EXAMPLE", "not-a-secret-of-this-simulator")
        said = refusal(simulator, session=stranger)
        assert f"FATAL:  {DENIED}\nHINT:  " in said

    def test_a_role_token_for_admin(self, simulator: RunningSimulator) -> None:
        said = refusal(simulator, password=simulator.token(0, "app"))
        assert f"{DENIED}\nHINT:  Wrong user to action mapping. user: admin, action: DbConnect" in said

    def test_an_admin_token_for_a_role(self, simulator: RunningSimulator) -> None:
        said = refusal(simulator, user="app", password=simulator.token(0, "admin"))
        assert f"{DENIED}\nHINT:  Wrong user to action mapping. user: app, action: DbConnectAdmin" in said

    @pytest.mark.parametrize(("host", "region"), [(1, 1), (0, 1), (1, 0)])
    def test_a_token_for_another_endpoint(self, simulator: RunningSimulator, host: int, region: int) -> None:
        assert DENIED in refusal(simulator, password=other_token(simulator, host=host, region=region))

    @pytest.mark.parametrize("password", ["x", "secret", "a?Action=DbConnectAdmin", "ü" * 50])
    def test_what_is_no_token(self, simulator: RunningSimulator, password: str) -> None:
        assert DENIED in refusal(simulator, password=password)

    def test_a_tampered_token(self, simulator: RunningSimulator) -> None:
        token = simulator.token(0)
        assert DENIED in refusal(simulator, password=token.replace("X-Amz-Expires=900", "X-Amz-Expires=901"))

    def test_another_database(self, simulator: RunningSimulator) -> None:
        assert 'FATAL:  database "rewards" does not exist' in refusal(simulator, dbname="rewards")

    @pytest.mark.parametrize("name", ["statement_timeout", "lock_timeout", "session_authorization", "log_statement"])
    def test_parameters_that_are_not_settable(self, simulator: RunningSimulator, name: str) -> None:
        said = refusal(simulator, options=f"-c {name}=1")
        assert f'FATAL:  setting configuration parameter "{name}" not supported' in said

    def test_the_session_of_a_refused_client_is_closed(self, simulator: RunningSimulator) -> None:
        for _ in range(30):
            refusal(simulator, password="x")
        simulator.connect(0).close()


class TestParameters:
    @pytest.mark.parametrize(
        "options",
        [
            "-c search_path=sys -c timezone=Asia/Tokyo",
            "--search_path=sys --timezone=Asia/Tokyo",
            "-csearch_path=sys -cTimeZone=Asia/Tokyo",
        ],
    )
    def test_settable_ones_are_set(self, simulator: RunningSimulator, options: str) -> None:
        with simulator.connect(0, options=options, application_name="tests") as connection:
            row = connection.execute(
                "SELECT current_setting('search_path'), current_setting('timezone'), current_setting('application_name')"
            ).fetchone()
        assert row == ("sys", "Asia/Tokyo", "tests")

    def test_the_option_for_shared_endpoints_is_accepted(self, simulator: RunningSimulator) -> None:
        with simulator.connect(0, options=f"-c amzn-cluster-id={simulator.endpoints[0].cluster_id}") as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)

    def test_both_endpoints_are_one_database_with_two_sessions(self, connect: Connect, schema: str) -> None:
        a, b = connect(0), connect(1)
        a.expect(f"CREATE TABLE {schema}.shared (id int PRIMARY KEY)", "CREATE TABLE")
        b.expect(f"INSERT INTO {schema}.shared VALUES (1)", "INSERT 0 1")
        assert a.rows(f"SELECT id FROM {schema}.shared") == (("1",),)
        identify = "SELECT sys.current_session_id()"
        assert a.run(identify).value != b.run(identify).value

    def test_the_user_is_not_a_superuser(self, connect: Connect) -> None:
        client = connect(0)
        assert client.run("SELECT current_user").value == "admin"
        assert client.run("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").value == "f"
        assert client.run("SELECT pg_read_file('/etc/hostname')").sqlstate == "42501"
        for sql, says in (
            ("RESET SESSION AUTHORIZATION", "RESET"),
            ("SET SESSION AUTHORIZATION DEFAULT", "SET"),
            ("SET SESSION AUTHORIZATION postgres", "42501"),
            ("SET ROLE postgres", "0A000"),
        ):
            assert client.run(sql).says == says
            assert client.run("SELECT session_user || ' ' || current_user").value == "admin admin"


class TestRoles:
    @pytest.fixture
    def role(self, connect: Connect, schema: str) -> str:
        """A database role without a mapping."""
        name = f"{schema}_app"
        connect(0).expect(f"CREATE ROLE {name} WITH LOGIN", "CREATE ROLE")
        return name

    def test_a_role_needs_a_mapping(
        self, simulator: RunningSimulator, connect: Connect, role: str, assumed: boto3.Session
    ) -> None:
        admin = connect(0)
        assert DENIED in refusal(simulator, user=role, session=assumed)
        admin.expect(f"AWS IAM GRANT {role} TO '{ROLE_ARN}'", "AWS IAM GRANT")
        for number in (0, 1):
            assert connect(number, user=role, session=assumed).run("SELECT session_user").value == role
        admin.expect(f"AWS IAM REVOKE {role} FROM '{ROLE_ARN}'", "AWS IAM REVOKE")
        assert DENIED in refusal(simulator, user=role, session=assumed)

    def test_a_role_that_does_not_exist(self, simulator: RunningSimulator, assumed: boto3.Session) -> None:
        assert DENIED in refusal(simulator, user="nobody_here", session=assumed)

    def test_a_role_without_login(
        self, simulator: RunningSimulator, connect: Connect, role: str, assumed: boto3.Session
    ) -> None:
        admin = connect(0)
        admin.expect(f"AWS IAM GRANT {role} TO '{ROLE_ARN}'", "AWS IAM GRANT")
        admin.expect(f"ALTER ROLE {role} WITH NOLOGIN", "ALTER ROLE")
        assert f'role "{role}" is not permitted to log in' in refusal(simulator, user=role, session=assumed)

    def test_an_open_session_outlives_its_mapping(self, connect: Connect, role: str, assumed: boto3.Session) -> None:
        admin = connect(0)
        admin.expect(f"AWS IAM GRANT {role} TO '{ROLE_ARN}'", "AWS IAM GRANT")
        session = connect(1, user=role, session=assumed)
        admin.expect(f"AWS IAM REVOKE {role} FROM '{ROLE_ARN}'", "AWS IAM REVOKE")
        assert session.run("SELECT session_user").value == role

    def test_the_internal_schema_is_closed_to_roles(self, connect: Connect, role: str, assumed: boto3.Session) -> None:
        connect(0).expect(f"AWS IAM GRANT {role} TO '{ROLE_ARN}'", "AWS IAM GRANT")
        session = connect(0, user=role, session=assumed)
        assert session.run("SELECT count(*) FROM sys.jobs").sqlstate is None
        for table in ("jobs", "iam_mappings"):
            assert session.run(f"SELECT * FROM pg_dsqltui.{table}").sqlstate == "42501"
            assert session.run(f"DELETE FROM pg_dsqltui.{table}").sqlstate == "42501"


@needs_psql
class TestPsql:
    @pytest.fixture
    def items(self, connect: Connect, schema: str) -> Client:
        client = connect(0, Form.SIMPLE)
        client.expect(f"CREATE TABLE {schema}.items (id int PRIMARY KEY, name text, n numeric(4, 1))", "CREATE TABLE")
        client.expect(f"INSERT INTO {schema}.items VALUES (1, 'one', 1.5)", "INSERT 0 1")
        return client

    def psql(self, simulator: RunningSimulator, *commands: str, stdin: str = "", fails: bool = False) -> str:
        """Run psql on endpoint A; what it printed."""
        endpoint = simulator.endpoints[0]
        environment = simulator.environment | {
            "PGHOST": endpoint.host,
            "PGHOSTADDR": endpoint.hostaddr,
            "PGPORT": str(endpoint.port),
            "PGUSER": "admin",
            "PGDATABASE": "postgres",
            "PGPASSWORD": simulator.token(0),
            "PATH": os.environ["PATH"],
            "PAGER": "",
        }
        arguments = [word for command in commands for word in ("-c", command)]
        done = subprocess.run(
            [str(PSQL), "-X", "-v", "ON_ERROR_STOP=1", *arguments],
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode != 0) is fails, done.stderr
        return done.stdout + done.stderr

    def test_conninfo(self, simulator: RunningSimulator) -> None:
        said = self.psql(simulator, "\\conninfo")
        assert (
            f'You are connected to database "postgres" as user "admin" on host "{simulator.endpoints[0].host}"' in said
        )
        assert "SSL connection (protocol: TLSv1.3" in said

    @pytest.mark.usefixtures("items")
    def test_describe(self, simulator: RunningSimulator, schema: str) -> None:
        said = self.psql(simulator, f"\\dt {schema}.*", f"\\d {schema}.items")
        assert f" {schema} | items | table | admin" in said
        assert '"items_pkey" PRIMARY KEY, btree_index (id) INCLUDE (name, n)' in said

    def test_copy(self, simulator: RunningSimulator, items: Client, schema: str) -> None:
        said = self.psql(
            simulator, f"\\copy {schema}.items FROM pstdin WITH (FORMAT csv)", stdin="2,two,2.5\n3,three,\n"
        )
        assert said == "COPY 2\n"
        assert items.run(f"SELECT count(*) FROM {schema}.items").value == "3"
        assert self.psql(simulator, f"\\copy {schema}.items TO STDOUT") == "1\tone\t1.5\n2\ttwo\t2.5\n3\tthree\t\\N\n"

    @pytest.mark.usefixtures("items")
    def test_errors_show_where(self, simulator: RunningSimulator, schema: str) -> None:
        said = self.psql(simulator, f"SELECT id, nothing FROM {schema}.items", fails=True)
        assert "LINE 1: SELECT id, nothing FROM" in said
        assert said.splitlines()[-1].index("^") == len("LINE 1: SELECT id, ")

    def test_a_script_with_a_conflict(self, simulator: RunningSimulator, items: Client, schema: str) -> None:
        items.expect("BEGIN", "BEGIN")
        items.expect(f"UPDATE {schema}.items SET n = 1", "UPDATE 1")
        assert self.psql(simulator, stdin=f"BEGIN;\nUPDATE {schema}.items SET n = 2;\nCOMMIT;\n") == (
            "BEGIN\nUPDATE 1\nCOMMIT\n"
        )
        assert "(OC000)" in items.run("COMMIT").message

    def test_the_environment_that_the_ready_file_gives(self, simulator: RunningSimulator) -> None:
        assert self.psql(simulator, "SELECT version()").count("PostgreSQL 16") == 1
