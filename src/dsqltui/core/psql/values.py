"""What a backslash command asks for, as values."""

from dataclasses import dataclass
from enum import Enum

from dsqltui.core.language import _


@dataclass(frozen=True, slots=True)
class Include:
    r"""`\i FILE` or `\ir FILE`: run a script."""

    path: str
    """As written, unquoted; `~` is not expanded."""
    is_relative: bool
    r"""`\ir`: relative to the script that says so, instead of to the working directory."""
    waits: bool = False
    """`--wait`: one DDL a transaction, conflicts tried again, jobs waited for, resumable."""
    resumes: str = ""
    """`resume`: go on with the statement that failed; `skip`: behind it; `again`: with one whose fate is not known."""


@dataclass(frozen=True, slots=True)
class Quit:
    r"""`\q`: end the program, or the script that says so."""


@dataclass(frozen=True, slots=True)
class Help:
    r"""`\?`: show the commands."""


@dataclass(frozen=True, slots=True)
class SwitchRole:
    r"""`\role NAME [here]`: become another role, in both panes or in this one. What follows is not run."""

    name: str
    """A name of the settings, a database role, an IAM role or its ARN; `base`: the credentials of the start.
    Empty: show who one is, and the choices."""
    is_here: bool = False


@dataclass(frozen=True, slots=True)
class ShowCost:
    r"""`\cost [pin NAME CALLS | unpin NAME]`: what was run so far costs, and a month of the pinned workload."""

    action: str = ""
    """pin, unpin; empty: show."""
    name: str = ""
    calls: str = ""
    """A day, as written."""


@dataclass(frozen=True, slots=True)
class ShowConnection:
    r"""`\conninfo`: show to what and as whom the pane is connected."""


@dataclass(frozen=True, slots=True)
class CheckCommit:
    r"""`\commit-check`: find out whether the last COMMIT without an answer was done."""


class Listing(Enum):
    """What a `\\d` command lists. The value is the name of its query in `sql/catalog/`."""

    DETAILS = "psql/describe"
    r"""`\d PATTERN`: each relation with its columns, indexes and constraints."""
    RELATIONS = "psql/list_relations"
    r"""`\d`, `\dt`, `\di`, `\dv`, `\ds`: one line a relation."""
    SCHEMAS = "psql/list_schemas"
    ROLES = "psql/list_roles"
    PRIVILEGES = "psql/list_privileges"
    DATABASES = "psql/list_databases"
    FUNCTIONS = "psql/list_functions"


@dataclass(frozen=True, slots=True)
class ListObjects:
    r"""`\d`, `\dt`, `\di`, `\dv`, `\ds`, `\dn`, `\du`, `\dp`, `\l`, `\df` and their `+` and `S` forms."""

    listing: Listing
    pattern: str = ""
    """psql's pattern as written, double quotes kept; empty for none."""
    is_verbose: bool = False
    """`+`: more columns."""
    with_system: bool = False
    """`S`: also what belongs to the system."""
    kinds: str = ""
    """Which relations: letters of t (tables), i (indexes), v (views), s (sequences). RELATIONS only."""


@dataclass(frozen=True, slots=True)
class ShowFunction:
    r"""`\sf NAME`: the definition of a function."""

    function: str
    """Name, or name with argument types in parentheses, as written."""
    is_verbose: bool = False
    r"""`\sf+`: with line numbers."""


@dataclass(frozen=True, slots=True)
class SwitchExpanded:
    r"""`\x`: results as records, on or off."""

    is_on: bool | None = None
    """None: the other way round."""
    is_auto: bool = False
    """`auto`: where a row is wider than the terminal."""


@dataclass(frozen=True, slots=True)
class SwitchTiming:
    r"""`\timing`: say how long each statement took, or not."""

    is_on: bool | None = None


@dataclass(frozen=True, slots=True)
class BulkOptions:
    r"""How work that is cut into transactions is done: words behind `batch N` of `\copy` and `\batch`."""

    parallel: int | None = None
    """Sessions at work, over both endpoints; None: it was not said."""
    retries: int | None = None
    """How often a transaction that lost a conflict is begun again; None: it was not said."""
    rejects: str | None = None
    r"""`\copy` only: the file for rows that the server refuses; empty: beside the file that is loaded."""
    is_resumed: bool = False
    """Go on where an earlier run ended."""
    doubts: str = ""
    """`in` or `out`: what the person has found out of rows whose fate the earlier run does not know."""
    is_restarted: bool = False
    """Forget an earlier run."""

    @property
    def has_own_sessions(self) -> bool:
        """Whether it is done on sessions of its own, not on the pane's."""
        return self.parallel is not None or self.retries is not None


@dataclass(frozen=True, slots=True)
class Copy:
    r"""`\copy`: rows between a table or query and a file of this machine."""

    subject: str
    """Table with columns, or query in parentheses, as written."""
    is_import: bool
    """FROM; else TO."""
    path: str | None
    """As written, unquoted; `~` is not expanded. None: the script's own lines, or standard output."""
    options: str = ""
    """What follows, for the server, as written."""
    is_program_input: bool = False
    """PSTDIN: the program's standard input, not the script's lines."""
    batch_rows: int | None = None
    """Rows of one transaction each; None: all in one."""
    bulk: BulkOptions = BulkOptions()


@dataclass(frozen=True, slots=True)
class BatchWork:
    r"""`\batch N [WORDS] STATEMENT`: a DELETE or UPDATE cut into transactions of at most N rows each."""

    rows: int
    sql: str
    bulk: BulkOptions = BulkOptions()


@dataclass(frozen=True, slots=True)
class OutputTo:
    r"""`\o FILE`: results go to a file from here on; None: to where they went before."""

    path: str | None


