"""Every rule with a statement it refuses and a near miss it must let pass: for tests, for documentation, for probes.

Text rules show in `judging.refuse` whatever exists; catalog rules need their setup. A near miss runs in PostgreSQL
after the setup. Examples name tables without a schema.
"""

from dsqltui.sim.rules.examples.alterations import alterations
from dsqltui.sim.rules.examples.catalog import by_catalog
from dsqltui.sim.rules.examples.functions import functions
from dsqltui.sim.rules.examples.indexes import indexes
from dsqltui.sim.rules.examples.parameters import parameters
from dsqltui.sim.rules.examples.queries import queries
from dsqltui.sim.rules.examples.statements import heads, statements
from dsqltui.sim.rules.examples.tables import tables
from dsqltui.sim.rules.examples.transactions import transactions
from dsqltui.sim.rules.examples.types import types
from dsqltui.sim.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    *heads(),
    *statements(),
    *transactions(),
    *parameters(),
    *queries(),
    *functions(),
    *tables(),
    *types(),
    *alterations(),
    *indexes(),
    *by_catalog(),
)
"""All rules; `id` is unique."""
