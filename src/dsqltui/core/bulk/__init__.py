"""Work cut into many transactions: what is known of it, and what is still to be done. Values and rules, no I/O."""
