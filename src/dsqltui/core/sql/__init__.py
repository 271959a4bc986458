"""What SQL says, read from its tokens: the one classifier of statements, and what it knows of functions."""
