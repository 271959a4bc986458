"""Two results held against each other, once or watched."""
