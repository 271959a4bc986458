"""Endpoints as typed by a person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsqltui.core.aws.endpoint import Endpoint, EndpointError, parse_endpoint

ID = "abcdefghijklmnopqrstuvwxyz"
HOST = f"{ID}.dsql.us-east-1.on.aws"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HOST, Endpoint(HOST, "us-east-1")),
        (f"  {HOST}\n", Endpoint(HOST, "us-east-1")),
        (f"{HOST}:6432", Endpoint(HOST, "us-east-1", 6432)),
        (f"{ID}.dsql-fnh4.eu-west-2.on.aws", Endpoint(f"{ID}.dsql-fnh4.eu-west-2.on.aws", "eu-west-2")),
        (f"{ID}.dsql-fips.us-gov-west-1.on.aws", Endpoint(f"{ID}.dsql-fips.us-gov-west-1.on.aws", "us-gov-west-1")),
    ],
)
def test_parse(text: str, expected: Endpoint) -> None:
    assert parse_endpoint(text) == expected
    assert expected.cluster_id == ID


@pytest.mark.parametrize(
    "text",
    [
        f"https://{HOST}",
        f"https://{HOST}/",
        f"HTTPS://{HOST.upper()}/",
        f"{HOST}/",
        f"{HOST}.",
        f"{HOST}:5432/",
        HOST.upper(),
        f"'{HOST}'",
        f"<{HOST}>",
        f"{HOST},",
        f"\u00a0{HOST}\u200b",
        f"admin@{HOST}",
        f"postgres://{HOST}",
        f"postgresql://{HOST}:5432/postgres?sslmode=require",
        f"postgresql://admin@{HOST}/postgres?sslmode=verify-full&sslnegotiation=direct",
        f"postgresql://{HOST}?user=admin&port=5432",
        f"postgresql:///postgres?host={HOST}",
        f"jdbc:postgresql://{HOST}/postgres",
        f"jdbc:aws-dsql:postgresql://{HOST}/postgres?user=admin",
        f"host={HOST} port=5432",
        f"host = '{HOST}'  dbname=postgres user=admin sslmode=disable",
        f"arn:aws:dsql:us-east-1:111122223333:cluster/{ID}",
    ],
)
def test_a_host_as_people_have_it_at_hand(text: str) -> None:
    assert parse_endpoint(text, user="admin") == Endpoint(HOST, "us-east-1")


def test_a_cluster_s_id_needs_its_region() -> None:
    assert parse_endpoint(ID, region="us-east-1") == Endpoint(HOST, "us-east-1")
    with pytest.raises(EndpointError, match="add --region REGION"):
        parse_endpoint(ID)
    with pytest.raises(EndpointError, match="leave --region out"):
        parse_endpoint(f"arn:aws:dsql:us-east-1:111122223333:cluster/{ID}", region="us-west-2")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[::1]:5432", "--hostaddr ::1"),
        (f"postgresql://{HOST}/orders", "Aurora DSQL has one: write postgres"),
        (f"postgresql://reports@{HOST}/postgres", "add --user reports"),
        (f"host={HOST} user=reports", "add --user reports"),
        (f"host={HOST} hostaddr=10.0.0.1", "--hostaddr"),
        (f"postgres://{HOST}?sslrootcert=x.pem", "--ca-file"),
        (f"{ID}．dsql.us-east-1.on.aws", "FULLWIDTH FULL STOP (U+FF0E)"),
        (f"{ID}\u200b.dsql.us-east-1.on.aws", "ZERO WIDTH SPACE (U+200B)"),
    ],
)
def test_what_is_wrong_is_said(text: str, told: str) -> None:
    with pytest.raises(EndpointError) as caught:
        parse_endpoint(text, user="admin")
    assert told in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        f"postgresql://admin:hush-hush@{HOST}/postgres",
        f"postgresql://admin:hush@hush@{HOST}/postgres",
        f"admin:hush-hush@{HOST}",
        f"host={HOST} password=hush-hush",
        f"host={HOST} password='hush hush'",
        f"postgresql://{HOST}/postgres?password=hush-hush",
        f"postgresql://admin:hush-hush@{HOST}/orders",
        f"ftp://admin:hush-hush@{HOST}",
    ],
)
def test_a_password_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(EndpointError) as caught:
        parse_endpoint(text)
    assert "hush" not in str(caught.value)


def test_a_named_region_wins_and_serves_other_names() -> None:
    assert parse_endpoint(HOST, region="eu-west-1").region == "eu-west-1"
    assert parse_endpoint("db.example.com:1", region="eu-west-1") == Endpoint("db.example.com", "eu-west-1", 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-x.dsql.us-east-1.on.aws",
        "a b.dsql.us-east-1.on.aws",
        f"{HOST}/postgres",
        f"https://{HOST}/console",
        f"ftp://{HOST}",
        f"postgres://{HOST}/orders",
        f"postgres://{HOST}:x/postgres",
        f"host={HOST} dbname=orders",
        f"host={HOST} port=0",
        f"host={HOST} port",
        "host=",
        "db.example.com",
        f"{HOST}..",
        f"{HOST}:",
        "[::1]:5432",
        "::1",
        "[x]:5432",
        "https://",
        "postgresql:///postgres",
        "arn:aws:s3:::bucket",
        ID,
        f"{HOST}:0",
        f"{HOST}:65536",
        f"{HOST}:-1",
        f"{HOST}:5432x",
        f"{HOST}:²",
        f"{HOST}:٥٤٣٢",
        f"{HOST}:" + "1" * 5000,
        f"{HOST}:5432:1",
        "x" * 300 + ".dsql.us-east-1.on.aws",
        f"{HOST}\x1b[2J",
    ],
)
def test_what_is_no_endpoint_is_refused_with_the_right_form(text: str) -> None:
    with pytest.raises(EndpointError, match=r"write|Region"):
        parse_endpoint(text)


@given(st.text(max_size=80))
def test_any_text_is_an_endpoint_or_an_endpoint_error(text: str) -> None:
    try:
        endpoint = parse_endpoint(text, region="us-east-1")
    except EndpointError:
        return
    assert 0 < endpoint.port < 65536
    assert endpoint.host.isascii()
    assert endpoint.host in text.lower() or endpoint.cluster_id in text.lower()
