"""What was found, for programs: JSON and JUnit XML.

JSON: `orders` (that were run), `classes` (outcomes: `verdict`, `count`, `example` ...), `anomalies`, `lost` (numbers),
and more beside them; of several cases a list.
"""

import json
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from dsqltui.core.interleaving.comparing import OrderRun
from dsqltui.core.interleaving.cures import TriedCure, ranked
from dsqltui.core.interleaving.findings import Findings, OutcomeGroup
from dsqltui.core.interleaving.orders import shown_order
from dsqltui.core.interleaving.picture import steps_of
from dsqltui.core.interleaving.report import CaseReport, headline
from dsqltui.core.interleaving.scripts import LETTERS
from dsqltui.core.results.outcome import Done, Lost, Outcome, Refused, Rows
from dsqltui.core.secrets import without_secrets
from dsqltui.core.text.safe_text import many_lines


def json_text(reports: Sequence[CaseReport]) -> str:
    """One object for one case, a list for several; ends with a line end."""
    data = [_case(report) for report in reports]
    return json.dumps(data[0] if len(data) == 1 else data, ensure_ascii=False, indent=2) + "\n"


def junit_text(reports: Sequence[CaseReport]) -> str:
    """JUnit XML: a suite for each case, a test case for each outcome and one for what was expected."""
    root = ElementTree.Element("testsuites", name="dsqltui interleave")
    for report in reports:
        findings = report.findings
        name = many_lines(findings.spec.name)
        suite = ElementTree.SubElement(root, "testsuite", name=name, time=f"{findings.duration_s:.3f}")
        for number, group in enumerate(findings.groups, 1):
            title = f"{number}. {len(group.members)} x {group.title}"
            case = ElementTree.SubElement(suite, "testcase", classname=name, name=title)
            if group.is_odd:
                ElementTree.SubElement(case, "failure", message="An order differs from others of its class.")
        case = ElementTree.SubElement(suite, "testcase", classname=name, name="expectations")
        if report.failures:
            text = many_lines(without_secrets(" ".join(report.failures)))
            ElementTree.SubElement(case, "failure", message=text)
        suite.set("tests", str(len(suite)))
        suite.set("failures", str(sum(case.find("failure") is not None for case in suite)))
    ElementTree.indent(root)
    document: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document.decode("utf-8") + "\n"


def _case(report: CaseReport) -> dict[str, Any]:
    findings = report.findings
    everybody = len(findings.scripts)
    return {
        "name": findings.spec.name,
        "orders": len(findings.judged),
        "classes": [_group(findings, group) for group in findings.groups],
        "anomalies": findings.anomalies,
        "lost": findings.lost,
        "coverage": findings.coverage.value,
        "orders_of_all": findings.order_count,
        "order_classes": findings.class_count,
        "planned": findings.planned,
        "is_complete": findings.is_complete,
        "differ_within_class": findings.odd,
        "seed": findings.seed,
        "not_serial_after_retry": findings.not_serial_after_retry if findings.is_retrying else None,
        "serial_orders": [
            {"order": [LETTERS[n] for n in serial], "final": _final(run)}
            for serial, run in findings.serials.items()
            if len(serial) == everybody
        ],
        "scripts": {
            LETTERS[n]: [without_secrets(s.sql) for s in script.statements] for n, script in enumerate(findings.scripts)
        },
        "check": list(findings.check),
        "way_out": [_cure(one) for one in ranked(report.cures)],
        "notes": list(findings.notes),
        "failures": list(report.failures),
        "headline": headline(findings),
        "seconds": round(findings.duration_s, 3),
    }


def _group(findings: Findings, group: OutcomeGroup) -> dict[str, Any]:
    example = group.example
    return {
        "verdict": group.judgement.verdict.word,
        "count": len(group.members),
        "example": {
            "order": shown_order(example.order),
            "name": example.name,
            "steps": [
                {
                    "session": step.letter,
                    "statement": step.number,
                    "sql": without_secrets(step.statement.sql),
                    **_answer(step.outcome),
                }
                for step in steps_of(findings.scripts, example.order, example.run)
            ],
            "final": _final(example.run),
        },
        "title": group.title,
        "covers": group.covers,
        "losers": [LETTERS[n] for n in group.judgement.losers],
        "wrong": group.judgement.wrong or None,
        "anomaly": group.judgement.name or None,
        "serial": [LETTERS[n] for n in group.judgement.serial],
        "differs_within_class": group.is_odd,
    }


def _final(run: OrderRun) -> list[dict[str, Any]]:
    return [_answer(outcome) for outcome in run.final]


def _answer(outcome: Outcome) -> dict[str, Any]:
    match outcome:
        case Rows(columns=columns, rows=rows, tag=tag):
            return {"tag": tag, "columns": [column.name for column in columns], "rows": [list(row) for row in rows]}
        case Done(tag=tag):
            return {"tag": tag}
        case Refused(error=error):
            return {"sqlstate": error.sqlstate, "message": error.message}
        case Lost(reason=reason):
            return {"lost": reason}


def _cure(one: TriedCure) -> dict[str, Any]:
    return {
        "title": without_secrets(one.cure.title),
        "works": one.works,
        "is_one_sided": one.cure.is_one_sided,
        "anomalies": one.findings.anomalies,
        "lost": one.findings.lost,
        "orders": len(one.findings.judged),
        "scripts": {
            LETTERS[n]: [without_secrets(s.sql) for s in script.statements]
            for n, script in enumerate(one.findings.scripts)
        },
    }
