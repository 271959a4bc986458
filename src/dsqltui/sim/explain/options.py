"""What an EXPLAIN statement asks for, and the EXPLAIN that PostgreSQL is sent in its place."""

import hashlib
import string
from collections.abc import Callable
from dataclasses import dataclass

from dsqltui.core.sql.lexer import Kind, Token, identifier, scan
from dsqltui.sim.sql.rewrite import Rewritten, Shift

_QUERY_STARTS = frozenset({"select", "with", "values", "table", "("})
_BOOLEANS = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}
_IGNORED = frozenset({"buffers", "wal"})
"""PostgreSQL's own pages and log; Aurora DSQL has neither."""
_IDENTIFIER_LETTERS = string.ascii_lowercase + string.digits
_KNOWN = frozenset({"analyze", "verbose", "costs", "timing", "summary", "settings", "generic_plan"}) | _IGNORED


@dataclass(frozen=True, slots=True)
class ExplainRequest:
    """An EXPLAIN with text output."""

    statement: str
    """The explained statement, as the client wrote it."""
    statement_start: int
    """Where it begins in the client's text, in characters."""
    analyze: bool = False
    verbose: bool = False
    costs: bool = True
    timing: bool = True
    summary: bool | None = None
    """None: as PostgreSQL defaults, with ANALYZE only."""
    settings: bool = False
    generic_plan: bool = False

    @property
    def shows_summary(self) -> bool:
        """Whether planning and execution time are shown."""
        return self.analyze if self.summary is None else self.summary

    @property
    def query_identifier(self) -> str:
        """13 characters, the same for statements that differ in constants, case of keywords or white space only.

        Form: AWS User Guide, "DPUs in EXPLAIN ANALYZE". How Aurora DSQL computes it is not known.
        """
        number = int.from_bytes(hashlib.sha256(_normalised(self.statement).encode()).digest())
        letters = []
        for _ in range(13):
            number, place = divmod(number, len(_IDENTIFIER_LETTERS))
            letters.append(_IDENTIFIER_LETTERS[place])
        return "".join(letters)

    @property
    def limit(self) -> int | None:
        """The number behind the statement's own LIMIT, without OFFSET; None when it has none."""
        tokens = [t for t in scan(self.statement)[0] if t.kind not in (Kind.COMMENT, Kind.SEMICOLON)]
        words = [t.text.lower() for t in tokens[-2:]]
        return int(words[1]) if words[:1] == ["limit"] and words[1].isdecimal() else None

    def json_sql(self, statement: str) -> str:
        """The EXPLAIN for PostgreSQL. It always says VERBOSE, COSTS and SUMMARY: rendering needs what they tell."""
        return f"EXPLAIN ({self._options()}) {statement}"

    def for_postgres(self, rewritten: Rewritten) -> Rewritten:
        """The same for the client's whole text after table names were replaced, with error positions kept right."""
        head = self.json_sql("")
        return Rewritten(
            head + rewritten.text[self.statement_start :],
            (Shift(0, self.statement_start, len(head)), *rewritten.shifts),
        )

    def _options(self) -> str:
        options = ["FORMAT JSON", "VERBOSE", "COSTS", "SUMMARY"]
        if self.analyze:
            options += ["ANALYZE", f"TIMING {'ON' if self.timing else 'OFF'}"]
        if self.settings:
            options.append("SETTINGS")
        if self.generic_plan:
            options.append("GENERIC_PLAN")
        return ", ".join(options)


def parse_explain(sql: str) -> ExplainRequest | None:
    """The request, or None for what PostgreSQL answers itself.

    That is: no EXPLAIN, another format than text (PostgreSQL's own JSON, XML and YAML are passed on), an option it
    does not know or refuses in this combination.
    """
    tokens = tuple(t for t in scan(sql)[0] if t.kind not in (Kind.COMMENT, Kind.SEMICOLON))
    words = tuple(t.text.lower() if t.kind is Kind.WORD else t.text for t in tokens)
    if not words or words[0] != "explain":
        return None
    if len(words) > 2 and words[1] == "(" and words[2] not in _QUERY_STARTS:
        return _with_option_list(sql, tokens, words)
    index = 1
    analyze = words[index : index + 1] in (("analyze",), ("analyse",))
    index += analyze
    verbose = words[index : index + 1] == ("verbose",)
    index += verbose
    return _request(sql, tokens, index, lambda statement, start: ExplainRequest(statement, start, analyze, verbose))


def _request(
    sql: str, tokens: tuple[Token, ...], index: int, make: Callable[[str, int], ExplainRequest]
) -> ExplainRequest | None:
    if index >= len(tokens):
        return None
    start = tokens[index].start
    return make(sql[start : tokens[-1].end], start)


def _with_option_list(sql: str, tokens: tuple[Token, ...], words: tuple[str, ...]) -> ExplainRequest | None:
    if ")" not in words:
        return None
    end = words.index(")")
    options: dict[str, bool] = {}
    for name, value in _option_pairs(tokens[2:end]):
        if name == "format":
            if value != "text":
                return None
            continue
        asked = _BOOLEANS.get(value)
        if name not in _KNOWN or asked is None:
            return None
        options[name] = asked
    analyze = options.get("analyze", False)
    needs_analyze = options.get("timing", False) or options.get("wal", False)
    if (needs_analyze and not analyze) or (analyze and options.get("generic_plan", False)):
        return None
    return _request(
        sql,
        tokens,
        end + 1,
        lambda statement, start: ExplainRequest(
            statement,
            start,
            analyze=analyze,
            verbose=options.get("verbose", False),
            costs=options.get("costs", True),
            timing=options.get("timing", True),
            summary=options.get("summary"),
            settings=options.get("settings", False),
            generic_plan=options.get("generic_plan", False),
        ),
    )


def _option_pairs(tokens: tuple[Token, ...]) -> list[tuple[str, str]]:
    """(name, value) of `name [value], ...`; an option alone means true. Odd ones get a value that nothing accepts."""
    pairs: list[tuple[str, str]] = []
    pieces: list[str] = []
    for token in (*tokens, None):
        if token is not None and token.text != ",":
            pieces.append(_option_word(token))
            continue
        if len(pieces) == 1:
            pieces.append("true")
        pairs.append((pieces[0], pieces[1]) if len(pieces) == 2 else ("", ""))
        pieces = []
    return [("analyze", value) if name == "analyse" else (name, value) for name, value in pairs]


def _option_word(token: Token) -> str:
    if token.kind is Kind.STRING:
        return token.text.strip("'").lower()
    return identifier(token)


def _normalised(statement: str) -> str:
    words: list[str] = []
    for token in scan(statement)[0]:
        if token.kind in (Kind.STRING, Kind.NUMBER, Kind.PARAM):
            words.append("?")
        elif token.kind not in (Kind.COMMENT, Kind.SEMICOLON):
            words.append(identifier(token) if token.kind is Kind.WORD else token.text)
    return " ".join(words)
