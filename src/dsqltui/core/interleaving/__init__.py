"""Every order in which the statements of a few transactions can reach the database, and what came of each.

    scripts     what each session sends, statement by statement, and which of them matter to others
    orders      all orders, the classes of orders that cannot differ, samples of them
    comparing   answers in a form in which two runs can be compared
    judging     whether a run equals one in which the transactions came one after the other
    spec        a case: scripts, setup, reset, check, what is expected; read from files by `spec_file`
    report      what was found, as table, Markdown, JSON, JUnit

Pure: `runner.interleaving` runs the orders.
"""
