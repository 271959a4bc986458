"""Lab files: read, checked, written anew, and with a student's own names."""
