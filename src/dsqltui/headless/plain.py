"""`dsqltui --plain`: both panes as a linear transcript, for screen readers and very slow links, with a terminal or
without one.

Input goes to one pane, or to both, A first. Every line of an answer begins with the letter of its pane.
"""

import asyncio
import re
import select
import signal
import sys
import termios
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from types import FrameType

from dsqltui.client.engine import Engine
from dsqltui.client.pg_session import PgSession
from dsqltui.client.tokens import TokenSource
from dsqltui.core.aws.endpoint import Endpoint
from dsqltui.core.formats import Format
from dsqltui.core.journal.journal import Journal
from dsqltui.core.language import _
from dsqltui.core.psql import COMMANDS
from dsqltui.core.psql.variables import substitute
from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.core.scripts.blocks import CommandPiece, SqlPiece, pieces_of
from dsqltui.core.scripts.script_text import ScriptUnreadable
from dsqltui.core.scripts.statement import Statement, StatementKind, split
from dsqltui.core.sessions.session import ConnectFailed, Session
from dsqltui.core.sql.lexer import command_name, scan
from dsqltui.core.text.safe_text import one_line
from dsqltui.headless import narration
from dsqltui.headless.exits import Exit
from dsqltui.headless.output import OutputClosed
from dsqltui.headless.piped_lines import PipedLines
from dsqltui.headless.script_run import ScriptRun
from dsqltui.headless.transcript import Transcript, put
from dsqltui.runner.jobs import Interruption

OWN_COMMANDS: tuple[tuple[str, str], ...] = (
    (r"\a \b \both", "send what follows to pane A, to pane B, to both (A first)"),
    (r"a: b: both:", "before a statement: send this one there"),
    (r"\more", "show the next rows of the last result"),
    (r"\reconnect", "open a lost connection again; nothing is run again by itself"),
)
"""What only the transcript knows, as `COMMANDS`."""
_ADDRESS = re.compile(r"\s*(?P<whom>a|b|both|ab):(?!:|=)\s*", re.IGNORECASE)
_WORD = re.compile(r"(exit|quit|help)\s*;?\s*", re.IGNORECASE)
_SWITCHES = {"\\a": "A", "\\b": "B", "\\both": "AB", "\\ab": "AB"}


@dataclass(slots=True)
class _Side:
    """One pane."""

    letter: str
    session: Session
    run: ScriptRun
    transcript: Transcript

    @property
    def sign(self) -> str:
        """psql's prompt sign: `=`, `=*`, `=!`; `?` without a connection."""
        return self.session.state.badge.strip()


class _Interrupts(Enum):
    NONE = 0
    ASKED = 1
    DROPPED = 2


