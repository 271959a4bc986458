"""Labs: a folder of TOML and text that is walked step by step, and judged by what really happened in the sessions.

load, reading, model  from files to values, with every mistake told by file and line
template, text        names that stand for endpoints, ports and roles; texts as paragraphs
attempt, runner       playing a lab, by a person or without one
checks, verdict       judging a step on the journal and by looking at the database
report, junit         what is told of a run
"""
