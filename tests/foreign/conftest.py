"""What runs in the gate's own environment is not collected here."""

collect_ignore = ["own"]
