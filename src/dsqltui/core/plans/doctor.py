"""The table of rules, and the examination: which of them find something in a plan."""

import dataclasses

from dsqltui.core.language import N_
from dsqltui.core.plans import index_rules, work_rules
from dsqltui.core.plans.finding import GUESS, ExaminedPlan, Finding, PlanRule
from dsqltui.core.plans.known_tables import UNKNOWN, KnownTables
from dsqltui.core.results.plan import Plan

_GUIDE = 'AWS User Guide, "Reading Aurora DSQL EXPLAIN plans"'
_INTERPRETATION = "AWS plan interpretation guide for Aurora DSQL (read 2026-11)"
_POSTGRESQL = "PostgreSQL 16 manual"

RULES: tuple[PlanRule, ...] = (
    PlanRule(
        "type-mismatch",
        N_("the value's type is not the column's"),
        f"{_INTERPRETATION}: across types an index is used only within smallint, integer and bigint",
        index_rules.type_mismatches,
    ),
    PlanRule(
        "function-on-column",
        N_("a function or cast around the column"),
        f"{_POSTGRESQL}, 11.7 Indexes on Expressions; Aurora DSQL has them since 13 August 2026 (release notes)",
        index_rules.functions_on_columns,
    ),
    PlanRule(
        "collation",
        N_("another collation than the index's"),
        f"{_POSTGRESQL}, 11.11 Indexes and Collations; Aurora DSQL's collation is C only (recorded)",
        index_rules.other_collations,
    ),
    PlanRule(
        "leading-wildcard",
        N_("LIKE with a wildcard in front"),
        f"{_POSTGRESQL}, 11.2 Index Types, B-Tree",
        index_rules.leading_wildcards,
    ),
    PlanRule(
        "leading-column",
        N_("the index's first column is not asked for"),
        f"{_POSTGRESQL}, 11.3 Multicolumn Indexes",
        index_rules.leading_columns_missing,
    ),
    PlanRule(
        "invalid-index",
        N_("the index is invalid or still being built"),
        "AWS User Guide, asynchronous indexes: a failed build leaves an invalid index, which is to be dropped",
        index_rules.invalid_indexes,
    ),
    PlanRule("missing-index", N_("no index fits"), _GUIDE, index_rules.missing_indexes),
    PlanRule("index-not-chosen", N_("the planner prefers the whole table"), GUESS, index_rules.indexes_not_chosen),
    PlanRule("lookup", N_("INCLUDE lacks a column"), f"{_GUIDE}: Storage Lookup", work_rules.lookups),
    PlanRule(
        "late-filter", N_("a condition is tested too late"), f"{_GUIDE}: three filter layers", work_rules.late_filters
    ),
    PlanRule(
        "foreign-key",
        N_("a foreign key whose child has no index"),
        "seen live (2026-09-29): no index comes with a foreign key; deleting a parent scanned the child for 300 s",
        work_rules.foreign_keys,
    ),
    PlanRule(
        "estimate-off",
        N_("estimates far off"),
        "AWS User Guide: ANALYZE; CREATE STATISTICS since 27 August 2026 (release notes)",
        work_rules.estimates_off,
    ),
    PlanRule(
        "batched-join",
        N_("batched join off"),
        'AWS User Guide, "Batched nested-loop joins in Aurora DSQL EXPLAIN plans"',
        work_rules.unbatched_joins,
    ),
    PlanRule(
        "large-sort",
        N_("many rows sorted or hashed"),
        f"{_POSTGRESQL}, 11.4 Indexes and ORDER BY; recordings (2026-10) read an index backward without Sort",
        work_rules.large_sorts,
    ),
    PlanRule(
        "count-all",
        N_("count(*) of a large table"),
        "AWS User Guide: reltuples instead of count(*)",
        work_rules.counts_of_all,
    ),
)


def examine(plan: Plan, sql: str = "", known: KnownTables = UNKNOWN) -> tuple[Finding, ...]:
    """What the rules find, the largest first; each cause once. `sql` is the statement without EXPLAIN."""
    case = ExaminedPlan(plan, sql, known)
    found = [
        dataclasses.replace(finding, rule=rule.id, evidence=rule.evidence)
        for rule in RULES
        for finding in rule.find(case)
    ]
    once = {finding.cause: finding for finding in reversed(found)}
    return tuple(sorted(once.values(), key=lambda finding: -finding.rows))
