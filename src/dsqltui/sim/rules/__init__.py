"""What Aurora DSQL refuses although PostgreSQL would do it.

    judging     `refuse`: by the statement's text alone, before PostgreSQL sees it
    catalog     `refuse_by_catalog`: by what exists, for DDL, right before it runs
    table       `RULES`: every rule with an example and a near miss, which are in `examples`

The messages are in `dsqltui.sim.rules.messages`; each module here judges one kind of statement.
"""
