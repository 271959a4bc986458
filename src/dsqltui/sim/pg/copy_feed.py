"""The data of one COPY FROM STDIN, as the client sent them."""

MOST_BYTES = 16 * 1024 * 1024
"""That are kept: a transaction of Aurora DSQL changes 10 MiB."""


class CopyFeed:
    """Whole CopyData messages, kept until they are too many."""

    def __init__(self) -> None:
        self.is_begun = False
        """The client was asked for its data."""
        self.size = 0
        """Bytes that the client sent."""
        self._is_ended = False
        self._chunks: list[bytes] = []

    @property
    def is_complete(self) -> bool:
        """Whether all of it is here."""
        return self._is_ended and self.size <= MOST_BYTES

    @property
    def data(self) -> bytes:
        """The messages."""
        return b"".join(self._chunks)

    def keep(self, chunk: bytes) -> None:
        """The client sent this."""
        self.size += len(chunk)
        if self.size <= MOST_BYTES:
            self._chunks.append(chunk)
        else:
            self._chunks.clear()

    def end(self) -> None:
        """The client said that this was all."""
        self._is_ended = True
