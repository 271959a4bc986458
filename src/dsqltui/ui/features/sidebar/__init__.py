"""Schema, jobs and indexes beside the panes."""
