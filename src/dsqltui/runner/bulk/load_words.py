r"""What is said of a `\copy ... batch`: while it runs, and at its end."""

from dsqltui.core.bulk.pace import clock
from dsqltui.core.language import _
from dsqltui.runner.bulk.loading import LoadTally
from dsqltui.runner.bulk.rejected_rows import RejectedRows
from dsqltui.runner.bulk.row_batches import RowBatch


def progress(tally: LoadTally, offset: int, size: int | None, rows_per_s: float | None, left_s: float | None) -> str:
    """How far it is; `offset` and `size` are bytes of the file, None is not known."""
    share = f" ({100 * offset // size} %)" if size else ""
    parts = [
        _("\\copy {offset:,} bytes read{share}").format(offset=offset, share=share),
        _("{rows_in:,} rows in").format(rows_in=tally.rows_in),
    ]
    if rows_per_s is not None:
        parts.append(_("{rate:,.0f} rows/s").format(rate=rows_per_s))
    if left_s is not None:
        parts.append(_("{clock} left").format(clock=clock(left_s)))
    parts += [_("{rejected:,} refused").format(rejected=tally.rejected)] if tally.rejected else []
    parts += [_("{retries:,} retries").format(retries=tally.retries)] if tally.retries else []
    return ", ".join(parts)


def remarks(tally: LoadTally, rejects: RejectedRows | None) -> list[str]:
    """What else happened on the way, a sentence each."""
    found = []
    if tally.rejected and rejects is not None:
        what = _("row was") if tally.rejected == 1 else _("rows were")
        found.append(
            _("{rejected:,} {what} refused: {path} holds them, {name} says why.").format(
                rejected=tally.rejected, what=what, path=rejects.path, name=rejects.reasons.name
            )
        )
    if tally.retries or tally.reconnects or tally.looked_up:
        found.append(
            _(
                "Attempts begun again: {retries:,}; sessions opened again: {reconnects:,}; batches "
                "without an answer, looked for by their keys: {looked_up:,}."
            ).format(retries=tally.retries, reconnects=tally.reconnects, looked_up=tally.looked_up)
        )
    return found


def lines_of(batch: RowBatch) -> str:
    """Its lines in the file."""
    last = batch.piece.line + batch.piece.lines - 1
    return _("lines {line:,} to {line_2:,}").format(line=batch.piece.line, line_2=last)
