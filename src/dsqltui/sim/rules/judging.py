"""Whether Aurora DSQL refuses a statement for its text alone."""

from functools import lru_cache

from dsqltui.sim.rules.alter_table import refuse_alter_table
from dsqltui.sim.rules.create_index import refuse_create_index
from dsqltui.sim.rules.create_table import refuse_create_table, refuse_persistence
from dsqltui.sim.rules.functions import refuse_function
from dsqltui.sim.rules.grants import refuse_grant
from dsqltui.sim.rules.messages import TEMP_TABLE, VIEW_SIZE
from dsqltui.sim.rules.parameters import refuse_parameter
from dsqltui.sim.rules.queries import refuse_calls, refuse_in_query
from dsqltui.sim.rules.reading import TokenReader, read
from dsqltui.sim.rules.sequences import refuse_alter_sequence, refuse_alter_statistics, refuse_create_sequence
from dsqltui.sim.rules.statements import refuse_create_type, refuse_statement
from dsqltui.sim.rules.transactions import refuse_transaction_statement
from dsqltui.sim.rules.types import read_type, refuse_type
from dsqltui.sim.sql.analysis import Analysis, analyse

_SHORT = 4_096
"""Characters of a text that is likely to come again."""
_MAX_VIEW_CHARACTERS = 512 * 1024
_TRANSACTION_WORDS = frozenset("begin start commit end rollback abort savepoint release prepare".split())
_QUERIES = frozenset("select with values table ( insert update delete copy explain".split())


def refuse(analysis: Analysis, sql: str, *, allows_sync_index: bool = False) -> None:
    """Raise the PgError with which Aurora DSQL refuses the statement; return when it does not.

    Never fails on anything else: a statement that makes no sense is left to PostgreSQL. `allows_sync_index` is for
    sessions with disable_sync_create_index off.
    """
    if len(sql) > _SHORT:
        _judge(analysis, sql, allows_sync_index=allows_sync_index)
    else:
        _passed(sql, allows_sync_index=allows_sync_index)


@lru_cache(maxsize=1024)
def _passed(sql: str, *, allows_sync_index: bool) -> None:
    """Texts come again and again; what is raised is not remembered."""
    _judge(analyse(sql), sql, allows_sync_index=allows_sync_index)


def _judge(analysis: Analysis, sql: str, *, allows_sync_index: bool) -> None:
    words = analysis.words
    if not words:
        return
    first = words[0]
    if first in _TRANSACTION_WORDS:
        refuse_transaction_statement(words)
    if first not in _QUERIES:
        refuse_statement(words)
        _refuse_utility(first, sql, allows_sync_index=allows_sync_index)
    if first == "explain":
        _refuse_explained(sql)
        return
    refuse_in_query(words)
    if first in _QUERIES or (first == "create" and "function" not in words[1:4]):
        refuse_calls(words, analysis.calls)


def _refuse_utility(first: str, sql: str, *, allows_sync_index: bool) -> None:
    if first in ("set", "reset"):
        refuse_parameter(read(sql))
    elif first in ("grant", "revoke"):
        refuse_grant(read(sql))
    elif first == "create":
        reader = read(sql)
        reader.take("create")
        _refuse_create(reader, allows_sync_index=allows_sync_index)
    elif first == "alter":
        _refuse_alter(sql)


def _refuse_create(reader: TokenReader, *, allows_sync_index: bool) -> None:
    """The reader stands behind CREATE."""
    reader.take("or", "replace")
    refuse_persistence(reader)
    if reader.take("table"):
        refuse_create_table(reader)
    elif reader.take("index") or reader.take("unique", "index"):
        refuse_create_index(reader, allows_sync=allows_sync_index)
    elif reader.take("type"):
        refuse_create_type(reader)
    elif reader.take("domain"):
        _refuse_domain(reader)
    elif reader.take("function"):
        refuse_function(reader)
    elif reader.take("sequence"):
        refuse_create_sequence(reader)
    elif reader.take("recursive", "view") or reader.take("view"):
        _refuse_view(reader)
    elif reader.take("schema"):
        _refuse_schema_elements(reader)


def _refuse_view(reader: TokenReader) -> None:
    """The reader stands behind VIEW. Seen refused somewhere between 131 and 524 KiB of text."""
    first, last = reader.token, reader.end
    if reader.names()[:1] == ("pg_temp",):
        raise TEMP_TABLE.as_guess().error()
    if first is not None and last is not None and last.end - first.start >= _MAX_VIEW_CHARACTERS:
        raise VIEW_SIZE.error()


def _refuse_domain(reader: TokenReader) -> None:
    """A domain over a type no column can have: refused like the column, by guess."""
    reader.names()
    reader.take("as")
    named = read_type(reader)
    if named is not None:
        refuse_type(named)


def _refuse_schema_elements(reader: TokenReader) -> None:
    """CREATE SCHEMA may carry CREATE statements."""
    for element in reader.pieces("create")[1:]:
        _refuse_create(element, allows_sync_index=False)


def _refuse_alter(sql: str) -> None:
    reader = read(sql)
    reader.take("alter")
    if reader.at("table"):
        refuse_alter_table(sql)
    elif reader.take("function") or reader.take("routine"):
        refuse_function(reader)
    elif reader.take("sequence"):
        refuse_alter_sequence(reader)
    elif reader.take("statistics"):
        refuse_alter_statistics(reader)


def _refuse_explained(sql: str) -> None:
    """EXPLAIN carries another statement, which is judged like one."""
    reader = read(sql)
    reader.take("explain")
    if not any(reader.at("(", word) for word in _QUERIES):  # options, not a query in parentheses
        reader.parenthesised()
    while reader.take_any("analyze", "analyse", "verbose"):
        pass
    if reader.token is not None and not reader.at("explain"):
        explained = sql[reader.token.start :]
        refuse(analyse(explained), explained)
