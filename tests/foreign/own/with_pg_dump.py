"""pg_dump and psql as they are on the machine."""

import os
import shutil
import subprocess

import boto3
import pytest

pytestmark = pytest.mark.skipif(not shutil.which("pg_dump"), reason="no pg_dump here")


@pytest.fixture(scope="module")
def environment():
    host = os.environ["CLUSTER_ENDPOINT"]
    token = boto3.client("dsql", region_name=os.environ["REGION"]).generate_db_connect_admin_auth_token(host)
    return os.environ | {
        "PGHOST": host,
        "PGUSER": "admin",
        "PGDATABASE": "postgres",
        "PGPASSWORD": token,
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": os.environ["SSL_CERT_PATH"],
    }


def run(environment, *command, **more):
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, **more)


def psql(environment, sql):
    done = run(environment, "psql", "-X", "-v", "ON_ERROR_STOP=1", "-At", "-c", sql)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_psql_describes(environment):
    psql(environment, "create table dumped (id int primary key, v varchar(10) not null)")
    assert "dumped" in psql(environment, "\\dt")
    assert "varying(10)" in psql(environment, "\\d dumped")
    assert psql(environment, "insert into dumped values (1, 'a'), (2, 'b')") == "INSERT 0 2"


def test_pg_dump_writes_schema_and_data(environment):
    done = run(environment, "pg_dump", "--table", "dumped", "--no-owner", "--no-privileges")
    assert done.returncode == 0, done.stderr
    assert "CREATE TABLE public.dumped" in done.stdout
    assert "1\ta\n2\tb" in done.stdout
