"""What a completion costs with 1,000 tables of 20 columns, in milliseconds of this machine. Prints; asserts nothing."""

import statistics
import time

from dsqltui.core.catalog.catalog import Catalog, catalog_of
from dsqltui.core.completion import complete

CASES = {
    "a table after FROM": "select * from tab|",
    "a column of two tables": "select col| from schema_0.table_10 a join schema_0.table_20 b on a.column_1 = b.column_1",
    "after a dot": "select a.| from schema_0.table_10 a",
    "a keyword": "sel|",
    "the last of 500 statements": "select a, b from t where c = 1;\n" * 500 + "select * from tab|",
}


def big_catalog() -> Catalog:
    return catalog_of(
        (f"schema_{number % 10}", "table", f"table_{number}", f"column_{column}", "text")
        for number in range(1_000)
        for column in range(20)
    )


def main() -> None:
    started = time.perf_counter()
    catalog = big_catalog()
    print(
        f"catalog of {len(catalog.relations):,} tables from its rows: {(time.perf_counter() - started) * 1000:.0f} ms"
    )
    for name, marked in CASES.items():
        cursor, text = marked.index("|"), marked.replace("|", "")
        times = []
        for _ in range(30):
            started = time.perf_counter()
            found = complete(text, cursor, catalog, text.rfind("\n") + 1)
            times.append((time.perf_counter() - started) * 1000)
        count = len(found.candidates) if found else 0
        print(f"{name:28} {statistics.median(times):6.2f} ms  {count} candidates")


if __name__ == "__main__":
    main()
