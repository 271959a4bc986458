"""The simulator: two Regional endpoints of one Aurora DSQL cluster, over one embedded PostgreSQL.

run           the program: starts, tells how to connect, stops on a signal
server        what runs: PostgreSQL, the endpoints, the AWS endpoint, what is kept
protocol      the wire protocol towards clients: admission, simple and extended queries, TLS
execution     a statement on its way to PostgreSQL
cluster       what both endpoints share
transactions  optimistic transactions: private copies, commit, conflicts, jobs
rules         what Aurora DSQL refuses although PostgreSQL would do it
explain       plans in Aurora DSQL's shapes
aws           the AWS endpoint: STS, IAM, the control plane
faults        what can be made to go wrong on purpose
postgres      the embedded PostgreSQL: binaries, folders, process
pg            the wire protocol towards PostgreSQL, and what its log of changes says
sql           what the simulator reads from SQL beyond `core.sql`
"""
