"""Transactions that win or lose: what one has used, why it lost, how it is run again."""
