"""Results as a dated Markdown table, to publish: what was asked, what is expected and how that is known, what came."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from dsqltui import __version__
from dsqltui.core.text.markup import markdown_code, markdown_text
from dsqltui.probe.case import Probe
from dsqltui.probe.report import Redaction
from dsqltui.probe.runner import ProbeResult, ProbeVerdict

_WIDEST = 160


def document(results: Sequence[ProbeResult], redaction: Redaction, *, is_simulator: bool) -> str:
    """The whole page. Nothing in it tells whose cluster it was."""
    counted = Counter(result.verdict for result in results)
    target = "the simulator" if is_simulator else "a cluster of Aurora DSQL"
    lines = [
        "# What is answered, and what is expected of Aurora DSQL",
        "",
        f"Asked: {target}, by dsqltui {__version__} on {date.today().isoformat()}, over the simple and the extended "
        "protocol.",
        f"Of {len(results)} probes {counted[ProbeVerdict.SAME]} were answered as expected, "
        f"{counted[ProbeVerdict.DIFFERS]} otherwise, {counted[ProbeVerdict.SKIPPED]} were left out.",
        "",
        "Evidence says how the expectation is known: recorded and documented were published (and when), guessed is the "
        "simulator's wording, simulated a number of its own. See FIDELITY.md.",
        "",
        f"Made by `dsqltui sim probe --format markdown{'' if is_simulator else ' --endpoint HOST'}`.",
        "",
        "| | probe | evidence | seen | sent | expected | answered |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [_row(result, redaction) for result in results]
    return "\n".join(lines) + "\n"


def listing(probes: Sequence[Probe]) -> str:
    """The expectations alone."""
    lines = ["| probe | evidence | seen | sent | expected |", "| --- | --- | --- | --- | --- |"]
    for probe in probes:
        step = ProbeResult(probe, ProbeVerdict.SKIPPED, {}).decisive
        cells = (probe.id, probe.evidence.value, probe.seen, _code(probe.sent), _text(probe.steps[step].expects.shown))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _row(result: ProbeResult, redaction: Redaction) -> str:
    probe, step = result.probe, result.decisive
    if result.verdict is ProbeVerdict.SAME:
        answered = "the same"
    elif result.problem:
        answered = _text(redaction.text(result.problem))
    else:
        given = {
            form.value: redaction.text(answers[min(step, len(answers) - 1)].shown)
            for form, answers in result.answers.items()
            if answers
        }
        answered = _text("; ".join(f"{form}: {said}" for form, said in given.items()))
    mark = {ProbeVerdict.SAME: "✓", ProbeVerdict.DIFFERS: "✗"}.get(result.verdict, "–")
    expected = _text(probe.steps[step].expects.shown)
    cells = (mark, probe.id, probe.evidence.value, probe.seen, _code(probe.sent), expected, answered)
    return f"| {' | '.join(cells)} |"


def _code(text: str) -> str:
    return markdown_code(_short(text))


def _text(text: str) -> str:
    return markdown_text(_short(text))


def _short(text: str) -> str:
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= _WIDEST else f"{line[: _WIDEST - 1]}…"
