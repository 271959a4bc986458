"""Endpoints as typed by a person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsqltui.core.endpoint import Endpoint, EndpointError, parse_endpoint

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
        f"postgres://{HOST}",
        f"{HOST}/postgres",
        "db.example.com",
        f"{HOST}.",
        f"{HOST}:",
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
    assert endpoint.host in text
