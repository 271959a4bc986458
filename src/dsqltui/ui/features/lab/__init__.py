"""The lab mode."""
