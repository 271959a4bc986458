"""Cases of a table of which a few run always and the others in `make test-long`."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pytest


def spread(cases: Iterable[Any], every: int) -> list[Any]:
    """For `parametrize`: each `every`-th case, the first one included, runs always; the others are marked `long`."""
    return [case if place % every == 0 else _long(case) for place, case in enumerate(cases)]


def one_form_a_row(items: Iterable[pytest.Item], forms: type) -> None:
    """Of a table whose rows run in several forms, each row runs always in one of them, in turn; the others are marked `long`.

    A test without a table keeps all forms, and a table that is spread already stays as it is. For
    `pytest_collection_modifyitems`.
    """
    tables: defaultdict[str, list[tuple[pytest.Function, str]]] = defaultdict(list)
    for item in items:
        if isinstance(item, pytest.Function) and hasattr(item, "callspec"):
            for name, value in item.callspec.params.items():
                if isinstance(value, forms):
                    tables[item.nodeid.partition("[")[0]].append((item, name))
    for rows in tables.values():
        if any(item.get_closest_marker("long") for item, _ in rows):
            continue
        count = len({item.callspec.indices[name] for item, name in rows})
        for item, name in rows:
            others = [index for of, index in item.callspec.indices.items() if of != name]
            if others and (sum(others) + item.callspec.indices[name]) % count:
                item.add_marker(pytest.mark.long)


def _long(case: Any) -> Any:
    return pytest.param(*(case if type(case) is tuple else (case,)), marks=pytest.mark.long)
