"""CloudWatch's metrics over boto3 from a real simulator: counters, both Regions, statistics, what fails."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from client.test_with_simulator import endpoint_of
from dsqltui.client.aws.account import AccessKeys, AwsAccount
from dsqltui.client.aws.metrics import MetricsReader
from dsqltui.core.aws.metrics import DAY, HOUR, METRICS, RegionMetrics, counted, short, sparkline, table, window
from support.servers.simulator import RunningSimulator, running_simulator

CONFLICTS = 3


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    """A simulator on which B lost some conflicts to A."""
    with running_simulator(
        tmp_path_factory.mktemp("metrics"), "--ephemeral", "--no-idle-oc001", "--cluster-delay", "0"
    ) as simulator:
        with simulator.connect() as a, simulator.connect(1) as b:
            a.execute("create table t (id int primary key, v int)")
            a.execute("insert into t values (1, 0)")
            for _ in range(CONFLICTS):
                for session in (a, b):
                    session.execute("begin")
                    session.execute("update t set v = v + 1 where id = 1")
                a.execute("commit")
                with pytest.raises(Exception, match="OC000"):
                    b.execute("commit")
            a.execute("select * from t")
            a.execute("begin")
            a.execute("select * from t")
            a.execute("commit")
        yield simulator


def reader_of(simulator: RunningSimulator, **changes: str) -> MetricsReader:
    credentials = simulator.ready["credentials"]
    keys = AccessKeys(credentials["access_key_id"], changes.get("secret", credentials["secret_access_key"]))
    account = AwsAccount(keys=keys, endpoint_url=simulator.ready["aws_endpoint_url"])
    return MetricsReader(account, (endpoint_of(simulator, 0), endpoint_of(simulator, 1)))


def sums(region: RegionMetrics, *names: str) -> list[float]:
    return [sum(region.series.get(name, {}).values()) for name in names]


async def test_both_regions_from_the_simulators_counters(busy: RunningSimulator) -> None:
    reader = reader_of(busy)
    a, b = await reader.read(HOUR, time.time())
    assert (a.failure, b.failure, reader.calls) == ("", "", 2)
    names = ("TotalTransactions", "ReadOnlyTransactions", "OccConflicts")
    assert sums(a, *names) == [2 + CONFLICTS + 2, 2, 0]
    assert sums(b, *names) == [CONFLICTS, 0, CONFLICTS]
    assert b.conflict_share == 1
    assert a.total(METRICS[3]) is not None
    (day, _) = await reader.read(DAY, time.time())
    assert sums(day, *names) == sums(a, *names)


async def test_statement_statistics_are_told_by_region(busy: RunningSimulator) -> None:
    reader = reader_of(busy)
    regions = await reader.read(HOUR, time.time())
    assert "statement statistics: off" in table(regions, (), 100)
    client = busy.aws.client("dsql", region_name="us-east-1", endpoint_url=busy.ready["aws_endpoint_url"])
    cluster = busy.endpoints[0].cluster_id
    client.update_cluster(identifier=cluster, metricGroups=[{"metricGroup": "STATEMENT_STATISTICS"}])
    regions = await reader.read(HOUR, time.time())
    assert "statement statistics: off" in table(regions, (), 100), "each cluster is asked once"
    regions = await reader_of(busy).read(HOUR, time.time())
    assert "statement statistics: on in us-east-1, off in us-east-2" in table(regions, (), 100)
    client.update_cluster(identifier=cluster, metricGroups=[])
    assert client.get_cluster(identifier=cluster)["metricGroups"] == []


async def test_a_region_that_refuses_says_why(busy: RunningSimulator) -> None:
    regions = await reader_of(busy, secret="x" * 40).read(HOUR, time.time())
    assert all(region.failure and not region.series for region in regions)
    assert any(line.startswith("us-east-1: ") for line in table(regions, (), 80))


def query(simulator: RunningSimulator, **changes: Any) -> dict[str, Any]:
    metric = {
        "Namespace": "AWS/AuroraDSQL",
        "MetricName": "TotalTransactions",
        "Dimensions": [{"Name": "ClusterId", "Value": simulator.endpoints[0].cluster_id}],
    }
    return {"Id": "a", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}} | changes


def test_statistics_order_and_refusals(busy: RunningSimulator) -> None:
    client = busy.aws.client("cloudwatch", region_name="us-east-1", endpoint_url=busy.ready["aws_endpoint_url"])
    now = int(time.time())

    def ask(*queries: dict[str, Any], start: int = now - 7_200) -> list[Any]:
        answer = client.get_metric_data(MetricDataQueries=list(queries), StartTime=start, EndTime=now + 60)
        return [result["Values"] for result in answer["MetricDataResults"]]

    stats = [query(busy, Id=f"q{n}") for n in range(5)]
    for one, stat in zip(stats, ("Sum", "SampleCount", "Average", "Maximum", "p99.9"), strict=True):
        one["MetricStat"] = one["MetricStat"] | {"Stat": stat, "Period": 86_400}
    total, count, average, most, high = ask(*stats)
    assert sum(total) == sum(count) == 7
    assert set(average + most + high) == {1.0}
    other = query(busy)
    other["MetricStat"]["Metric"]["Dimensions"][0]["Value"] = "x" * 26
    assert ask(other) == [[]]
    named = client.list_metrics(
        Namespace="AWS/AuroraDSQL", Dimensions=[{"Name": "ClusterId", "Value": busy.endpoints[0].cluster_id}]
    )
    assert "OccConflicts" in [metric["MetricName"] for metric in named["Metrics"]]
    for bad, words in (
        ({"Id": "1x"}, "Id must begin"),
        ({"MetricStat": None, "Expression": "a+b"}, "Expressions are not simulated"),
    ):
        with pytest.raises(client.exceptions.ClientError, match=words):
            ask({name: value for name, value in query(busy, **bad).items() if value is not None})
    with pytest.raises(client.exceptions.ClientError, match="are not unique"):
        ask(query(busy), query(busy))
    with pytest.raises(client.exceptions.ClientError, match="StartTime must be less"):
        ask(query(busy), start=now + 600)


def test_drawing() -> None:
    assert sparkline([0, 1, None, 7], 10) == "▁▂ █"
    assert sparkline([1, 2, 3, 4], 2) == "▅█"
    assert sparkline([0.0, 0.0], 5) == "▁▁"
    assert sparkline([], 5) == ""
    assert [short(value) for value in (None, 0, 12, 1_234, 2_500_000, 0.05)] == ["–", "0", "12", "1.2k", "2.5M", "0.05"]
    assert (short(35.12, "ms"), short(4_500_000, "B")) == ("35.1 ms", "4.5 MB")
    start, end = window(10_000, HOUR)
    assert (end - start, end % 60, end > 10_000) == (3_600, 0, True)
    assert counted([start, start + 1, start + 60, end], start, HOUR)[:3] == [2, 1, None]
    lines = table([RegionMetrics("us-east-1", "c", start, HOUR, {"OccConflicts": {start: 3.0}})] * 2, [1.0], 80)
    assert max(map(len, lines[:-1])) <= 80
