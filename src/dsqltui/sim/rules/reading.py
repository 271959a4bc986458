"""A cursor over the tokens of one statement. It never fails: at the end every question is answered with nothing."""

from collections.abc import Iterator, Sequence

from dsqltui.core.sql.lexer import Kind, Token, identifier, scan
from dsqltui.sim.pg.wire import PgError
from dsqltui.sim.rules.messages import SYNTAX

_OPENING = frozenset("([")
_CLOSING = frozenset(")]")


def word_of(token: Token) -> str:
    """Lower-case text of a word; strings and quoted names as written, so that they equal no keyword."""
    return token.text.lower() if token.kind is Kind.WORD else token.text


def is_name(token: Token) -> bool:
    """Whether the token may be an identifier."""
    return token.kind in (Kind.WORD, Kind.IDENT)


def number(word: str) -> int | None:
    """The number a word is, None when it is none. What no column holds anyway counts as a very large one."""
    digits = word.replace("_", "")
    if not (digits.isascii() and digits.isdecimal()):
        return None
    return int(digits) if len(digits) < 19 else 10**18


def read(sql: str) -> "TokenReader":
    """A reader at the first token of the statement."""
    return TokenReader([t for t in scan(sql)[0] if t.kind not in (Kind.COMMENT, Kind.SEMICOLON)])


def syntax_error(token: Token) -> PgError:
    """PostgreSQL's syntax error at this token."""
    error = SYNTAX.error(near=token.text)
    error.fields["P"] = str(token.start + 1)
    return error


class TokenReader:
    """Tokens with a position."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._position = 0

    def __iter__(self) -> Iterator[Token]:
        """The tokens from here on; the position stays."""
        return iter(self._tokens[self._position :])

    @property
    def token(self) -> Token | None:
        """The next token, None at the end."""
        return self._tokens[self._position] if self._position < len(self._tokens) else None

    @property
    def last(self) -> Token | None:
        """The token before the next one."""
        return self._tokens[self._position - 1] if self._position else None

    @property
    def end(self) -> Token | None:
        """The last token of all."""
        return self._tokens[-1] if self._tokens else None

    @property
    def word(self) -> str:
        """The next token's word, empty at the end."""
        return "" if self.token is None else word_of(self.token)

    @property
    def words(self) -> list[str]:
        """The words from here on."""
        return [word_of(t) for t in self]

    @property
    def outer_words(self) -> list[str]:
        """The words from here on that are in no parentheses; a pair of parentheses is left of each."""
        found: list[str] = []
        depth = 0
        for word in self.words:
            depth -= word in _CLOSING
            if depth <= 0:
                found.append(word)
            depth += word in _OPENING
        return found

    def at(self, *words: str) -> bool:
        """Whether these words come next."""
        following = self._tokens[self._position : self._position + len(words)]
        return [word_of(t) for t in following] == list(words)

    def take(self, *words: str) -> bool:
        """Skip these words if they come next."""
        is_here = self.at(*words)
        if is_here:
            self._position += len(words)
        return is_here

    def take_any(self, *words: str) -> str:
        """Skip one of these words if it comes next, and say which."""
        word = self.word
        return word if word in words and self.take(word) else ""

    def skip(self) -> Token | None:
        """The next token, which is skipped."""
        token = self.token
        self._position += token is not None
        return token

    def skip_to(self, *words: str) -> bool:
        """Go to the next place outside parentheses where these words stand; False, and to the end, if nowhere."""
        while self.token is not None:
            if self.at(*words):
                return True
            if self.parenthesised() is None:
                self.skip()
        return False

    def names(self) -> tuple[str, ...]:
        """The parts of the dotted name that comes next, folded as PostgreSQL does; empty when there is none."""
        if self.token is None or not is_name(self.token):
            return ()
        found = [identifier(self.token)]
        self.skip()
        while self.word == "." and self._position + 1 < len(self._tokens):
            following = self._tokens[self._position + 1]
            if not is_name(following):
                break
            found.append(identifier(following))
            self._position += 2
        return tuple(found)

    def parenthesised(self) -> "TokenReader | None":
        """What stands in the parentheses or brackets that come next, which are skipped; None when there are none."""
        if self.word not in _OPENING:
            return None
        start = self._position + 1
        depth = 0
        while self._position < len(self._tokens):
            word = self.word
            depth += (word in _OPENING) - (word in _CLOSING)
            self._position += 1
            if depth == 0:
                return TokenReader(self._tokens[start : self._position - 1])
        return TokenReader(self._tokens[start:])

    def pieces(self, separator: str = ",") -> list["TokenReader"]:
        """What commas, or another word, outside parentheses separate, from here on; empty pieces are dropped."""
        found: list[list[Token]] = [[]]
        depth = 0
        for token in self:
            word = word_of(token)
            depth += (word in _OPENING) - (word in _CLOSING)
            if word == separator and depth == 0:
                found.append([])
            else:
                found[-1].append(token)
        return [TokenReader(piece) for piece in found if piece]
