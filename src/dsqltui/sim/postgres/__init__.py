"""The embedded PostgreSQL: its programs, its folders, its start and end."""
