"""Hypothesis for slow and shared machines: no deadline for an example, nothing written to the working directory."""

from hypothesis import settings

settings.register_profile("dsqltui", deadline=None, database=None)
settings.load_profile("dsqltui")
