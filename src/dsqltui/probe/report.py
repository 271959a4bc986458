"""Results as a table, one line each, and as JSON to send. Nothing in either tells whose cluster it was."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from dsqltui import __version__
from dsqltui.client.conversation import Answer, Form
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.language import N_, _
from dsqltui.core.text.safe_text import one_line
from dsqltui.core.text.wrapping import padded
from dsqltui.probe.case import OWN_SCHEMA, Probe, ProbeStep
from dsqltui.probe.runner import ProbeResult, ProbeVerdict
from dsqltui.sim.rules.messages import Evidence

JSON_FORMAT = 1
_SENT_WIDTH = 48
_ID_WIDTH = 34
_VERDICTS = {ProbeVerdict.SAME: N_("same"), ProbeVerdict.DIFFERS: N_("differs"), ProbeVerdict.SKIPPED: N_("skipped")}
_EVIDENCE = {
    Evidence.RECORDED: N_("recorded"),
    Evidence.DOCUMENTED: N_("documented"),
    Evidence.GUESSED: N_("guessed"),
}
_FORMS_WIDTH = len("simple+extended")
_ARN = re.compile(r"arn:aws[a-z-]*:[^\s'\",)]*")
_ACCOUNT = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")
_HOST = re.compile(r"[A-Za-z0-9.-]+\.on\.aws(?::[0-9]+)?")


class Redaction:
    """Takes out of a server's texts what belongs to one cluster or one run."""

    def __init__(self, endpoint: Endpoint, schema: str) -> None:
        self._names = [(schema, OWN_SCHEMA), (endpoint.host, "HOST"), (endpoint.cluster_id, "CLUSTER")]
        if endpoint.hostaddr:
            self._names.append((endpoint.hostaddr, "ADDRESS"))

    def text(self, text: str) -> str:
        for name, stands in self._names:
            text = text.replace(name, stands)
        for pattern, stands in ((_ARN, "ARN"), (_HOST, "HOST"), (_ACCOUNT, "ACCOUNT")):
            text = pattern.sub(stands, text)
        return text


# -- the table


def heading() -> str:
    """The table's first line."""
    return _line(_("VERDICT"), _("FORMS"), _("PROBE"), _("EVIDENCE"), _("SENT"), _("ANSWER"))


def line(result: ProbeResult, redaction: Redaction) -> str:
    """One result. Where all is the same, the answer expected and given; else all of them."""
    probe, step = result.probe, result.decisive
    expected = probe.steps[step].expects.shown
    if result.problem:
        answer = redaction.text(result.problem)
    elif result.verdict is ProbeVerdict.SAME:
        answer = expected
    else:
        sent = _("at {sql}: ").format(sql=probe.steps[step].sql) if len(probe.steps) > 1 else ""
        answer = (
            sent
            + _("expected {expected} | ").format(expected=expected)
            + " | ".join(
                f"{form.value} {redaction.text(_at(answers, step).shown)}" for form, answers in result.answers.items()
            )
        )
    return _line(
        _(_VERDICTS[result.verdict]), _forms(result), probe.id, _(_EVIDENCE[probe.evidence]), probe.sent, answer
    )


def listing(probes: Iterable[Probe]) -> Iterator[str]:
    """The expectations, without any answers: where each comes from, and when."""
    yield _line(_("SEEN"), "", _("PROBE"), _("EVIDENCE"), _("SENT"), _("EXPECTED"))
    for probe in probes:
        expected = ProbeResult(probe, ProbeVerdict.SKIPPED, {}).decisive
        evidence = _(_EVIDENCE[probe.evidence])
        yield _line(probe.seen, "", probe.id, evidence, probe.sent, probe.steps[expected].expects.shown)


def count(results: Sequence[ProbeResult]) -> str:
    """The table's last line."""
    counted = Counter(result.verdict for result in results)
    words = {verdict: _(word) for verdict, word in _VERDICTS.items()}
    parts = ", ".join(f"{counted[verdict]} {word}" for verdict, word in words.items())
    return _("{count} probes: {parts}").format(count=len(results), parts=parts)


def _forms(result: ProbeResult) -> str:
    """The forms of the protocol by which every answer was as expected."""
    steps = result.probe.steps
    met = [
        form.value
        for form, answers in result.answers.items()
        if len(answers) == len(steps)
        and all(step.expects.is_met_by(got) for step, got in zip(steps, answers, strict=True))
    ]
    return "+".join(met) or "-"


def _line(verdict: str, forms: str, probe: str, evidence: str, sent: str, answer: str) -> str:
    short = one_line(sent, _SENT_WIDTH - 1)
    columns = [padded(verdict, 8), *([padded(forms, _FORMS_WIDTH)] if forms else []), padded(probe, _ID_WIDTH)]
    return " ".join([*columns, padded(evidence, 10), padded(short, _SENT_WIDTH), one_line(answer, 400)])


def _at(answers: tuple[Answer, ...], step: int) -> Answer:
    """The answer to a step, or to the last one before it that was reached."""
    return answers[min(step, len(answers) - 1)]


# -- JSON


def to_json_object(results: Sequence[ProbeResult], redaction: Redaction, *, is_simulator: bool) -> dict[str, object]:
    """Everything of a run. The answers of a form stop at the first that is not as expected."""
    counted = Counter(result.verdict.value for result in results)
    return {
        "format": JSON_FORMAT,
        "dsqltui": __version__,
        "target": "simulator" if is_simulator else "cluster",
        "date": date.today().isoformat(),
        "count": {verdict.value: counted[verdict.value] for verdict in ProbeVerdict},
        "probes": [_of_result(result, redaction) for result in results],
    }


def listing_to_json(probes: Iterable[Probe]) -> list[dict[str, object]]:
    """The expectations."""
    return [_of_probe(probe) | {"steps": [_of_step(step) for step in probe.steps]} for probe in probes]


def _of_result(result: ProbeResult, redaction: Redaction) -> dict[str, object]:
    steps = []
    for number, step in enumerate(result.probe.steps):
        given: dict[str, object] = {
            form.value: _of_answer(answers[number], redaction)
            for form in Form
            if number < len(answers := result.answers.get(form, ()))
        }
        steps.append(_of_step(step) | given)
    return _of_probe(result.probe) | {
        "verdict": result.verdict.value,
        "problem": redaction.text(result.problem),
        "steps": steps,
    }


def _of_probe(probe: Probe) -> dict[str, object]:
    return {
        "id": probe.id,
        "evidence": probe.evidence.value,
        "seen": probe.seen,
        "in_transaction": probe.is_undone,
    }


def _of_step(step: ProbeStep) -> dict[str, object]:
    return {"session": step.on.value, "sent": step.sql, "expected": _of_answer(step.expects, None)}


def _of_answer(answer: Answer, redaction: Redaction | None) -> dict[str, object]:
    """An expected answer has nothing to redact; what may be anything is left out of it."""
    texts = {"text": answer.text, "detail": answer.detail, "value": answer.value}
    shown: dict[str, object] = {"sqlstate": answer.sqlstate}
    for name, text in texts.items():
        if text:
            shown[name] = redaction.text(text) if redaction else text
    return shown