class Plain:
    """The transcript. `line` takes the person's lines; it is False when they are done."""

    def __init__(self, sides: Sequence[_Side]) -> None:
        self.code = Exit.OK
        """Of the first thing that went wrong."""
        self._sides = sides
        self._target = sides[0].letter
        self._buffer = ""
        self._running: _Side | None = None
        self._interrupts = _Interrupts.NONE
        self.is_void = False
        """Whether a statement failed on which the meaning of what is written behind it depends; until looked at."""
        self._asking: asyncio.Future[Interruption] | None = None
        """The request to cancel or the closing that an interruption began."""

    @property
    def prompt(self) -> str:
        """`A=> `, `A=*> `, `A=*B=> `; `A-> ` while a statement goes on."""
        if self._buffer.strip():
            return f"{self._target}-> "
        return "".join(side.letter + side.sign for side in self._chosen(self._target)) + "> "

    async def connect(self, sides: Sequence[_Side] | None = None) -> bool:
        """Connect; True when at least one side is."""
        is_good = False
        for side in sides or self._sides:
            try:
                await side.run.connect()
            except ConnectFailed as failure:
                why, *more = narration.not_connected_lines(failure)
                side.transcript.say("\n".join((_("NOT CONNECTED: {why}").format(why=why), *more)))
                self._note(Exit.NO_CONNECTION)
                continue
            is_good = True
            endpoint = side.session.endpoint
            side.transcript.say(
                _("connected to {region}, {host}, as {user}").format(
                    region=one_line(endpoint.region), host=one_line(endpoint.host), user=one_line(side.session.user)
                )
            )
        return is_good

    async def line(self, line: str) -> bool:
        """Take a line; run what is complete, and commands in the middle of a statement. False after `\\q`."""
        word = _WORD.fullmatch(line)
        if word is not None and self._answers(word[1].lower()):
            return word[1].lower() == "help"
        self._buffer += line + "\n"
        statements = split(self._buffer.removeprefix(self._address()[1]))
        if not statements and not self._address()[1].strip():
            self._buffer = "" if not self._buffer.strip() else self._buffer
            return True
        if statements and statements[-1].is_block and not statements[-1].is_terminated:
            return await self._run_commands_within(statements)
        if not statements or not self._is_complete(statements):
            return True
        return await self._run_all(statements)

    def _answers(self, word: str) -> bool:
        """psql's words without a backslash: whether it was one, and is done with. Within a statement it is a part."""
        if not self._buffer.strip():
            if word == "help":
                self._show_commands()
            return True
        statements = split(self._buffer)
        if not statements or statements[-1].copy_data is None:
            is_in_text = scan(self._buffer)[1] is not None
            leave = _("Use Ctrl+D to quit.") if is_in_text else _("Use \\q to quit.")
            put(_("Use \\? for help, or \\r to clear what was written.") if word == "help" else leave)
        return False

    async def _run_commands_within(self, statements: Sequence[Statement]) -> bool:
        """Do the commands in the middle of a statement that goes on; without them it is what is kept."""
        address, last = self._address()[1], statements[-1]
        pieces = list(pieces_of(last.text))
        if any(isinstance(piece, CommandPiece) and command_name(piece.text) == "if" for piece in pieces):
            return True  # done as a whole
        sides = self._chosen(self._address()[0])
        commands = [
            Statement(piece.text, 0, len(piece.text), StatementKind.COMMAND, piece.copy_data)
            for piece in pieces
            if isinstance(piece, CommandPiece)
        ]
        kept = "".join(piece.text for piece in pieces if isinstance(piece, SqlPiece))
        if len(sides) == 1:  # each pane has its own variables
            kept = substitute(kept, sides[0].run.runner.known).text
        goes_on = await self._run_all([*statements[:-1], *commands], kept)
        self._buffer = address + kept + ("" if kept.endswith("\n") else "\n")
        return goes_on

    async def end(self) -> None:
        """The input is over: run what has no semicolon yet."""
        statements = split(self._buffer.removeprefix(self._address()[1]))
        if statements:
            await self._run_all(statements)

    def tell_what_is_open(self) -> None:
        """At the end: transactions that are open are rolled back with their sessions, and that is no success."""
        for side in self._sides:
            if side.session.state.is_open:
                side.transcript.say(_("The transaction was still open and was rolled back: nothing of it was saved."))
                self._note(Exit.SQL_ERROR)

    def refuse_input(self, why: str) -> None:
        """The input cannot be read from here on; what was written of a statement is not run."""
        put(why)
        if self._buffer.strip():
            put(_("The statement that was not finished was not sent."))
        self.forget()
        self._note(Exit.SQL_ERROR)

    def forget(self) -> None:
        """Ctrl+C while a statement is written."""
        self._buffer = ""

    def interrupt(self) -> None:
        """Ctrl+C while something runs: first ask the server, then drop the connection."""
        side = self._running
        if side is None:
            return
        if self._interrupts is _Interrupts.NONE:
            self._interrupts = _Interrupts.ASKED
            put(_("Cancelling. Aurora DSQL ignores cancel requests; Ctrl+C again drops the connection."))
        else:
            self._interrupts = _Interrupts.DROPPED
            put(_("Dropping the connection."))
        self._asking = asyncio.ensure_future(side.run.pane.interrupt())

    def _address(self) -> tuple[str, str]:
        """Whom the statement in the buffer is for, and the words that say so."""
        found = _ADDRESS.match(self._buffer)
        if found is None:
            return self._target, ""
        whom = found["whom"].upper()
        return "AB" if whom == "BOTH" else whom, found[0]

    def _is_complete(self, statements: Sequence[Statement]) -> bool:
        last = statements[-1]
        if last.copy_data is not None:
            return self._buffer.rstrip().endswith("\n\\.")
        return last.is_terminated

    def _chosen(self, letters: str) -> list[_Side]:
        return [side for side in self._sides if side.letter in letters]

    async def _run_all(self, statements: Sequence[Statement], kept: str = "") -> bool:
        """Run them; `kept` is what is written of the statement that comes next."""
        letters = self._address()[0]
        self._buffer = ""
        self._interrupts = _Interrupts.NONE
        for statement in statements:
            for side in self._chosen(letters):
                side.run.runner.buffer = kept
            word = statement.text.split()[0].rstrip(";") if statement.kind is StatementKind.COMMAND else ""
            if any(side.run.runner.restricted_by for side in self._chosen(letters)):
                word = ""
            if word in ("\\q", "\\quit"):
                return False
            if word in _SWITCHES:
                letters = self._target = _SWITCHES[word]
                put(_("Now to {target}.").format(target=_(" and ").join(self._target)))
            elif word == "\\?":
                self._show_commands()
            elif word == "\\reconnect":
                await self.connect(self._chosen(letters))
            elif word == "\\more":
                for side in self._chosen(letters):
                    self._note(await side.run.more())
            elif not await self._on_each(self._chosen(letters), statement):
                break
            if any(side.run.has_quit for side in self._sides):
                return False
        return True

    @staticmethod
    def _show_commands() -> None:
        width = max(len(usage) for usage, _meaning in (*OWN_COMMANDS, *COMMANDS))
        for usage, meaning in (*OWN_COMMANDS, *COMMANDS):
            put(f"{usage:<{width}}  {_(meaning)}")

    async def _on_each(self, sides: Sequence[_Side], statement: Statement) -> bool:
        """Run a statement on these sides, one after the other; True when what follows may be run."""
        is_good = True
        for side in sides:
            if self._interrupts is not _Interrupts.NONE:
                return False
            if side.session.state is TransactionState.NONE:
                side.transcript.say(_("There is no connection and nothing was sent; \\reconnect opens it again."))
                is_good = False
                continue
            before = side.session.state
            self._running = side
            try:
                code = await side.run.run_statement(statement)
            finally:
                self._running = None
            self.is_void = self.is_void or (side.run.is_void and not side.run.runner.goes_on)
            self._note(code)
            self._tell_state(side, before)
            is_good = is_good and code is Exit.OK
        return is_good

    def _tell_state(self, side: _Side, before: TransactionState) -> None:
        after = side.session.state
        if after is before:
            return
        words = {
            TransactionState.NONE: _("The connection is gone; \\reconnect opens it again. Nothing is rerun by itself."),
            TransactionState.IDLE: _("No transaction is open."),
            TransactionState.OPEN: _("A transaction is open."),
            TransactionState.FAILED: _("The transaction has failed; only ROLLBACK ends it."),
        }
        side.transcript.say(words[after])

    def _note(self, code: Exit) -> None:
        if self.code is Exit.OK:
            self.code = code


