"""Completion: text, cursor and catalog in, candidates out. Nothing is read and nothing is drawn here."""

from dsqltui.core.completion.complete import complete
from dsqltui.core.completion.place import word_before
from dsqltui.core.completion.values import Candidate, Completion, Sort

__all__ = ["Candidate", "Completion", "Sort", "complete", "word_before"]
