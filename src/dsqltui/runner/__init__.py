"""One way to run what a person wrote, below the screen: statements, psql commands, scripts, COPY, export."""
