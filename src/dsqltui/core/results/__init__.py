"""What a server gives back for one statement: rows, errors, plans, and their order."""
