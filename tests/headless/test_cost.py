"""`\\cost` in scripts and `dsqltui cost`, on a real simulator."""

import json
from pathlib import Path

import pytest

from support.headless import Headless

SCRIPT = """
create table public.costs (id bigint primary key, v text);
insert into public.costs values (1, 'a'), (2, 'b');
update costs set v = 'password=hunter2hunter2' where id = 2 \\plan analyze
\\cost pin touch 1,000
select * from costs where id = 1 \\plan analyze
\\cost pin look 50000
\\cost
select v from costs where id = 2 \\g (format=csv)
\\set ON_ERROR_STOP off
select * from costs where id = 2;
\\cost pin early 10
\\cost pin
"""


def test_measure_pin_and_count_a_month(headless: Headless) -> None:
    done = headless.exec("-q", stdin=SCRIPT)
    assert "Pinned touch, 1,000 calls a day: 0." in done.out
    assert "session      at least 0." in done.out
    assert "2 of 3 statements measured" in done.out
    assert "v\nb\n" in done.out  # measured, and rolled back
    assert done.code == 1
    measure = r"\plan analyze measures a statement, which runs it (writes outside a transaction are rolled back)."
    assert done.err.splitlines() == [
        f"line 12: The last statement was not measured, so it is not pinned. {measure}",
        r"line 13: Write \cost, \cost pin NAME CALLS_A_DAY or \cost unpin NAME.",
    ]
    file = headless.folder / "data" / "dsqltui" / "workload.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "hunter2" not in file.read_text()
    month = json.loads(headless.run("cost", "--format", "json").out)
    assert [(s["name"], s["calls_a_day"]) for s in month["statements"]] == [("look", 50_000), ("touch", 1_000)]
    touch = month["statements"][1]["billed_a_call"]
    assert (touch["read"], touch["write"], touch["multi_region_write"]) == (0.00375, 0.05, 0.05)
    assert month["money"] is None


def test_the_command_measures_and_asks_the_size(headless: Headless, tmp_path: Path) -> None:
    settings = tmp_path / "config" / "dsqltui" / "config.toml"
    settings.parent.mkdir(parents=True, mode=0o700)
    settings.write_text(
        '[results]\nprice_per_million_dpu = 8\n[cost]\nprice_region = "us-east-1"\nprice_date = "2026-11-29"\n'
        "free_dpu = 0\n"
    )
    options = ("--calls", "1000", "--pin", "one", "--workload", "w.json")
    done = headless.run("cost", "--local", "-c", "select 1", "-c", "select 2", *options, "--format", "json")
    month = json.loads(done.out)
    assert (done.code, [s["name"] for s in month["statements"]]) == (0, ["one", "one-2"])
    assert month["money"] == pytest.approx(month["dpu"]["total"] * 8 / 1e6, rel=1e-3)
    assert month["storage_gb"] > 0
    text = headless.run("cost", "--storage-gb", "3", "--workload", "w.json").out
    assert "At 8.00 dollars per million DPU (us-east-1, 2026-11-29; your settings)." in text
    assert "no price is set (cost.price_per_gb_month)" in text
    (tmp_path / "w.json").write_text("{}")
    done = headless.run("cost", "--workload", "w.json")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("dsqltui: The workload's file is not readable")
