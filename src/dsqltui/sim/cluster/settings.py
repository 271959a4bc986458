"""The simulator's switches. Defaults are Aurora DSQL's behaviour; everything else is for labs and tests."""

from dataclasses import dataclass
from pathlib import Path

from dsqltui.core.aws.limits import TRANSACTION_ROW_LIMIT
from dsqltui.sim.faults.faults import NO_FAULTS, Faults
from dsqltui.sim.postgres.disk import KEPT_FREE
from dsqltui.sim.transactions.schema_history import ChangeScope


@dataclass(frozen=True, slots=True)
class SimSettings:
    """How this simulator behaves."""

    server_version: str = "16.15"
    """Told to clients. Recorded on a real cluster, 2026-09."""
    honours_cancel: bool = False
    """Aurora DSQL ignores the protocol's CancelRequest; True makes it work, for trying clients out."""
    transaction_row_limit: int = TRANSACTION_ROW_LIMIT
    """Rows one transaction may change."""
    job_delay_s: float = 0.5
    """Seconds an asynchronous job stays submitted, and again processing, before its work is done. Simulated."""
    direct_write_s: float = 0.1
    """Seconds for which an autocommit write that lost is run again, without a word to its client."""
    login_timeout_s: float = 60.0
    """Seconds a client may take from TLS to being let in; then it is cut off without a word. PostgreSQL's own default;
    what Aurora DSQL does is not known."""
    cluster_delay_s: float = 2.0
    """Seconds the control plane's clusters spend in CREATING, UPDATING and DELETING each. Simulated."""
    faults: Faults = NO_FAULTS
    """What goes wrong from the start; can be changed while the simulator runs."""
    analyze_check_s: float = 5.0
    """Seconds between looks at which tables have changed enough for an ANALYZE job. Simulated."""
    message_log: Path | None = None
    """A file that gets a line for each statement that a client sends."""
    tells_idle_sessions: bool = True
    """Whether a session without a transaction gets OC001 once after another session's DDL, as recorded 2026-09."""
    oc001_scope: ChangeScope = ChangeScope.RELATION
    """Which statements another session's DDL reaches."""
    kept_free: int = KEPT_FREE
    """Bytes of the disk below which writes are refused."""
    has_dialect: bool = True
    """Whether statements that Aurora DSQL does not know are refused by their words. That is a matter of texts, never of
    safety; False is for the tests which show that."""
