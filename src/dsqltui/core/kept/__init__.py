"""What outlives the console: texts of the editors, progress in the labs."""
