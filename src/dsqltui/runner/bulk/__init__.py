r"""Work cut into many transactions, done over both endpoints: `\copy ... batch` and `\batch`."""
