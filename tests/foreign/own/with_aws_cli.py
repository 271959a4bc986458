"""The AWS CLI, as it is installed."""

import json
import os
import subprocess

os.environ.setdefault("AWS_DEFAULT_REGION", os.environ.get("REGION", "us-east-1"))


def aws(*words):
    done = subprocess.run(
        ["aws", "--output", "json", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout.strip().startswith(("{", "[")) else done.stdout.strip()


def test_who_am_i():
    assert aws("sts", "get-caller-identity")["Account"] == "111122223333"


def test_clusters_are_listed_made_waited_for_and_deleted():
    (there,) = aws("dsql", "list-clusters")["clusters"]
    assert os.environ["CLUSTER_ENDPOINT"].startswith(there["identifier"])
    made = aws("dsql", "create-cluster", "--no-deletion-protection-enabled", "--tags", "Name=cli")
    aws("dsql", "wait", "cluster-active", "--identifier", made["identifier"])
    assert aws("dsql", "get-cluster", "--identifier", made["identifier"])["tags"] == {"Name": "cli"}
    aws("dsql", "delete-cluster", "--identifier", made["identifier"])
    aws("dsql", "wait", "cluster-not-exists", "--identifier", made["identifier"])


def test_a_token_lets_in():
    host = os.environ["CLUSTER_ENDPOINT"]
    token = aws("dsql", "generate-db-connect-admin-auth-token", "--region", os.environ["REGION"], "--hostname", host)
    environment = os.environ | {
        "PGPASSWORD": token,
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": os.environ["SSL_CERT_PATH"],
    }
    done = subprocess.run(
        ["psql", "-XAt", "-h", host, "-U", "admin", "-d", "postgres", "-c", "select 1"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "1", done.stderr
