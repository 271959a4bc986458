"""Both panes on one clock."""
