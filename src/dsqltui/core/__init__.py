"""Values and rules. Nothing here does I/O: no socket, no event loop, no AWS, no screen.

language               how a sentence is said in the person's language
text, sql, kept        what a text is; what SQL says; what is kept of a run
psql, scripts, formats psql's commands, variables and output; scripts cut into statements
results, answers       what came back, and how it is told
journal, sessions      the record of what both panes did; what a session can do
aws, secrets, settings endpoints, limits and errors of AWS; what is never shown; settings
catalog, transactions  what is known of a database; conflicts, budgets, retry
completion, plans, story, interleaving, storm, bulk
                       what larger features know: one room each
"""
