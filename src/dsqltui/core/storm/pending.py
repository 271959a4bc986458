"""A result that is not there yet, for coroutines that go on in the very call that brings it, with no turn of a loop."""

from collections.abc import Callable, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Pending(Generic[T]):
    """Awaited by one coroutine, which whoever drives it sends on when `then` calls back."""

    __slots__ = ("_callback", "_error", "_value", "is_done", "keeps")

    def __init__(self) -> None:
        self.is_done = False
        self.keeps: object = None
        """What has to live until it is done."""
        self._value: T
        self._error: BaseException | None = None
        self._callback: Callable[[], None] | None = None

    def __await__(self) -> Generator["Pending[Any]", None, T]:
        if not self.is_done:
            yield self
        return self.result()

    def then(self, callback: Callable[[], None]) -> None:
        """Call this once it is done, which it is not yet."""
        self._callback = callback

    def result(self) -> T:
        """Of a done one. Raises what it failed with."""
        if self._error is not None:
            raise self._error
        return self._value

    def succeed(self, value: T) -> None:
        """It is done."""
        self._value = value
        self._end()

    def fail(self, error: BaseException) -> None:
        """It is done, and awaiting it raises this."""
        self._error = error
        self._end()

    def _end(self) -> None:
        self.is_done = True
        callback, self._callback = self._callback, None
        if callback is not None:
            callback()
