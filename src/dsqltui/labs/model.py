"""A lab as values: what `load` makes of a TOML file, and everybody else works with.

    Lab                 goal, what it needs, how to take it back, steps, the closing question
    Step                one thing to do, with what must be true afterwards
    Action              what a step does when the student lets it: RunSql | Read | SwitchRole | ... (closed)
    Check               what must be true: Ran | HasRows | WasRefused | ... (closed)

docs/labs.md is the same for authors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dsqltui.core.results.transaction_state import TransactionState
from dsqltui.labs.text import Text

FORMATS = (1, 2)
EXPLORED = ("explored_orders", "explored_anomalies", "explored_lost")
"""What an exploration captures."""
LOAD_FIGURES = ("commits", "conflicts", "attempts", "given_up", "p50_ms", "commit_p50_ms", "bar")
"""What a measured load captures for each of its designs, named `DESIGN_FIGURE`."""
PANES = ("A", "B")

# -- actions -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RunSql:
    """Put SQL into the editors of the step's panes; the student runs it."""

    sql: str
    is_own_work: bool = False
    """The student writes it: the editor stays empty, and this is the solution."""


@dataclass(frozen=True, slots=True)
class AnswerQuiz:
    """A question amid the lab; any answer passes, and is told about."""

    question: "ClosingQuestion"


@dataclass(frozen=True, slots=True)
class LoadDesign:
    """One design of a measured load."""

    name: str
    script: str
    """A script of the storm (pgbench's form), one transaction."""


@dataclass(frozen=True, slots=True)
class RunLoad:
    """Run each design's transactions over both endpoints, one design after the other, and capture the figures."""

    designs: tuple[LoadDesign, ...]
    sessions: int
    transactions: int
    """Of each design."""
    retries: int
    """After a conflict, for each transaction."""


@dataclass(frozen=True, slots=True)
class RunExploration:
    """Run every order that matters of two transactions and capture how they came out: `explored_anomalies`, ..."""

    scripts: tuple[str, str]
    """For pane A and pane B: put into the editors, where the student may change them."""
    solution: tuple[str, str]
    """What passes the step; the scripts themselves when nothing is to be changed."""


@dataclass(frozen=True, slots=True)
class Read:
    """Nothing to run: something to read, or to do outside."""


@dataclass(frozen=True, slots=True)
class SwitchPaneRole:
    """Assume an IAM role and connect the step's panes as a database role."""

    user: str
    """The database role."""
    iam_role: str
    """ARN of the IAM role; may hold `{account}`."""
    session: str
    """The role session's name."""


@dataclass(frozen=True, slots=True)
class MakeIamRole:
    """Make an IAM role that may connect to both clusters, and wait until AWS lets it; asked first on AWS."""

    name: str
    user: str
    """The database role that it is for."""


@dataclass(frozen=True, slots=True)
class ReturnRole:
    """Back to the credentials and the database role of the start."""


@dataclass(frozen=True, slots=True)
class ConnectPanes:
    """Open the connections of the step's panes, again if they are open."""


@dataclass(frozen=True, slots=True)
class SetFaults:
    """Make the simulator misbehave: fault names and values as `dsqltui sim-faults` takes them."""

    changes: tuple[str, ...]
    """`NAME=VALUE`; a value may hold `{region.a}`."""


@dataclass(frozen=True, slots=True)
class OpenView:
    """Do one of the console's actions: compare, timeline."""

    view: str


Action = (
    RunSql
    | AnswerQuiz
    | RunLoad
    | RunExploration
    | Read
    | SwitchPaneRole
    | MakeIamRole
    | ReturnRole
    | ConnectPanes
    | SetFaults
    | OpenView
)

VIEWS = ("compare", "timeline", "access")

# -- checks ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StatementRan:
    """A statement was done."""

    of: str
    """Words that it has, in this order; `begin`, `commit`, `rollback` alone mean any spelling of these."""
    panes: tuple[str, ...]
    tag: str = ""
    """Its command tag, when only this one will do."""
    at_least_ms: int = 0
    at_most_ms: int | None = None
    """Bounds of how long it took, as this machine measured it."""


@dataclass(frozen=True, slots=True)
class HasRows:
    """A statement gave rows of this kind."""

    of: str
    panes: tuple[str, ...]
    count: int | None = None
    """Exactly so many."""
    at_least: int = 0
    value: str | None = None
    """The first value of the first row."""
    has: tuple[tuple[str, ...], ...] = ()
    """For each: a row that holds all these values."""
    text: tuple[str, ...] = ()
    """For each: some value that contains it."""


