"""What the console knows of the schema: relations, jobs, and the access assistant."""
