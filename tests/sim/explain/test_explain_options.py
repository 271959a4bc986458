"""What is read from an EXPLAIN statement, and what PostgreSQL is sent for it."""

import re

import pytest

from dsqltui.sim.explain.options import ExplainRequest, parse_explain
from dsqltui.sim.sql.analysis import analyse
from dsqltui.sim.sql.rewrite import with_shadows


def request_of(sql: str) -> ExplainRequest:
    request = parse_explain(sql)
    assert request is not None, sql
    return request


class TestRequests:
    def test_plain(self) -> None:
        request = request_of("explain select 1 ;")
        assert (request.statement, request.statement_start) == ("select 1", 8)
        assert (request.analyze, request.verbose, request.costs, request.shows_summary) == (False, False, True, False)

    @pytest.mark.parametrize(
        "sql",
        [
            "EXPLAIN ANALYZE VERBOSE SELECT 1",
            "explain analyse verbose select 1",
            "EXPLAIN /* why */ ANALYZE -- so\n VERBOSE SELECT 1",
            "EXPLAIN (ANALYZE, VERBOSE) SELECT 1",
            "EXPLAIN (VERBOSE on, ANALYSE 1, FORMAT text) SELECT 1",
            "EXPLAIN (analyze 'TRUE', verbose TRUE, buffers, wal) SELECT 1",
            "EXPLAIN (ANALYZE false, ANALYZE, VERBOSE) SELECT 1",
        ],
    )
    def test_both_ways_of_writing(self, sql: str) -> None:
        request = request_of(sql)
        assert request.analyze
        assert request.verbose
        assert request.shows_summary
        assert request.statement.lower() == "select 1"

    def test_order_of_the_old_form_matters(self) -> None:
        assert request_of("EXPLAIN VERBOSE ANALYZE").statement == "ANALYZE"

    def test_single_options(self) -> None:
        request = request_of("EXPLAIN (COSTS off, TIMING false, SUMMARY 0, SETTINGS, ANALYZE) SELECT 1")
        assert (request.costs, request.timing, request.summary, request.settings) == (False, False, False, True)
        assert not request.shows_summary

    def test_a_query_in_parentheses_is_no_option_list(self) -> None:
        assert request_of("EXPLAIN (SELECT 1)").statement == "(SELECT 1)"
        assert request_of("EXPLAIN ((VALUES (1)))").statement == "((VALUES (1)))"

    @pytest.mark.parametrize(
        "sql",
        [
            "",
            "SELECT 1",
            "EXPLAIN",
            "EXPLAIN ANALYZE",
            "EXPLAIN (ANALYZE)",
            "EXPLAIN (ANALYZE SELECT 1",
            "EXPLAIN (FORMAT JSON) SELECT 1",
            "EXPLAIN (FORMAT 'xml', ANALYZE) SELECT 1",
            "EXPLAIN (ANALYZE, FORMAT yaml) SELECT 1",
            "EXPLAIN (NONSENSE) SELECT 1",
            "EXPLAIN (ANALYZE maybe) SELECT 1",
            "EXPLAIN (ANALYZE,,VERBOSE) SELECT 1",
            "EXPLAIN (ANALYZE 1 2) SELECT 1",
            "EXPLAIN (TIMING) SELECT 1",
            "EXPLAIN (WAL) SELECT 1",
            "EXPLAIN (ANALYZE, GENERIC_PLAN) SELECT $1",
        ],
    )
    def test_left_to_postgresql(self, sql: str) -> None:
        assert parse_explain(sql) is None


class TestSentText:
    def test_asks_for_what_rendering_needs(self) -> None:
        assert request_of("EXPLAIN SELECT 1").json_sql("SELECT 2") == (
            "EXPLAIN (FORMAT JSON, VERBOSE, COSTS, SUMMARY) SELECT 2"
        )
        assert request_of("EXPLAIN (ANALYZE, TIMING off, COSTS off, SETTINGS) SELECT 1").json_sql("SELECT 1") == (
            "EXPLAIN (FORMAT JSON, VERBOSE, COSTS, SUMMARY, ANALYZE, TIMING OFF, SETTINGS) SELECT 1"
        )
        assert "GENERIC_PLAN" in request_of("EXPLAIN (GENERIC_PLAN) SELECT $1").json_sql("SELECT $1")

    def test_positions_point_into_the_clients_text(self) -> None:
        sql = "EXPLAIN ANALYZE SELECT * FROM xpoints.customers WHERE oops"
        analysis = analyse(sql)
        rewritten = with_shadows(sql, analysis.qualified, {("xpoints", "customers"): "xpoints.customers"})
        sent = request_of(sql).for_postgres(rewritten)
        assert sent.text.startswith("EXPLAIN (FORMAT JSON")
        assert 'FROM pg_temp."xpoints.customers" AS "customers" WHERE oops' in sent.text
        for word in ("oops", "SELECT", "WHERE", "FROM"):
            position = re.search(rf"\b{word}\b", sent.text)
            assert position is not None
            assert sent.original_position(position.start() + 1) == sql.index(word) + 1


class TestQueryIdentifier:
    def test_form(self) -> None:
        assert re.fullmatch("[a-z0-9]{13}", request_of("EXPLAIN SELECT 1").query_identifier)

    def test_is_of_the_statement_without_constants(self) -> None:
        one = request_of("EXPLAIN SELECT a FROM t WHERE b = 1 AND c = 'x'").query_identifier
        assert one == request_of("explain (analyze) select  A\nfrom T where B=22 and C = $q$y$q$ -- z").query_identifier
        assert one != request_of('EXPLAIN SELECT "A" FROM t WHERE b = 1 AND c = 1').query_identifier
