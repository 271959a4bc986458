"""Lab files: what is wrong is told with file, step and key."""

from pathlib import Path
from typing import Any

import pytest

from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.labs.files.load import read_lab, read_labs, shipped_labs
from dsqltui.labs.files.load_checks import CHECKS
from dsqltui.labs.files.reading import LabUnreadable
from dsqltui.labs.files.template import TEMPLATE
from dsqltui.labs.model import VIEWS, HasRows, RunSql, WasRefused
from dsqltui.ui.keys.keymap import ACTIONS
from support.labs import IDLE, OPEN, lab, lab_with_steps, template_table


def problems(table: dict[str, Any], name: str = "07-mine.toml") -> list[str]:
    with pytest.raises(LabUnreadable) as caught:
        lab(table, name)
    return str(caught.value).splitlines()


def test_the_template_is_a_lab() -> None:
    made = lab()
    assert (made.number, made.id) == (7, "mine")
    first, second = made.steps
    assert isinstance(first.action, RunSql)
    assert first.expect == (HasRows("select", ("A",), value="42"),)
    assert (first.state_before["A"], first.state_after["A"]) == (IDLE, OPEN)
    assert (second.state_before["A"], second.state_after["A"]) == (OPEN, IDLE)
    assert first.captures[0].column == "answer"


