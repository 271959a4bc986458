"""What a statement says, as far as the simulator must know before PostgreSQL sees it."""
