"""What others wrote reads as text in every document of ours: looked at through a real Markdown parser and a real XML one."""

import ast
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import dsqltui
from dsqltui.core.formats import Format, encoded, encoder
from dsqltui.core.journal.journal import Event, Journal
from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Column, Done, Lost, Outcome, Refused, Rows
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.statement import StatementKind
from dsqltui.core.story.timeline_svg import timeline_svg
from dsqltui.core.story.transcript import transcript
from dsqltui.core.text.markup import html_text, markdown_code, markdown_text, svg_text
from dsqltui.labs.attempt import LabAttempt
from dsqltui.labs.reports.junit import junit_xml
from dsqltui.labs.reports.report import report
from dsqltui.labs.runner import LabResult, StepResult
from dsqltui.labs.text import Language
from support.labs import lab

HOSTILE = (
    "![x](http://evil.example/x.png)",
    "[x](javascript:alert(1))",
    "[x][y]\n\n[y]: http://evil.example",
    "<http://evil.example>",
    "http://evil.example/a?b=c",
    "HTTPS://EVIL.example",
    "www.evil.example",
    "ftp://evil.example",
    "mailto:a@evil.example",
    "a@evil.example",
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "<!-- x",
    "</code></td></table><h1>x",
    "&lt;img&gt; &amp; &#60;b&#62;",
    "a | b || c",
    "`code` ``x",
    "```\nfence",
    "# heading",
    "x\n# heading\n===\n---",
    "- list\n+ list\n* list",
    "1. list\n2) list",
    "> quotation",
    "    code",
    "**bold** __bold__ *i* _i_ ~~gone~~",
    "\\[x\\](y) \\`x\\` \\",
    "$x^2$ $$y$$",
    "--- | ---",
    "]]>",
    '" onload="alert(1)',
    "' onload='alert(1)",
    "\x1b]0;x\x07\u202e\ufffe\ud800",
    "---",
    "===",
    "- ",
    "#",
    "1.",
)
GITHUB = MarkdownIt("gfm-like", {"linkify": True})
GITHUB.linkify.set({"fuzzy_link": False})  # type: ignore[union-attr]  # GitHub links no bare names but www.
ALLOWED = {
    "code",
    "br",
    "p",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "h1",
    "h2",
    "h3",
    "strong",
    "em",
    "pre",
    "ul",
    "ol",
    "li",
}


