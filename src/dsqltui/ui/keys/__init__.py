"""Every action of the console in one table, and the keys a person made of it."""
