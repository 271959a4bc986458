"""Random SQL-like text for hypothesis."""

from hypothesis import strategies as st

# Pieces with which quotes, comments and dollar quotes open, close and nest often.
_PIECES = """
    ' '' " "" e' E' \\ \\' $$ $a$ $1 $ /* */ -- ; ( )
    a select Ü 漢 🙂 1 1.5e3 0x1f .5 :: || = u&' U&" b'
""".split()

SQL = st.one_of(
    st.lists(st.sampled_from([*_PIECES, " ", "\n", "\r", "\t", "\u00a0"]), max_size=40).map("".join),
    st.text(max_size=80),
)
"""Any text is SQL to a lexer; this is text that tries it."""
