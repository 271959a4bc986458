"""What is written of played labs: a student's report, results of a class, JUnit."""