class Reader(HTMLParser):
    """Tags and text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.text += "\n" * (tag == "br")

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        assert data is not None
        self.tags.add("comment")


def read(markdown: str) -> Reader:
    reader = Reader()
    reader.feed(GITHUB.render(markdown))
    reader.close()
    return reader


def bare(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


@pytest.mark.parametrize("write", [markdown_text, markdown_code], ids=lambda it: it.__name__)
@pytest.mark.parametrize("text", HOSTILE)
def test_text_in_markdown_reads_as_the_text(text: str, write: object) -> None:
    assert callable(write)
    for before, after, allowed in (("", "", set()), ("x ", " y", set()), ("- ", "", {"ul", "li"}), ("# ", "", {"h1"})):
        found = read(f"{before}{write(text)}{after}\n")
        assert found.tags <= {"p", "br", "code"} | allowed, found.tags
        expected = html_free(text)
        assert bare(expected) in bare(found.text)
    table = read(f"| a | b |\n| --- | --- |\n| {write(text)} | end |\n")
    assert table.tags <= {"table", "thead", "tbody", "tr", "th", "td", "br", "code"}
    assert GITHUB.render(f"| a | b |\n| --- | --- |\n| {write(text)} | end |\n").count("<td>") == 2


def html_free(text: str) -> str:
    """As it reads after control characters were made visible."""
    from dsqltui.core.text.safe_text import many_lines

    return many_lines(text).strip()


@given(st.text("[]()!<>`*_~|\\&#:/.@-+=1 \n$wx'\"", max_size=40))
@settings(max_examples=400)
def test_no_text_makes_markup(text: str) -> None:
    for write in (markdown_text, markdown_code):
        found = read(f"| a |\n| --- |\n| {write(text)} |\n\n{write(text)}\n")
        assert found.tags <= {"table", "thead", "tbody", "tr", "th", "td", "br", "code", "p"}
        assert "href" not in found.attributes


@pytest.mark.parametrize("text", HOSTILE)
def test_text_in_html_and_svg_reads_as_the_text(text: str) -> None:
    for written in (html_text(text), svg_text(text)):
        for document in (f"<a>{written}</a>", f'<a b="{written}"/>', f"<a b='{written}'/>"):
            (element,) = [ElementTree.fromstring(document)]
            assert not list(element)
            assert set(element.attrib) <= {"b"}


def hostile_journal() -> Journal:
    journal = Journal()
    idle = TransactionState.IDLE
    now = 1_800_000_000.0
    for text in HOSTILE:
        outcomes: tuple[Outcome, ...] = (
            Rows((Column(text, 25), Column("n", 23)), ((text, "1"), (None, text)), text, False, 0.01),
            Rows((Column("QUERY PLAN", 25),), ((text,),), text, False, 0.01),
            Done(text, 0.01),
            Refused(ServerError(text, text, text, text, text), 0.01),
            Lost(text, idle, True, 0.01),
        )
        for outcome in outcomes:
            now += 1
            journal.statement("A", text, text, text, StatementKind.READ, outcome, before=idle, after=idle, ended_s=now)
        journal.connection("B", text, text, Event.LOST, started_s=now, ended_s=now, note=text)
    return journal


def test_the_transcript_and_the_report_hold_no_markup_of_others() -> None:
    journal = hostile_journal()
    attempt = LabAttempt(lab(), {"region.a": HOSTILE[0], "region.b": HOSTILE[10]}, mark=0, now_s=1.0)
    for document in (
        "".join(transcript(journal, title=HOSTILE[0])),
        *(report(attempt, journal, language) for language in Language),
        "".join(encoded(encoder(Format.MARKDOWN, (Column(HOSTILE[0], 25),)), [(text,) for text in HOSTILE])),
    ):
        found = read(document)
        assert found.tags <= ALLOWED, found.tags - ALLOWED
        assert found.attributes <= {"style", "class", "start", "type", "disabled", "checked"}
        tables = [line for line in document.splitlines() if line.startswith("| ")]
        assert len({line.replace("\\|", "").count("|") for line in tables if line.startswith("| 0")}) <= 1


def test_the_picture_holds_no_markup_of_others() -> None:
    root = ElementTree.fromstring(timeline_svg(hostile_journal(), title=HOSTILE[10]))
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert names <= {"svg", "rect", "text", "line", "circle", "title", "path"}
    assert not {name for element in root.iter() for name in element.attrib if name.startswith("on") or "href" in name}


@pytest.mark.parametrize("text", HOSTILE)
def test_the_results_of_labs_are_well_formed(text: str) -> None:
    root = ElementTree.fromstring(junit_xml([LabResult("lab", [StepResult("step", 1, trouble=text)], trouble=text)]))
    assert {element.tag for element in root.iter()} == {"testsuites", "testsuite", "testcase", "failure"}


WRITERS = {
    "core/text/markup.py": "the functions",
    "core/formats/markdown.py": "tables of results",
    "core/story/transcript.py": "both panes' story",
    "core/story/timeline_svg.py": "the picture",
    "labs/reports/class_page.py": "the results of a class",
    "labs/reports/report.py": "the student's report",
    "probe/markdown.py": "the fidelity table",
    "core/interleaving/report.py": "outcomes of orders",
}


def test_there_are_no_other_writers_of_markup() -> None:
    """Whoever writes Markdown, HTML or SVG is listed here and takes its escaping from `core.text.markup`."""
    marks = re.compile(
        r"(?<!\?P)<(?:svg|text|html|body|br|code|td|table|p|a|b|i|pre)\b[^>]*>|\| --- \||---: |\*\*\{|\]\(\{|^# \{",
        re.MULTILINE,
    )
    root = Path(dsqltui.__path__[0])
    for path in root.rglob("*.py"):
        name = path.relative_to(root).as_posix()
        if name.startswith("sim/"):
            continue  # speaks XML to AWS's clients
        tree = ast.parse(path.read_text(encoding="utf-8"))
        documentation = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        texts = [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation
        ]
        texts += [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
        found = [text for text in texts if marks.search(text)]
        assert not found or name in WRITERS, f"{name} writes markup: {found}"
        source = path.read_text(encoding="utf-8")
        assert name == "core/text/markup.py" or not re.search(r"html\.escape|saxutils|quoteattr", source), name
    for name in set(WRITERS) - {"core/text/markup.py"}:
        assert "from dsqltui.core.text.markup import" in (root / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\r=x", '"\'\r=x"'),
        (" =x", "' =x"),
        ("\uff1d1", "'\uff1d1"),
        ("a=1", "a=1"),
        ("", '""'),
        (None, ""),
        ('=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'),
    ],
)
def test_a_safe_csv_holds_no_formula(value: str | None, written: str) -> None:
    columns = (Column("=name", 25), Column("n", 1700))
    rows = [(value, "-5"), (value, "=1")]
    text = "".join(encoded(encoder(Format.SAFE_CSV, columns), rows))
    assert text == f"'=name,n\n{written},-5\n{written},'=1\n"
    exact = "".join(encoded(encoder(Format.CSV, columns), rows))
    assert exact.startswith("=name,n\n")
