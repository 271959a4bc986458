"""Labs: a folder of TOML and text that is walked step by step, and judged by what really happened in the sessions.

files/                from files to values, with every mistake told by file and key; a student's own names
model, text, hints    the lab as values
attempt, runner       playing a lab, by a person or without one
judging/              judging a step on the journal and by looking at the database; what n does
measured_load, exploration   steps that run the storm's and the explorer's core
reports/              what is told of a run
"""
