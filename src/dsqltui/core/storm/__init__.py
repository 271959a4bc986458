"""Load on both endpoints, measured: scripts in pgbench's language, counters, where conflicts happen, the report.

script, expression   what a session does, read from pgbench's script files
distributions        which keys it takes
template, row_keys   its SQL, and which rows a statement names
tally, latency, heat what happened: counted, timed, by table and key
report, report_text  the figures as values and as text
meter                the same for what a person does by hand in the two panes
"""
