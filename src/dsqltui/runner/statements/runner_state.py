r"""What a pane's commands change and share: variables, `\x`, `\timing`, the file of `\o`, whether to stop."""

import asyncio
import contextlib
from collections import ChainMap
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Protocol

from dsqltui.core.answers.answers import Answer
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.formats import Encoder, Format
from dsqltui.core.formats.printed import printed
from dsqltui.core.psql import ExplainPlan
from dsqltui.core.psql.print_options import PrintOptions
from dsqltui.core.psql.special_variables import DEFAULTS
from dsqltui.core.results.errors import ServerError
from dsqltui.core.results.outcome import Column, Done, Lost, Outcome, Refused, Rows
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.sessions.session import Session
from dsqltui.runner.files.result_file import ResultFile
from dsqltui.runner.files.script_files import locate

Answers = AsyncGenerator[Answer, None]
MakeText = Callable[[PrintOptions, Sequence[Column], bool], Encoder]
"""From the print options, a result's columns, and whether records are wanted, to what writes it into files."""


def psql_text(options: PrintOptions, columns: Sequence[Column], is_expanded: bool) -> Encoder:
    """psql's aligned table, its records, or what `\\pset` made of them."""
    return printed(options, columns, is_expanded=is_expanded)


class Stoppable(Protocol):
    """Long work of one command."""

    def stop(self) -> None:
        """Let it end at the next opportunity. May be called at any time."""
        ...


class RunnerState:
    """See the module.

    `row_limit` is Session.run's. `standard_input` feeds COPY FROM STDIN, `write_output` gets what COPY TO STDOUT
    sends; without them the script's lines feed, and rows come as a result.
    """

    def __init__(
        self,
        session: Session,
        *,
        row_limit: int,
        make_text: MakeText,
        standard_input: IO[bytes] | None,
        write_output: Callable[[bytes], Awaitable[None]] | None,
    ) -> None:
        self.session = session
        self.row_limit = row_limit
        self.make_text = make_text
        self.standard_input = standard_input
        self.write_output = write_output
        self.variables: dict[str, str] = dict(DEFAULTS)
        self.printing = PrintOptions()
        self.is_expanded = False
        self.expands_wide = False
        r"""`\x auto`."""
        self.bound: tuple[str, ...] | None = None
        r"""The values of `\bind`, for the next statement."""
        self.restricted_by = ""
        r"""The key of `\restrict`; empty: every command is done."""
        self.folder: Path | None = None
        r"""That of `\cd`; None: the process's."""
        self.explains: ExplainPlan | None = None
        """How statements that have plans are explained; only settings are run besides. None: everything is run."""
        self.last_error: ServerError | None = None
        self.buffer = ""
        """What was read of a statement that is not finished."""
        self.last_text = ""
        """The statement run last, as it was sent."""
        self.is_timing = False
        self.is_input_read = False
        """Whether standard input fed a COPY: that cannot be done again."""
        self.copied_form: Format | None = None
        """What the server may write itself where results go to `write_output` in that format; see runner.query_copy."""
        self.result_file: ResultFile | None = None
        self.copying: Stoppable | None = None
        self.copy_data: str | None = None
        r"""The script's lines behind the `\copy` that is being done."""
        self.endpoints: tuple[Endpoint, ...] = ()
        """Those of the cluster, for work that goes over both; empty: the session's alone."""
        self.left_words = ""
        """What is known of the data of long work under way, should it be broken off now."""
        self.stopping = asyncio.Event()
        """Set when the person interrupted."""

    def interrupt(self) -> None:
        """Let what waits or copies end at the next opportunity."""
        self.stopping.set()
        if self.copying is not None:
            self.copying.stop()

    async def pause(self, seconds: float) -> None:
        """Wait, unless interrupted."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stopping.wait(), seconds)

    @property
    def goes_on(self) -> bool:
        """Whether scripts go on after a failure: `\\set ON_ERROR_STOP off`."""
        return self.variables.get("ON_ERROR_STOP", "on") == "off"

    @property
    def is_quiet(self) -> bool:
        """Whether only results and errors are told: `\\set QUIET on`."""
        return self.variables.get("QUIET") == "on"

    @property
    def begins_by_itself(self) -> bool:
        """Whether a transaction is begun before the next statement: `\\set AUTOCOMMIT off`, and none is open."""
        return self.variables.get("AUTOCOMMIT") == "off" and self.session.state is TransactionState.IDLE

    @property
    def known(self) -> Mapping[str, str]:
        """The variables, and psql's on the connection where none of ours has the name."""
        endpoint = self.session.endpoint
        facts = {"DBNAME": "postgres", "HOST": endpoint.host, "PORT": str(endpoint.port), "USER": self.session.user}
        return ChainMap(self.variables, facts)

    @property
    def written(self) -> str:
        """What was read of the statement that is being written, else the last one that was run."""
        return self.buffer or self.last_text

    async def locate(self, name: str, beside: Path | None = None) -> Path:
        """A file's path, seen from the folder of `\\cd`. Raises ScriptUnreadable."""
        return await locate(name, beside, self.folder)

    async def close_result_file(self) -> None:
        r"""Results go back to where they went before `\o`. Raises FileUnusable."""
        file, self.result_file = self.result_file, None
        if file is not None:
            await file.close()

    def learn(self, outcome: Outcome) -> None:
        """psql's variables on how the last statement went."""
        error = outcome.error if isinstance(outcome, Refused | Lost) else None
        is_bad = isinstance(outcome, Refused | Lost)
        sqlstate = error.sqlstate if error is not None else ("08006" if is_bad else "00000")
        self.variables |= {"ERROR": "true" if is_bad else "false", "SQLSTATE": sqlstate}
        if is_bad:
            self.last_error = error
            message = error.message if error is not None else outcome.reason if isinstance(outcome, Lost) else ""
            self.variables |= {"LAST_ERROR_SQLSTATE": sqlstate, "LAST_ERROR_MESSAGE": message, "ROW_COUNT": "0"}
        elif isinstance(outcome, Rows | Done):
            last = outcome.tag.rpartition(" ")[2]
            shown = str(len(outcome.rows)) if isinstance(outcome, Rows) else "0"
            self.variables["ROW_COUNT"] = last if last.isdecimal() else shown