def run_plain(endpoints: Sequence[Endpoint], user: str, tokens: TokenSource, *, page_rows: int) -> Exit:
    """The transcript on standard input and output, to its end; blocks.

    With a terminal the status is 0; else it tells of the first thing that went wrong, as `dsqltui exec` does.
    """
    is_terminal = sys.stdin.isatty()
    with Engine() as engine, asyncio.Runner() as runner:
        sides, journal = [], Journal()
        for letter, endpoint in zip("AB", endpoints, strict=True):
            session, transcript = PgSession(engine, endpoint, user, tokens), Transcript(letter)
            run = ScriptRun(
                session,
                transcript,
                transcript.say,
                form=Format.TABLE,
                variables={},
                letter=letter,
                journal=journal,
                page_rows=page_rows,
                endpoints=endpoints,
            )
            sides.append(_Side(letter, session, run, transcript))
        plain = Plain(sides)
        try:
            put(_("dsqltui, both panes as lines. \\? shows the commands, \\a and \\b choose the pane, \\q quits."))
            if not runner.run(plain.connect()):
                return Exit.NO_CONNECTION
            _converse(plain, runner, is_terminal)
        except OutputClosed:
            return Exit.PIPE_CLOSED
        finally:
            plain.tell_what_is_open()
            for side in sides:
                runner.run(side.run.close())
                runner.run(side.session.close())
    return Exit.OK if is_terminal else plain.code


def _converse(plain: Plain, runner: asyncio.Runner, is_terminal: bool) -> None:
    if is_terminal:
        import readline  # noqa: F401 - importing it gives input() line editing and history
    loop, busy, lines = runner.get_loop(), _Busy(), PipedLines()

    def interrupted(_signal: int, _frame: FrameType | None) -> None:
        """Ctrl+C: of the statement that runs, else of the line that is written."""
        if not busy.is_so:
            raise KeyboardInterrupt
        loop.call_soon_threadsafe(plain.interrupt)

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        while True:
            try:
                line = _read_line(plain.prompt, None if is_terminal else lines)
                busy.is_so = True
                if not loop.run_until_complete(plain.line(line)):
                    return
                if plain.is_void and not _goes_on(plain, is_terminal):
                    return
            except ScriptUnreadable as problem:
                plain.refuse_input(str(problem))
                return
            except UnicodeDecodeError:
                put(_("This line is not UTF-8 text and was not taken; set the terminal to UTF-8."))
            except EOFError:
                put("") if is_terminal else loop.run_until_complete(plain.end())
                return
            except KeyboardInterrupt:
                put("")
                plain.forget()
            finally:
                busy.is_so = False
    finally:
        signal.signal(signal.SIGINT, before)


def _goes_on(plain: Plain, is_terminal: bool) -> bool:
    """After a failure that makes void what is written behind it: whether there is more to come that is not.

    A person who types sees the failure first; what was typed or pasted ahead, and the rest of a pipe, was written
    without knowing of it.
    """
    plain.is_void = False
    if not is_terminal:
        put(_("What follows in the input was not run: it was written for what failed."))
        return False
    if select.select([sys.stdin], [], [], 0)[0]:
        termios.tcflush(sys.stdin, termios.TCIFLUSH)
        plain.forget()
        put(_("What was typed ahead was not run: it was written for what failed."))
    return True


@dataclass(slots=True)
class _Busy:
    """Whether something runs that Ctrl+C is for."""

    is_so: bool = False


def _read_line(prompt: str, lines: PipedLines | None) -> str:
    if lines is None:
        return input(prompt)
    line = lines.next()
    put(f"{prompt}{one_line(line, 2_000)}".rstrip())
    return line
