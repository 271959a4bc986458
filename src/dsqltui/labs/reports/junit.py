"""Results of played labs as JUnit XML, which every CI reads: a suite for each lab, a case for each step."""

from collections.abc import Sequence
from xml.etree import ElementTree

from dsqltui.core.secrets import without_secrets
from dsqltui.core.text.safe_text import many_lines
from dsqltui.labs.runner import LabResult


def junit_xml(results: Sequence[LabResult]) -> bytes:
    """The document, UTF-8."""
    root = ElementTree.Element("testsuites", name="dsqltui lab check")
    for result in results:
        suite = ElementTree.SubElement(root, "testsuite", name=result.lab, time=f"{result.duration_s:.3f}")
        for step in result.steps:
            _case(suite, result.lab, step.step, step.duration_s, step.trouble)
        if result.trouble:
            _case(suite, result.lab, "needs and reset", 0.0, result.trouble)
        suite.set("tests", str(len(suite)))
        suite.set("failures", str(sum(case.find("failure") is not None for case in suite)))
    ElementTree.indent(root)
    document: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _case(suite: ElementTree.Element, lab: str, name: str, duration_s: float, trouble: str) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=lab, name=name, time=f"{duration_s:.3f}")
    if trouble:
        ElementTree.SubElement(case, "failure", message=many_lines(without_secrets(trouble)))
