"""The probes that the simulator's rules give: each rule's example must be refused in the rule's words."""

from collections.abc import Iterator

from dsqltui.client.conversation import Answer
from dsqltui.probe.case import OWN_SCHEMA, Probe, ProbeStep
from dsqltui.sim.rules.examples.table import RULES
from dsqltui.sim.rules.rule import Rule

_BEGIN_OR_END = frozenset({"begin", "start", "commit", "rollback", "prepare"})
"""First words of statements that cannot be tried inside a transaction."""
_FILL_CLUSTER = frozenset({"schemas", "tables"})
_SCHEMAS_OF_RULES = "rules_"


def rule_probes() -> Iterator[Probe]:
    """One probe for each rule, in the order of the rules."""
    for rule in RULES:
        yield _probe(rule)


def _probe(rule: Rule) -> Probe:
    expected = Answer(rule.sqlstate, rule.text, rule.message.detail)
    return Probe(
        rule.id,
        rule.evidence,
        rule.seen,
        steps=(ProbeStep(_inside_own_name(rule.example), expected),),
        setup=tuple(map(_inside_own_name, rule.setup)),
        is_undone=rule.example.split()[0].lower() not in _BEGIN_OR_END,
        fills_cluster=rule.id in _FILL_CLUSTER,
    )


def _inside_own_name(sql: str) -> str:
    """Schemas that examples make get names that begin like the run's own: they are dropped with it."""
    return sql.replace(_SCHEMAS_OF_RULES, f"{OWN_SCHEMA}_")
