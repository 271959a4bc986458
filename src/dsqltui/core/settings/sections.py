"""Every setting of the console, in one table: type, default, description, unit, bounds.

A new setting is one line in the dataclass of its section. The template, `dsqltui config show`, the documentation and
the checks are made from it. Values come to their users as attributes: `services.settings.console.rows`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dsqltui.core.aws.dpu_rates import FREE_DPU, FREE_GB
from dsqltui.core.aws.limits import TOKEN_LIFETIME_S
from dsqltui.core.language import LANGUAGES
from dsqltui.core.sessions.roles import (
    MAX_SESSION_S,
    MAX_TOKEN_LIFETIME_S,
    MIN_SESSION_S,
    regions_problem,
    role_arn_problem,
    session_name_problem,
)
from dsqltui.core.settings.field import free_section, named_sections, section, setting

THEMES = ("auto", "dark", "light", "high-contrast", "terminal")
"""`auto` is `dark`, or `terminal` where there are no more than 16 colours or NO_COLOR is set."""

LANGUAGE_CHOICES = ("auto", *LANGUAGES)
"""`auto` is what LC_ALL, LC_MESSAGES or LANG say."""


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """[console]"""

    rows: int = setting(1000, "Fetched at once; PgDn fetches more.", unit="rows", at_least=1, at_most=100_000)
    theme: str = setting("auto", "Colours; NO_COLOR in the environment turns all of them off.", choices=THEMES)
    language: str = setting("auto", "Language of the console; auto: what LC_ALL or LANG say.", choices=LANGUAGE_CHOICES)
    mouse: bool = setting(True, "Take mouse clicks; false leaves the mouse, and its text selection, to the terminal.")


@dataclass(frozen=True, slots=True)
class EditorSettings:
    """[editor]"""

    cursor_blink: bool = setting(False, "Let the cursor blink; over a remote link that costs some 450 bytes a second.")
    keep_texts: bool = setting(
        True, "Keep both editors' texts, without secrets, and bring them back on the next start."
    )
    soft_wrap: bool = setting(
        False, "Break lines that are wider than the editor on the screen; the text stays as it is."
    )
    enter_runs_commands: bool = setting(False, "Enter at the end of a backslash command runs it, as in psql.")
    completion: bool = setting(True, "List completions while you type; false: only when asked for.")


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """[guards]"""

    both_asks: bool = setting(True, "Ask before a statement that changes something runs in both panes.")
    writes_need_transaction: bool = setting(False, "Refuse to send a statement that writes outside a transaction.")
    destructive_asks: bool = setting(False, "Ask before DELETE or UPDATE without WHERE, TRUNCATE and DROP.")
    read_only: bool = setting(False, "Run everything in READ ONLY transactions: the server refuses what writes.")
    commit_asks: bool = setting(False, "Ask before COMMIT, with the number of rows it changes.")


@dataclass(frozen=True, slots=True)
class SessionSection:
    """[session]"""

    renew: bool = setting(True, "Replace an idle session by a new one before the 60 minutes it may live are over.")
    journal: bool = setting(True, "Write what both panes do to a file of each run; only you can read it.")
    journal_files: int = setting(50, "Kept of those; the oldest goes first.", unit="files", at_least=1, at_most=10_000)


@dataclass(frozen=True, slots=True)
class HistorySettings:
    """[history]"""

    enabled: bool = setting(True, "Keep what was run, without secrets; only you can read the file.")
    limit: int = setting(10_000, "Kept; the oldest go first.", unit="statements", at_least=1, at_most=1_000_000)


@dataclass(frozen=True, slots=True)
class ResultSettings:
    """[results]"""

    kept: int = setting(
        5, "Kept of a pane, and of a script's rows; the oldest gives way.", unit="results", at_least=1, at_most=100
    )
    price_per_million_dpu: float | None = setting(
        None, "What a million DPU cost in your Region; EXPLAIN's plans then show a price.", unit="dollars", at_least=0
    )


@dataclass(frozen=True, slots=True)
class CostSettings:
    """[cost]"""

    price_region: str = setting("", "The Region whose prices are set here and in results.price_per_million_dpu.")
    price_date: str = setting("", "When you read them on AWS's price list: 2026-11-29.")
    price_per_gb_month: float | None = setting(
        None, "What a gigabyte of storage costs a month in your Region.", unit="dollars", at_least=0
    )
    free_dpu: int = setting(FREE_DPU, "DPU a month that are free; 0 when other clusters use them.", at_least=0)
    free_gb: int = setting(FREE_GB, "Storage a month that is free.", unit="GB", at_least=0)


@dataclass(frozen=True, slots=True)
class LabSettings:
    """[lab]"""

    language: str = setting("", "Language of the labs; empty: that of the console.", choices=("", "en", "ja"))


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """[connections.NAME]"""

    hosts: tuple[str, ...] = setting((), "Endpoints of pane A and pane B; one host is for both.")
    user: str = setting("admin", "Database role.")
    profile: str = setting("", "AWS profile; empty: boto3's default.")
    role: str = setting("", "A name of [roles.NAME] to become at once.")
    hostaddr: tuple[str, ...] = setting((), "IP addresses to connect to instead of asking DNS, one for each host.")
    cluster_id: tuple[str, ...] = setting(
        (), "Cluster of each host, where the host is a VPC endpoint's own name (amzn-cluster-id)."
    )
    region: tuple[str, ...] = setting((), "Region of each host, where its name does not hold it.")
    ca_file: str = setting("", "Certificate authorities to trust; empty: this machine's.")


@dataclass(frozen=True, slots=True)
class RoleSettings:
    """[roles.NAME]"""

    database_role: str = setting("", "Database role to connect as; empty: NAME.")
    role_arn: str = setting("", "IAM role to assume; empty: the base credentials.", check=role_arn_problem)
    session_name: str = setting("dsqltui", "How the session is called in AWS's logs.", check=session_name_problem)
    duration_s: int = setting(
        3_600,
        "How long assumed credentials last before they are renewed.",
        unit="seconds",
        at_least=MIN_SESSION_S,
        at_most=MAX_SESSION_S,
    )
    external_id: str = setting("", "What the role's trust policy asks for, if it does.")
    mfa_serial: str = setting("", "MFA device; its code is then asked for.")
    source_profile: str = setting("", "AWS profile to assume the role from; empty: the base credentials.")
    via_arn: str = setting("", "IAM role to assume first, and this one from it.", check=role_arn_problem)


@dataclass(frozen=True, slots=True)
class AwsSettings:
    """[aws]"""

    regions: tuple[str, ...] = setting(
        ("us-east-1", "us-east-2", "us-west-2"), "Where to look for clusters.", unit="Regions", check=regions_problem
    )
    token_lifetime_s: int = setting(
        TOKEN_LIFETIME_S,
        "How long a connect token is good for. It is checked only at connect.",
        unit="seconds",
        at_least=1,
        at_most=MAX_TOKEN_LIFETIME_S,
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """All of them; `Settings()` is what holds without a file."""

    console: ConsoleSettings = section(ConsoleSettings, "The console as a whole.")
    editor: EditorSettings = section(EditorSettings, "The two SQL editors.")
    guards: GuardSettings = section(GuardSettings, "What asks before it runs.")
    session: SessionSection = section(SessionSection, "The connections of the panes and the record of what they do.")
    history: HistorySettings = section(HistorySettings, "What was run, in a file of this machine.")
    results: ResultSettings = section(ResultSettings, "The results.")
    cost: CostSettings = section(CostSettings, "Prices for \\cost, which are yours to look up.")
    aws: AwsSettings = section(AwsSettings, "What is asked of AWS.")
    lab: LabSettings = section(LabSettings, "The labs.")
    keys: Mapping[str, tuple[str, ...]] = free_section(
        'ACTION = "key", or a list of keys, in place of the default ones; `dsqltui config keys` lists all actions.'
    )
    connections: Mapping[str, ConnectionSettings] = named_sections(ConnectionSettings, "Clusters by a name of yours.")
    roles: Mapping[str, RoleSettings] = named_sections(RoleSettings, "Roles by a name of yours.")