def test_all_shipped_labs_load_with_equal_languages() -> None:
    labs = read_labs(shipped_labs())
    assert [made.number for made in labs] == list(range(1, len(labs) + 1))
    for made in labs:
        for step in made.steps:
            assert step.say.en.count("`") % 2 == 0 == step.say.ja.count("`") % 2, (made.id, step.id)
            assert any(ord(letter) > 0x3000 for letter in step.say.ja), f"{made.id}/{step.id} is not Japanese"


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (lambda t: t.update(format=3), "07-mine.toml: format: must be 1 or 2"),
        (lambda t: t["title"].clear(), "07-mine.toml: title.en: is missing"),
        (lambda t: t.update(titel="x"), "07-mine.toml: titel: is no key here; did you mean title?"),
        (lambda t: t["step"][0].pop("hint"), "07-mine.toml: step 'begin-and-look': hint: is missing"),
        (lambda t: t["step"][1]["say"].update(ja=" ", en=""), "step 'commit': say.en: is missing; say it in one language"),
        (lambda t: t["step"][0].update(predict=3), "predict: must be a table"),
        (lambda t: t["step"][0]["expect"][0].update(value=1), 'expect[1].value: must be a text: write "1"'),
        (lambda t: (t.update(format=1), t["step"][1].update(ways=["end;"])), "step 'commit': ways: needs format = 2"),
        (lambda t: t["step"][1].update(pane="c"), "step 'commit': pane: must be \"a\", \"b\" or \"both\""),
        (lambda t: t["step"][1].pop("pane"), "step 'commit': pane: is missing"),
        (lambda t: t["step"][1].update(id="begin-and-look"), "id: is the id of an earlier step too"),
        (lambda t: t["step"][1].update(id="Commit it"), "id: must be lower-case words"),
        (lambda t: t["step"][1].update(do="read"), "step 'commit': do: is given besides sql"),
        (lambda t: t["step"][1].pop("sql"), "step 'commit': sql: is missing or unknown; a step has sql, or do = one of read"),
        (lambda t: t["step"][0]["expect"][0].update(check="row"), "expect[1].check: is no check; there are ran, rows"),
        (lambda t: t["step"][0]["expect"][0].update(colour="red"), "step 'begin-and-look': expect[1].colour: is no key here"),
        (lambda t: t["step"][0]["expect"][0].update(count="two"), "expect[1].count: must be a whole number"),
        (lambda t: t["step"][0].pop("expect"), "step 'begin-and-look': expect: is missing"),
        (lambda t: t["step"][0].pop("capture"), "step 'commit': say.en: {answer} was captured by no step before"),
        (lambda t: t["step"].pop(), "sql: leaves a transaction open in pane A at the end of the lab"),
        (lambda t: t.update(reset="begin; delete from t; commit;"), "reset: must not open or end a transaction"),
        (lambda t: t["question"].update(right=3), "question.right: must be the number of a choice, 1 to 2"),
        (lambda t: t["question"]["choice"][0].clear(), "question.choice[1].en: is missing"),
        (lambda t: t["step"].append({"id": "f", "do": "faults", "faults": ["transaction-age=5"], "say": {"en": "x", "ja": "あ"}, "hint": {"en": "x", "ja": "あ"}}), "step 'f': do: faults need simulator_only = true"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_file_step_and_key(change: Any, wanted: str) -> None:
    table = template_table()
    change(table)
    told = problems(table)
    assert any(wanted in line for line in told), told


def test_all_problems_are_told_at_once() -> None:
    table = template_table()
    del table["title"], table["goal"], table["step"][0]["say"]
    assert len(problems(table)) == 3


def test_the_files_name_gives_number_and_id() -> None:
    assert "must be named like" in problems(template_table(), "mine.toml")[0]


def test_a_file_that_is_no_toml_or_not_there_says_so(tmp_path: Path) -> None:
    file = tmp_path / "01-x.toml"
    with pytest.raises(LabUnreadable, match="cannot be read: No such file"):
        read_lab(file)
    file.write_text("format = \nx = 1", encoding="utf-8")
    with pytest.raises(LabUnreadable, match=r"is not TOML.*line 1"):
        read_lab(file)
    file.write_bytes(b"\xff")
    with pytest.raises(LabUnreadable, match="is not UTF-8"):
        read_lab(file)


def test_a_folder_tells_of_equal_ids_and_of_labs_that_are_missing(tmp_path: Path) -> None:
    (tmp_path / "01-one.toml").write_text(TEMPLATE, encoding="utf-8")
    (tmp_path / "02-one.toml").write_text(TEMPLATE, encoding="utf-8")
    (tmp_path / "03-three.toml").write_text(f'after = ["four"]\n{TEMPLATE}', encoding="utf-8")
    with pytest.raises(LabUnreadable) as caught:
        read_labs(tmp_path)
    assert "02-one.toml: id: 'one' is the id of 01-one.toml too" in str(caught.value)
    assert "03-three.toml: after: 'four' is no lab with a lower number" in str(caught.value)


def test_transaction_states_follow_from_the_sql() -> None:
    ran = {"check": "ran", "of": "select"}
    denied = {"check": "refused", "of": "update", "sqlstate": "42501"}
    made = lab_with_steps(
        {"pane": "a", "sql": "begin; select 1;", "expect": [ran]},
        {"pane": "b", "sql": "select 1;", "expect": [ran]},
        {"pane": "a", "sql": "update t set x = 1; commit;", "expect": [denied]},
        {"pane": "a", "sql": "rollback;", "expect": [{"check": "ran", "of": "rollback"}]},
    )
    assert [step.state_after for step in made.steps] == [
        {"A": OPEN},
        {"B": IDLE},
        {"A": TransactionState.FAILED},
        {"A": IDLE},
    ]
    assert isinstance(made.steps[2].expect[0], WasRefused)


def test_a_role_switch_may_not_lose_a_transaction() -> None:
    table = template_table()
    role = {"do": "role back", "pane": "both", "id": "x"} | {key: table["step"][0][key] for key in ("say", "hint")}
    table["step"].insert(1, role)
    assert any("would lose the transaction that is open in pane A" in line for line in problems(table))


def test_the_documents_example_is_what_new_writes() -> None:
    document = (Path(__file__).resolve().parents[2] / "docs" / "labs.md").read_text(encoding="utf-8")
    example = document.split("```toml\n")[1].split("```")[0]
    assert TEMPLATE.startswith(example)


def test_views_are_actions_of_the_console() -> None:
    assert set(VIEWS) <= {action.id for action in ACTIONS}


def test_the_document_names_every_check_and_action() -> None:
    document = (Path(__file__).resolve().parents[2] / "docs" / "labs.md").read_text(encoding="utf-8")
    for check in CHECKS:
        assert f"`{check}`" in document
    for do in ("read", "quiz", "load", "explore", "connect", "role", "role back", "faults", *VIEWS):
        assert f'`"{do}"`' in document


def test_one_language_is_enough_and_warned_of() -> None:
    table = template_table()
    del table["step"][0]["say"]["ja"]
    made = lab(table)
    assert made.steps[0].say.ja == made.steps[0].say.en
    assert [str(warning) for warning in made.warnings] == [
        "07-mine.toml: step 'begin-and-look': say.ja: is missing; the other one is shown"
    ]


def test_format_1_still_loads() -> None:
    assert lab(template_table() | {"format": 1}).steps
