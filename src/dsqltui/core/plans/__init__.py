"""The plan doctor: why a plan is slow, from the plan, its statement and the catalog, and the SQL that would cure it.

`doctor.examine` is the entrance, `doctor.RULES` the table of all rules. Nothing here runs anything.
"""
