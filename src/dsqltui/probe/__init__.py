"""`dsqltui sim probe`: what a server answers, beside what the simulator's tables of rules expect.

case         a probe as data: statements and the answers expected of them
of_rules     the probes the simulator's rules give
behaviours   probes of several statements and sessions: conflicts, limits, jobs
schema_changes  probes of what one session's DDL means to another one
conversation one session, statements sent in both forms of the protocol
runner       runs probes in a schema of its own and cleans up
report       the table and the JSON
command      the command: whom to ask, in what form to report, exit status
"""
