"""Widgets that show results: grid, record, plan, log, tabs."""
