"""How a feature is added to the console, and what the console gives it."""
