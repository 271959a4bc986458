"""Examples: SET, RESET and set_config."""

from collections.abc import Iterator

from dsqltui.sim.rules import messages
from dsqltui.sim.rules.rule import Rule


def parameters() -> Iterator[Rule]:
    """The rules of this subject."""
    refused = messages.PARAMETER
    for name in ("statement_timeout", "default_transaction_isolation", "client_min_messages", "work_mem"):
        yield Rule(f"set-{name}", refused.filled(name=name), f"SET {name} = '1'", f"SET application_name = '{name}'")
    guess = refused.as_guess()
    for identifier, message, example, near_miss in (
        (
            "set-session",
            refused.filled(name="lock_timeout"),
            "SET SESSION lock_timeout TO 1",
            "SET SESSION timezone TO 0",
        ),
        (
            "set-local",
            refused.filled(name="lock_timeout"),
            "SET LOCAL lock_timeout = 1",
            "SET LOCAL search_path = public",
        ),
        ("set-custom", guess.filled(name="my.setting"), "SET my.setting = 'x'", "SET search_path = my, public"),
        ("set-role", guess.filled(name="role"), "SET ROLE admin", "SET SESSION AUTHORIZATION DEFAULT"),
        ("set-local-role", refused.filled(name="role"), "SET LOCAL ROLE admin", "SET LOCAL application_name = 'role'"),
        ("reset-role", guess.filled(name="role"), "RESET ROLE", "RESET SESSION AUTHORIZATION"),
        (
            "set-transaction",
            refused.filled(name="TRANSACTION"),
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
            "SHOW TRANSACTION ISOLATION LEVEL",
        ),
        (
            "set-transaction-snapshot",
            guess.filled(name="TRANSACTION SNAPSHOT"),
            "SET TRANSACTION SNAPSHOT '1'",
            "SET CONSTRAINTS ALL DEFERRED",
        ),
        (
            "set-transaction-serializable",
            messages.ISOLATION.filled(level="SERIALIZABLE"),
            "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
            "SHOW transaction_isolation",
        ),
        (
            "set-transaction-read-committed",
            messages.ISOLATION.as_guess().filled(level="READ COMMITTED"),
            "SET LOCAL TRANSACTION ISOLATION LEVEL READ COMMITTED",
            "SHOW default_transaction_isolation",
        ),
        (
            "set-session-characteristics",
            messages.ISOLATION.as_guess().filled(level="SERIALIZABLE"),
            "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE",
            "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
        ),
        ("set-xml-option", guess.filled(name="xmloption"), "SET XML OPTION DOCUMENT", "SET NAMES 'UTF8'"),
        ("set-seed", guess.filled(name="seed"), "SET SEED TO 0.5", "RESET ALL"),
        (
            "set-reserved-prefix",
            messages.RESERVED_PREFIX.filled(name="dsql.unknown"),
            "SET dsql.unknown = on",
            "SET dsql.enable_batched_nestloop = on",
        ),
        (
            "set-not-boolean",
            messages.NOT_BOOLEAN.filled(name="dsql.enable_batched_nestloop"),
            "SET dsql.enable_batched_nestloop = 'banana'",
            "SET dsql.enable_batched_nestloop TO 'of'",
        ),
        (
            "set-config",
            messages.PARAMETER.filled(name="work_mem"),
            "SELECT set_config('work_mem', '4MB', false)",
            "SELECT current_setting('work_mem')",
        ),
        (
            "set-config-of-a-column",
            messages.PARAMETER.as_guess().filled(name="name"),
            "SELECT set_config(name, 'view', false) FROM pg_settings WHERE name = 'restrict_nonsystem_relation_kind'",
            "SELECT current_setting(name) FROM pg_settings WHERE name = 'restrict_nonsystem_relation_kind'",
        ),
        (
            "set-config-search-path",
            messages.PARAMETER.filled(name="search_path"),
            "SELECT pg_catalog.set_config('search_path', '', false)",
            "SELECT current_setting('search_path')",
        ),
    ):
        yield Rule(identifier, message, example, near_miss)
