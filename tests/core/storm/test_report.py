"""Counters, latencies, heat and the report."""

import csv
import io
import json
from random import Random

from dsqltui.core.results.errors import Conflict
from dsqltui.core.storm.heat import HeatMap
from dsqltui.core.storm.latency import LatencyHistogram
from dsqltui.core.storm.report import StormReport
from dsqltui.core.storm.report_text import report_text
from dsqltui.core.storm.row_keys import RowKey
from dsqltui.core.storm.tally import StormTally


def test_percentiles_are_within_one_percent() -> None:
    rng = Random(1)
    times = sorted(rng.lognormvariate(-5, 1.5) for _ in range(5_000))
    histogram = LatencyHistogram()
    for seconds in times:
        histogram.add(seconds)
    found = histogram.percentiles()
    for share, value in ((0.50, found.p50_s), (0.95, found.p95_s), (0.99, found.p99_s)):
        assert abs(value / times[int(share * 5_000) - 1] - 1) < 0.011
    assert histogram.mean_s == sum(times) / 5_000 or abs(histogram.mean_s - sum(times) / 5_000) < 1e-9
    assert LatencyHistogram().percentiles().p99_s == 0.0


def test_heat() -> None:
    heat = HeatMap()
    for n in range(200):
        heat.add([RowKey("t", f"id={n}"), RowKey("t", "id=7"), RowKey("t", "id=7"), RowKey("u")])
    picture = heat.picture()
    assert (picture.top[0].row.shown, picture.top[0].lost) == ("t id=7", 200)
    assert (picture.keys, picture.told, picture.not_told) == (200, 399, {"u": 200})
    assert picture.by_table == {"t": 399, "u": 200}
    assert picture.hottest_share == 201 / 399
    assert picture.curve[:2] == (200, 1)


def _tally() -> StormTally:
    tally = StormTally(["us-east-1", "us-east-2"])
    one, other = tally.endpoints
    for number in range(10):
        one.began()
        if number < 4:
            tally.lost_conflict(one, 0, Conflict.DATA, 1, [RowKey("shop.orders", "id=1")])
            one.retried()
        one.committed(number // 5, 2 if number < 4 else 1, 0.010)
        one.commit_took(number // 5, 0.002)
    other.began()
    tally.lost_conflict(other, 3, Conflict.SCHEMA, 1, [RowKey("shop.orders", "id=2")])
    other.given_up += 1
    other.began()
    tally.refused(other, "22012", "division by zero\x1b[2J")
    other.began()
    tally.lost(other, "the server went away", is_unknown=True)
    for endpoint in tally.endpoints:
        endpoint.close()
    return tally


def _report(name: str = "", tally: StormTally | None = None) -> StormReport:
    return StormReport(name, ("hot.sql",), 16, 2.0, tally or _tally(), is_simulator=True)


def test_json_has_the_numbers() -> None:
    found = json.loads(report_text("json", [_report()]))
    assert (found["commits"], found["conflicts"], found["attempts"], found["given_up"]) == (10, 5, 17, 1)
    assert found["conflicts_by_code"] == {"OC000": 4, "OC001": 1}
    assert found["commits_by_attempts"] == {"1": 6, "2": 4}
    assert found["errors"] == {"22012": 1}
    assert (found["lost"], found["commit_unknown"]) == (1, 1)
    assert found["first_attempts_lost_share"] == round(5 / 13, 4)
    assert found["hot"] == [{"table": "shop.orders", "key": "id=1", "lost": 4}]
    assert [(s["second"], s["endpoint"], s["commits"]) for s in found["by_second"]] == [
        (0, "us-east-1", 5),
        (1, "us-east-1", 5),
        (0, "us-east-2", 0),
        (1, "us-east-2", 0),
        (2, "us-east-2", 0),
        (3, "us-east-2", 0),
    ]


def test_table_and_markdown() -> None:
    text = report_text("table", [_report()])
    assert "hot.sql, 16 sessions, 2.0 s" in text
    assert "first attempts that lost" in text
    assert "shop.orders id=1" in text
    assert "1 x connection lost, 1 of them with COMMIT on its way (unknown): the server went away" in text
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 110
    markdown = report_text("markdown", [_report()])
    assert "| commits | 10 | 0 | 10 |" in markdown
    assert "\x1b" not in markdown


def test_two_designs() -> None:
    first, second = _report("A"), _report("B", StormTally(["us-east-1", "us-east-2"]))
    second.tally.endpoints[0].began()
    second.tally.endpoints[0].committed(0, 1, 0.02)
    text = report_text("table", [first, second])
    assert "A: hot.sql, 16 sessions" in text
    assert [line.split("|")[-1].strip() for line in text.splitlines() if line.startswith(" commits  ")] == ["0.10"]
    found = json.loads(report_text("json", [first, second]))
    assert found["commits"] == 11
    assert [design["design"] for design in found["designs"]] == ["A", "B"]
    assert found["ratio"]["commits"] == 0.1


def test_csv_has_a_line_for_each_second_and_endpoint() -> None:
    rows = list(csv.DictReader(io.StringIO(report_text("csv", [_report()]))))
    assert len(rows) == 6
    assert rows[0]["commits"] == "5"
    assert rows[0]["transaction_p50_ms"] != "0.0"
