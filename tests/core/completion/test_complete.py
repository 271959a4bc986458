"""What is offered where; `|` is the cursor."""

import pytest

from dsqltui.core.catalog.catalog import Catalog, catalog_of
from dsqltui.core.completion import Completion, Sort, complete

CATALOG = catalog_of(
    (
        ("public", "table", "accounts", "id", "integer"),
        ("public", "table", "accounts", "owner", "text"),
        ("public", "function", "age_of", None, "account integer"),
        ("sys", "procedure", "wait_for_job", None, "job text"),
        ("sys", "view", "jobs", "job_id", "text"),
        ("sys", "view", "jobs", "status", "text"),
        ("xpoints", "table", "customers", "id", "uuid"),
        ("xpoints", "table", "customers", "username", "text"),
        ("xpoints", "table", "customers", "Odd one", "text"),
        ("xpoints", "table", "orders", "id", "uuid"),
        ("xpoints", "table", "orders", "customer_id", "uuid"),
        ("xpoints", "view", "Report", "total", "numeric"),
    )
)


def completion(text: str, catalog: Catalog = CATALOG) -> Completion | None:
    cursor = text.index("|")
    return complete(text.replace("|", "", 1), cursor, catalog)


def offered(text: str, catalog: Catalog = CATALOG) -> list[str]:
    found = completion(text, catalog)
    return [candidate.text for candidate in found.candidates] if found else []


def first(text: str) -> str:
    return (offered(text) or [""])[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sel|", "select"),
        ("SEL|", "SELECT"),
        ("cre|", "create table"),
        ("create in|", "index async"),
        ("create unique in|", "index async"),
        ("create index |", "async"),
        ("CREATE INDEX A|", "ASYNC"),
        ("alter table as|", "async"),
        ("aws |", "iam grant"),
        ("AWS IAM GR|", "GRANT"),
        ("aw|", "aws iam grant"),
        ("cal|", "call sys.wait_for_job('"),
        ("call wai|", "sys.wait_for_job("),
        ("call sys.|", "wait_for_job("),
        ("select * from sys.|", "jobs"),
        ("insert |", "into"),
        ("begin; sel|", "select"),
        ("begin;\n\nsel|\n\nselect 1", "select"),
        ("select 1 order |", "by"),
        ("delete fr|", "from"),
        ("select 1::in|", "int"),
        ("select * from t where x is n|", "null"),
        ("insert into t values (1) on conflict d|", "do nothing"),
    ],
)
def test_keywords_and_the_dialect_of_dsql(text: str, expected: str) -> None:
    assert first(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select * from acc|", ["accounts"]),
        ("select * from cust|", ["xpoints.customers"]),
        ("select * from xpo|", ["xpoints.customers", "xpoints.orders", 'xpoints."Report"', "xpoints."]),
        ("select * from xpoints.|", ["customers", "orders", '"Report"']),
        ('select * from xpoints."Re|', ['"Report"']),
        ("select * from accounts, ord|", ["xpoints.orders"]),
        ("update acc|", ["accounts"]),
        ("insert into acc|", ["accounts"]),
        ("create index async i on ord|", ["xpoints.orders"]),
        ("alter table async ord|", ["xpoints.orders"]),
        ("grant select on acc|", ["accounts"]),
        ("select * from accounts join xpoints.cu|", ["customers"]),
    ],
)
def test_relations(text: str, expected: list[str]) -> None:
    assert offered(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select o| from accounts", "owner"),
        ("select a.| from accounts a", "id"),
        ("select a.ow| from accounts as a", "owner"),
        ("select accounts.o| from accounts", "owner"),
        ("select xpoints.orders.cus| from xpoints.orders", "customer_id"),
        ("select us| from xpoints.customers c join xpoints.orders o on true", "username"),
        ("select * from xpoints.customers c join xpoints.orders o on o.cu|", "customer_id"),
        ("update accounts set ow|", "owner"),
        ("insert into accounts (ow|", "owner"),
        ("delete from accounts where ow|", "owner"),
        ('select (select max(tot|) from xpoints."Report")', "total"),
        ("select od| from xpoints.customers", '"Odd one"'),
        ("select * from CUSTOMERS where us|", "username"),
        ("select stat| from sys.jobs", "status"),
    ],
)
def test_columns_of_the_statements_tables(text: str, expected: str) -> None:
    assert first(text) == expected


def test_a_column_of_two_tables_comes_qualified() -> None:
    found = offered("select id| from xpoints.customers c, xpoints.orders")
    assert found[:2] == ["c.id", "orders.id"]


def test_columns_of_other_statements_are_not_offered() -> None:
    for text in ("select own|;\nselect 1 from accounts", "select 1 from accounts;\nselect own|"):
        found = completion(text)
        assert found is not None
        assert Sort.COLUMN not in {candidate.sort for candidate in found.candidates}


@pytest.mark.parametrize(
    "text",
    [
        "select 'sel|'",
        "select 'sel|",
        "-- sel|",
        "/* sel|",
        "/* sel| */ 1",
        "select $$ sel|$$",
        "select 12|",
        "select $1|",
        "select E'sel|",
        'select "x"|',
        "select 'x'|",
    ],
)
def test_nothing_in_strings_comments_and_numbers(text: str) -> None:
    assert completion(text) is None


def test_after_a_comment_it_goes_on() -> None:
    assert first("/* why */ sel|") == "select"
    assert first("-- why\nsel|") == "select"


def test_what_is_replaced_is_the_word() -> None:
    found = completion("select a.ow| from accounts a")
    assert found is not None
    assert (found.start, found.is_qualified) == (9, True)
    assert found.candidates[0].detail == "text"
    found = completion("select |")
    assert found is not None
    assert (found.start, found.is_qualified) == (7, False)


def test_functions_come_with_their_parenthesis() -> None:
    assert offered("select coal|")[0] == "coalesce("
    assert offered("select age|")[0] == "age_of("


def test_parts_of_names_match_after_beginnings() -> None:
    found = offered("select id| from xpoints.orders")
    assert found[0] == "id"
    assert "customer_id" in found


@pytest.mark.parametrize(
    ("text", "expected"), [("\\|", "\\i"), ("\\con|", "\\conninfo"), ("select 1;\n\\con|", "\\conninfo")]
)
def test_backslash_commands(text: str, expected: str) -> None:
    assert expected in offered(text)


def test_file_names_after_include() -> None:
    for text in ("\\i sql/rew|", "select 1;\n\\ir  sql/rew|"):
        found = completion(text)
        assert found is not None
        assert (found.path, found.start) == ("sql/rew", text.index("sql/rew"))
    assert completion("\\conninfo x|") is None


def test_an_empty_catalog_still_knows_the_language() -> None:
    assert offered("select * from t where c|", Catalog())
    assert offered("sel|", Catalog()) == ["select"]
    found = completion("sel|", Catalog())
    assert found is not None
    assert found.candidates[0].sort is Sort.KEYWORD


def test_any_cursor_anywhere_is_answered() -> None:
    text = "with x as (select 'a''b' from \"q\") /* c */ select x.a, $1 from x, xpoints.customers c;\n\\i f\ncopy t from stdin;\n1\n\\.\n"
    for cursor in range(len(text) + 1):
        found = complete(text, cursor, CATALOG)
        assert found is None or 0 <= found.start <= cursor
