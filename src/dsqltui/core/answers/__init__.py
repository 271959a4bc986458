r"""What is told of a statement or command once it was done: answers, the tables of `\d`, the fate of writes."""