@dataclass(frozen=True, slots=True)
class WasRefused:
    """The server refused a statement, and this was the point."""

    of: str
    panes: tuple[str, ...]
    sqlstate: str
    token: str = ""
    """`OC000` or `OC001`, when only this one will do."""


@dataclass(frozen=True, slots=True)
class SameInBoth:
    """The last results of a statement in the two panes are equal."""

    of: str


@dataclass(frozen=True, slots=True)
class WasFirst:
    """The pane's statement was done before the other pane's of the same kind, in this lab."""

    of: str
    pane: str


@dataclass(frozen=True, slots=True)
class InDatabase:
    """A query, asked beside the panes in a session of the console's own, answers with this first value."""

    query: str
    value: str
    say: Text
    """What is missing when it does not."""
    pane: str = "A"
    """Whose endpoint is asked."""


@dataclass(frozen=True, slots=True)
class HasFigure:
    """A figure that a load or an exploration captured lies between bounds."""

    name: str
    at_least: int | None
    at_most: int | None


@dataclass(frozen=True, slots=True)
class IsConnected:
    """The panes have their sessions."""

    panes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IsUser:
    """The panes are connected as this database role."""

    user: str
    panes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WasLost:
    """A pane's connection ended."""

    panes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Acted:
    """The step's action was done: read, faults set, view opened."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of these is enough: where the service and the simulator may differ, or two outcomes are right."""

    checks: "tuple[Check, ...]"


Check = (
    StatementRan
    | HasRows
    | WasRefused
    | SameInBoth
    | WasFirst
    | HasFigure
    | InDatabase
    | IsConnected
    | IsUser
    | WasLost
    | Acted
    | OneOf
)

# -- the lab -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Capture:
    """A value taken from a result, for later steps."""

    name: str
    of: str = ""
    column: str = ""
    """The column's name; the first row's value is taken."""
    query: str = ""
    """Instead: asked beside the panes; its first value is taken."""


@dataclass(frozen=True, slots=True)
class LabStep:
    """One thing to do."""

    id: str
    panes: tuple[str, ...]
    action: Action
    say: Text
    expect: tuple[Check, ...]
    hint: Text
    seen: Text | None = None
    """What just happened, told when it has passed."""
    captures: tuple[Capture, ...] = ()
    prepares: bool = False
    """Whether its SQL is what later labs build on: run for a student who begins with one of those."""
    predict: "ClosingQuestion | None" = None
    """Asked before it runs."""
    skeleton: str = ""
    """The second hint of a step that the student writes; empty: the solution without its values."""
    ways: tuple[str, ...] = ()
    """Other SQL that passes the step, played by `lab check` too."""
    state_before: Mapping[str, TransactionState] = field(default_factory=dict)
    """The panes' transactions when the step begins, IDLE or OPEN; worked out from the SQL of the steps before."""
    state_after: Mapping[str, TransactionState] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Need:
    """What must be so before the lab begins, as a query's first value."""

    query: str
    value: str
    say: Text
    """What to do when it is not."""
    is_repairable: bool
    """Whether the lab's reset makes it so."""


@dataclass(frozen=True, slots=True)
class ClosingQuestion:
    """Asked at the end."""

    text: Text
    choices: tuple[Text, ...]
    right: int
    """1-based number of the right choice."""
    answer: Text
    """Why."""


@dataclass(frozen=True, slots=True)
class Lab:
    """A lab."""

    file: Path
    number: int
    """From the file's name: 03-first-committer-wins.toml."""
    id: str
    title: Text
    goal: Text
    watch: Text
    creates: Text
    """What it makes on the cluster; asked about once on AWS."""
    after: tuple[str, ...]
    """Ids of labs whose work it builds on."""
    needs: tuple[Need, ...]
    is_simulator_only: bool
    keeps: bool
    """Whether later labs build on what it makes, so that only the student resets it."""
    reset: tuple[str, ...]
    """Statements, each in autocommit, that bring back what the lab changed."""
    steps: tuple[LabStep, ...]
    question: ClosingQuestion
    warnings: Sequence[object] = ()
    """What its file should say better, as sentences: a missing language."""
    own: tuple[str, ...] = ()
    """Names (schema, roles) that a student of a class has with his or her own name appended."""
    values: Mapping[str, str] = field(default_factory=dict)
    """The author's own: `{name}` in texts and SQL."""

    @property
    def iam_roles(self) -> tuple[str, ...]:
        """Names of the IAM roles that its steps make."""
        return tuple(step.action.name for step in self.steps if isinstance(step.action, MakeIamRole))

    @property
    def check_count(self) -> int:
        """All checks of all steps, the transaction states among them."""
        return sum(len(step.expect) + len(step.state_after) for step in self.steps)
