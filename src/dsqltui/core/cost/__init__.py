"""What SQL costs: DPU of a statement, a transaction, a session and a pinned workload, and money where prices are set.

Rates and minimums are AWS's (User Guide, billing of Aurora DSQL); prices are the person's settings, none is built in.
"""
