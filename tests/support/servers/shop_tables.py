"""Tables that the fixture plans are about: a shop, as sql/catalog/plan_facts.sql tells of it."""

from dsqltui.core.plans.known_tables import KnownTables, known_tables
from dsqltui.core.results.outcome import Row


def facts(
    table: str,
    rows: str,
    columns: str,
    key: str,
    *indexes: tuple[str, str, str] | tuple[str, str, str, str],
    parent: str = "",
) -> list[Row]:
    """`columns` are `name type, ...`; an index is name, flags and its parts (`a, b | included`), and its job's state."""

    def fact(kind: str, name: str, *values: str) -> Row:
        return ("shop", table, kind, name, *values, *[None] * (5 - len(values)))

    names = [column.strip().partition(" ") for column in columns.split(";")]
    out = [fact("table", table, rows), *(fact("column", name, type_) for name, _, type_ in names)]
    all_indexes: list[tuple[str, ...]] = list(indexes)
    if key:
        others = ", ".join(name for name, _, _ in names if name != key)
        all_indexes.insert(0, (f"{table}_pkey", "upv", f"{key} | {others}"))
    for name, flags, parts, *state in all_indexes:
        keys, _, included = parts.partition("|")
        definition = f"CREATE INDEX {name} ON shop.{table} USING btree_index ({keys.strip()})"
        out.append(fact("index", name, flags, "", definition, "job4", *state))
        out += [fact("index part", name, part.strip(), "f") for part in keys.split(",")]
        out += [fact("index part", name, part.strip(), "t") for part in included.split(",") if part.strip()]
    if parent:
        out.append(fact("foreign key", f"{table}_{parent}_id_fkey", f"{parent}_id", "shop", f"{parent}s", "id"))
    return out


CUSTOMERS = facts(
    "customers",
    "2000",
    "id bigint; name text; email text; phone text; region text",
    "id",
    ("customers_email_idx", "v", "email"),
)
COLUMNS = (
    "id bigint; customer_id bigint; status text; amount numeric(12,2); code character varying(20); note text; "
    "created_at timestamp without time zone"
)
SECONDARY = (("orders_status_idx", "v", "status"), ("orders_code_idx", "v", "code"))
ORDERS = facts("orders", "7500", COLUMNS, "id", *SECONDARY, parent="customer")

TABLES: dict[str, KnownTables] = {
    "shop": known_tables([*CUSTOMERS, *ORDERS]),
    "no catalog": KnownTables(),
    "invalid": known_tables(
        facts("orders", "7500", COLUMNS, "id", ("orders_customer_idx", "", "customer_id", "failed"))
    ),
    "building": known_tables(
        facts("orders", "7500", COLUMNS, "id", ("orders_customer_idx", "", "customer_id", "processing"))
    ),
    "two keys": known_tables(facts("orders", "7500", COLUMNS, "id", ("orders_sc_idx", "v", "status, customer_id"))),
    "child indexed": known_tables(
        [*CUSTOMERS, *facts("orders", "7500", COLUMNS, "id", ("o", "v", "customer_id, status"), parent="customer")]
    ),
    "never analysed": known_tables(facts("orders", "-1", COLUMNS, "id", *SECONDARY)),
}