class Stream(Enum):
    """Where a text goes."""

    OUTPUT = "output"
    r"""`\echo`: standard output, whatever `\o` says."""
    RESULTS = "results"
    r"""`\qecho`: where results go."""
    NARRATION = "narration"
    r"""`\warn`: standard error."""


@dataclass(frozen=True, slots=True)
class Echo:
    r"""`\echo TEXT`."""

    text: str
    ends_line: bool = True
    r"""False after `\echo -n`."""
    stream: Stream = Stream.OUTPUT


@dataclass(frozen=True, slots=True)
class SetVariable:
    r"""`\set NAME VALUE`; without a name, show all variables."""

    name: str | None = None
    value: str = ""


@dataclass(frozen=True, slots=True)
class UnsetVariable:
    r"""`\unset NAME`."""

    name: str


@dataclass(frozen=True, slots=True)
class Go:
    r"""`\g [FILE]`, `\gx [FILE]`: run the statement before it, or the last one again."""

    path: str | None = None
    """The result goes to this file."""
    is_expanded: bool = False
    """The result is shown as records, this once."""
    options: tuple[tuple[str, str], ...] = ()
    r"""`\g (NAME=VALUE ...)`: as `\pset`, this once."""


@dataclass(frozen=True, slots=True)
class ShowConflicts:
    r"""`\conflicts`: how often the panes' transactions lost, and for which rows."""


@dataclass(frozen=True, slots=True)
class ExplainPlan:
    r"""`\plan [analyze]`: explain the statement before it, or the last one, and say why it is slow."""

    is_analyzed: bool = False
    """It is run, and rolled back where it may change data."""


@dataclass(frozen=True, slots=True)
class Watch:
    r"""`\watch [SECONDS]`: run the statement before it, or the last one, again and again until interrupted."""

    interval_s: float = 2.0
    count: int | None = None
    """How often; None: until interrupted."""


@dataclass(frozen=True, slots=True)
class StoreResult:
    r"""`\gset [PREFIX]`: run it, and make variables of the columns of its only row."""

    prefix: str = ""


@dataclass(frozen=True, slots=True)
class RunResult:
    r"""`\gexec`: run it, and then each of its values as a statement."""


@dataclass(frozen=True, slots=True)
class Bind:
    r"""`\bind [VALUE ...]`: values for $1, $2, ... of the next statement."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ResetBuffer:
    r"""`\r`: forget what was written of a statement."""


@dataclass(frozen=True, slots=True)
class ShowBuffer:
    r"""`\p`: show what was written of a statement, else the last one."""


@dataclass(frozen=True, slots=True)
class WriteBuffer:
    r"""`\w FILE`: the same into a file."""

    path: str


@dataclass(frozen=True, slots=True)
class Conditional:
    r"""`\if`, `\elif`, `\else`, `\endif`."""

    word: str
    expression: str = ""
    """Variables replaced, arguments joined by blanks."""


@dataclass(frozen=True, slots=True)
class SetPrint:
    r"""`\pset NAME [VALUE]`, and `\t`, `\a`, `\f`, `\C`; without a name, show all."""

    name: str = ""
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Encoding:
    r"""`\encoding [NAME]`: show the encoding; UTF8 is the only one."""

    name: str | None = None


@dataclass(frozen=True, slots=True)
class Restrict:
    r"""`\restrict KEY`: no command is done from here on but `\unrestrict` with the same key."""

    key: str


@dataclass(frozen=True, slots=True)
class Unrestrict:
    r"""`\unrestrict KEY`."""

    key: str


@dataclass(frozen=True, slots=True)
class ChangeFolder:
    r"""`\cd [FOLDER]`: from where relative names of files count."""

    path: str | None = None
    """None: the home folder."""


@dataclass(frozen=True, slots=True)
class ReadEnvironment:
    r"""`\getenv NAME VARIABLE`: an environment variable's value into a variable of ours."""

    name: str
    variable: str


@dataclass(frozen=True, slots=True)
class ShowLastError:
    r"""`\errverbose`: the last error of the server with all that is known of it."""


@dataclass(frozen=True, slots=True)
class NotHere:
    """A command of psql that is not done here."""

    name: str
    problem: str
    """Why, and the way round it."""


@dataclass(frozen=True, slots=True)
class UnknownCommand:
    """No command of this console."""

    name: str
    """Without the backslash."""
    nearest: tuple[str, ...]
    """Known names that look like it, the likeliest first."""

    @property
    def sentence(self) -> str:
        """What is wrong and what to do."""
        guess = " or ".join(f"\\{other}" for other in self.nearest)
        advice = _("did you mean {guess}?").format(guess=guess) if guess else _("\\? shows the commands.")
        return _("There is no command \\{name}; {advice}").format(name=self.name, advice=advice)


@dataclass(frozen=True, slots=True)
class BadArguments:
    """A known command that cannot be understood."""

    name: str
    problem: str
    """A sentence for the person, with the right form."""


Command = (
    Include
    | Quit
    | Help
    | ShowConnection
    | ShowCost
    | CheckCommit
    | SwitchRole
    | ListObjects
    | ShowFunction
    | SwitchExpanded
    | SwitchTiming
    | Copy
    | BatchWork
    | OutputTo
    | Echo
    | SetVariable
    | UnsetVariable
    | Go
    | ExplainPlan
    | ShowConflicts
    | Watch
    | StoreResult
    | RunResult
    | Bind
    | ResetBuffer
    | ShowBuffer
    | WriteBuffer
    | Conditional
    | SetPrint
    | Encoding
    | Restrict
    | Unrestrict
    | ChangeFolder
    | ReadEnvironment
    | ShowLastError
    | NotHere
    | UnknownCommand
    | BadArguments
)
