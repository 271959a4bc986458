"""Dialogs that more than one feature asks with: a question, one line of text, a choice from a list, help, a value.

A dialog of one feature stands with that feature.
"""
