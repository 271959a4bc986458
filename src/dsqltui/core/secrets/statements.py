"""Secrets in SQL, by the tokens of the lexer: what stands behind, before, or in the column of a secret name."""

import re
from collections.abc import Iterator, Sequence

from dsqltui.core.secrets.literals import content
from dsqltui.core.secrets.names import is_numeric_secret, is_secret_name
from dsqltui.core.secrets.shapes import Span
from dsqltui.core.sql.lexer import Kind, Token, identifier

_OPERATORS = frozenset({"=", ":=", "=>", "<>", "!=", "<=", ">=", "~", "!", "<", ">", "^", "@", "*"})
_ASKS = frozenset({"like", "ilike", "in", "to", "similar", "between"})
_ENDS = frozenset(
    "where and or from returning set group order limit union intersect except on having window as when then login "
    "nologin valid connection superuser createdb createrole inherit in values select using with is".split()
)
"""Words that end a value."""
_BEGINS = frozenset(
    {"select", "returning", "distinct", "all", "values", "from", "where", "set", "and", "or", "on", "then"}
)
"""Words before which a value cannot have begun."""
_PAIRS = frozenset(
    "set_config json_build_object jsonb_build_object jsonb_set jsonb_set_lax jsonb_insert json_object jsonb_object "
    "hstore jsonb_build_array json_build_array".split()
)
"""Functions whose arguments are names and values in turn."""
_KEYED = frozenset("crypt pgp_sym_encrypt pgp_sym_decrypt pgp_sym_encrypt_bytea pgp_sym_decrypt_bytea hmac".split())
"""Functions that take a password or a key."""
_SEARCHES = frozenset(
    "starts_with strpos position regexp_like regexp_match regexp_count regexp_instr md5 sha256 sha512 digest".split()
)
"""Functions that hold a text against a column."""
_NAME_IN_STRING = re.compile(r"[{$.\w,\s\"-]{2,80}\}?\Z")
_CASE = frozenset({"case", "end"})
_LONGEST = 20_000
"""Tokens of an expression that are looked at."""
_ROLE = frozenset({"role", "user", "group"})


class Statements:
    """The secrets in one text of SQL; `spans` finds them."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = [token for token in tokens if token.kind is not Kind.COMMENT]
        self._words = [token.text.lower() if token.kind is Kind.WORD else token.text for token in self._tokens]
        self.variables: set[str] = set()
        """psql's variables that stand where a secret does."""
        self.has_secret_parameter = False
        """Whether a $1 does."""
        self._spans: list[Span] = []
        self._seen_before = -1
        """The same, for what stands before a name."""
        self._seen = 0
        """Up to there all literals of expressions are hidden."""
        self._closings: dict[int, int] = {}
        self._openings: dict[int, int] = {}
        self._match_parentheses()

    def spans(self) -> list[Span]:
        """Where they stand; may overlap."""
        for at, token in enumerate(self._tokens):
            if token.kind in (Kind.WORD, Kind.IDENT):
                if is_secret_name(identifier(token)):
                    self._at_name(at, identifier(token))
                if self._word(at + 1) == "(":
                    self._at_call(at)
                elif self._words[at] in ("create", "alter"):
                    self._at_role(at)
            elif token.kind is Kind.STRING:
                self._at_string(at)
            elif token.text == "(":
                self._at_list(at)
        if self.has_secret_parameter:
            for at, word in enumerate(self._words):
                if word == "execute" and self._word(at + 2) == "(":
                    self._hide_in_parentheses(at + 2, "password")
        return self._spans

    # -- what stands around a name -------------------------------------------------------------------------------------

    def _at_name(self, at: int, name: str) -> None:
        after = at + 1
        while self._word(after) == ")":
            after += 1
        if self._word(after) in ("::", "collate"):
            after += 2
        word = self._word(after)
        if word in ("to", "=") and self._is_set(at):
            self._hide_run(after + 1)
        if word == "," and self._word(at - 1) == "name":  # xmlelement(name password, 'x')
            self._hide_forwards(after + 1, name)
        elif word in _OPERATORS or (word == ":" and not self._touches(after + 1)) or word in _ASKS:
            while self._word(after + 1) in _OPERATORS:
                after += 1
            self._hide_forwards(after + 1, name)
        elif word == "not" and self._word(after + 1) in _ASKS:
            self._hide_forwards(after + 2, name)
        elif word == "is" and self._word(after + 1) in ("distinct", "not"):
            self._hide_forwards(after + 2, name, passes=frozenset({"from", "distinct"}))
        else:
            self._hide_chain(after, name)
        self._default_of(at, name)
        before = at - 1
        while self._word(before) == "." and before > at - 6:
            before -= 2
        while self._word(before) in ("(", "any", "lower", "upper", "trim"):
            before -= 1
        if self._word(before) in ("=", "<>", "!=", "as") or (
            self._word(before) in _OPERATORS | _ASKS and self._kind(before - 1) is Kind.STRING
        ):
            self._hide_backwards(before - 1, name)
        elif self._kind(before) is Kind.STRING and self._kind(after) is not Kind.STRING and before == at - 1:
            self._hide_backwards(before, name)

    def _hide_chain(self, at: int, name: str) -> None:
        """`'a' 'b' || 'c'` from there on."""
        while True:
            if self._kind(at) is Kind.STRING:
                self._hide(at, name)
                at += 1
            elif self._word(at) == "||":
                at += 1
            elif self._word(at) == ":" and self._kind(at + 1) is not None and self._touches(at + 1):
                self.variables.add(content(self._tokens[at + 1])[0])
                at += 2
            elif self._kind(at) is Kind.PARAM:
                self.has_secret_parameter = True
                at += 1
            else:
                return

    def _hide_forwards(self, at: int, name: str, passes: frozenset[str] = frozenset()) -> None:
        """All literals up to the end of the expression; an identifier there, if alone, was meant as a literal."""
        if self._kind(at) is Kind.IDENT and self._word(at + 1) != "." and not is_secret_name(self._words[at]):
            self._spans.append((self._tokens[at].start, self._tokens[at].end))
        if at >= self._seen:  # else it is a part of an expression that was hidden
            places = range(at, min(at + _LONGEST, len(self._tokens)))
            self._seen = self._hide_expression(places, name, "([", ")]", _ENDS - passes)

    def _hide_backwards(self, at: int, name: str) -> None:
        """All literals back to the beginning of the expression."""
        if at > self._seen_before:
            self._hide_expression(range(at, max(-1, self._seen_before, at - _LONGEST), -1), name, ")]", "([", _BEGINS)
            self._seen_before = at

    def _hide_expression(self, places: range, name: str, opens: str, closes: str, stops: frozenset[str]) -> int:
        """Where it ended."""
        depth = 0
        for at in places:
            word, kind = self._words[at], self._tokens[at].kind
            if word in _CASE:
                depth += 1 if (word == "case") == (places.step > 0) else -1
            elif kind is Kind.OP and word in opens:
                depth += 1
            elif kind is Kind.OP and word in closes:
                depth -= 1
            elif kind in (Kind.SEMICOLON, Kind.BACKSLASH) or (depth == 0 and (word == "," or word in stops)):
                return at
            elif kind in (Kind.STRING, Kind.NUMBER, Kind.PARAM):
                self._hide(at, name)
            elif word == ":" and self._touches(at + 1):
                self.variables.add(content(self._tokens[at + 1])[0])
            if depth < 0:
                return at
        return places.stop

    def _hide_in_parentheses(self, at: int, name: str) -> None:
        end = self._closing(at)
        for inner in range(max(at + 1, self._seen), end):
            self._hide(inner, name)
        self._seen = max(self._seen, end)

    def _default_of(self, at: int, name: str) -> None:
        """`password text not null default 'x'`"""
        for place in range(at + 1, min(at + 16, len(self._tokens))):
            if self._words[place] in (",", ";", "select", "from"):
                return
            if self._words[place] == "default":
                self._hide_forwards(place + 1, name)
                return

    # -- names that are text, calls, roles -----------------------------------------------------------------------------

    def _at_string(self, at: int) -> None:
        """`data->>'password' = 'x'`, `data @> '...'`"""
        name = self._name_in(at)
        after = at + 1
        while name and self._word(after) in (")", "]"):
            after += 1
        if name and self._word(after) in _OPERATORS:
            self._hide_forwards(after + 1, name)

    def _at_call(self, at: int) -> None:
        """`set_config('app.password', 'x', false)`, `crypt('x', salt)`"""
        end = self._closing(at + 1)
        if self._words[at] in _KEYED or is_numeric_secret(identifier(self._tokens[at])):
            self._hide_in_parentheses(at + 1, "password")
        elif self._words[at] in _SEARCHES:
            names = (self._tokens[place] for place in range(at + 2, min(end, at + 40)))
            if any(token.kind in (Kind.WORD, Kind.IDENT) and is_secret_name(identifier(token)) for token in names):
                self._hide_in_parentheses(at + 1, "password")
        elif self._words[at] in _PAIRS:
            for place in range(at + 2, end):
                name = self._name_in(place)
                if name and self._word(place + 1) == ",":
                    self._hide_forwards(place + 2, name)

    def _name_in(self, at: int) -> str:
        """The secret name that a literal is; empty when it is none."""
        if self._kind(at) is not Kind.STRING:
            return ""
        said = content(self._tokens[at])[0].strip()
        if not _NAME_IN_STRING.match(said):
            return ""
        name = said.strip('{}$" ').rsplit(",", 1)[-1].strip(' "')
        return name if is_secret_name(name) else ""

    def _at_role(self, at: int) -> None:
        """CREATE or ALTER ROLE: no literal but VALID UNTIL's is harmless, and what stands behind PASSWORD never is."""
        if not {self._word(at + 1), self._word(at + 2), self._word(at + 3)} & _ROLE or self._word(at + 1) in (
            "table",
            "index",
        ):
            return
        is_mapping = "mapping" in (self._word(at + 2), self._word(at + 3))
        place = at + 2
        while place < len(self._tokens) and self._tokens[place].kind not in (Kind.SEMICOLON, Kind.BACKSLASH):
            word, before = self._words[place], self._words[place - 1]
            if word == "set" and not is_mapping:
                return
            if before in ("password", "identified") and word not in ("null", "by", ":", "="):
                self._hide_run(place)
            elif self._tokens[place].kind is Kind.STRING and before not in ("until", ":") and not is_mapping:
                self._hide(place, "password")
            place += 1

    def _is_set(self, at: int) -> bool:
        """Whether it is the setting of a SET statement, whose value may stand without quotes."""
        begin = at
        while self._word(begin - 1) == ".":
            begin -= 2
        if self._word(begin - 1) in ("local", "session"):
            begin -= 1
        if self._word(begin - 1) != "set":
            return False
        return begin < 2 or self._kind(begin - 2) is Kind.SEMICOLON or self._word(at + 1) == "to"

    def _hide_run(self, at: int) -> None:
        """A password without quotes: all tokens that touch each other."""
        if at >= len(self._tokens) or self._words[at] in ("default", "null", ":", ";"):
            return
        token = self._tokens[at]
        if token.kind is Kind.PARAM:
            self.has_secret_parameter = True
            return
        end = token.end
        while self._touches(at + 1) and self._tokens[at + 1].kind is not Kind.SEMICOLON:
            at += 1
            end = self._tokens[at].end
        self._spans.append((token.start, end))

    # -- columns -------------------------------------------------------------------------------------------------------

    def _at_list(self, at: int) -> None:
        """A list of columns: `(name, password) VALUES (...)`, `... SELECT`, `(VALUES ...) AS t(name, password)`."""
        end = self._closing(at)
        secrets = self.secret_columns(at, end)
        if not secrets:
            return
        after = end + 1
        if self._word(after) == "overriding":
            after += 3
        if self._word(after) == "with":
            while after < len(self._tokens) and self._words[after] != "select":
                after = self._closing(after) + 1 if self._words[after] == "(" else after + 1
        if self._word(after) == "=" and self._word(after + 1) in ("(", "row"):
            after += 1 + (self._word(after + 1) == "row")
            if self._word(after + 1) != "select":
                self._hide_items(after + 1, self._closing(after), secrets)
        if self._word(after) == "as":
            after += 1
            while self._word(after) in ("not", "materialized", "("):
                after += 1
        while self._word(after) == "(" and self._word(after + 1) in ("values", "select"):
            after += 1
        if self._word(after) == "values":
            self._hide_in_tuples(after + 1, secrets)
        elif self._word(after) == "select":
            self._hide_in_select(after, secrets)
        before = at - 2 if self._word(at - 2) != "as" else at - 3
        if self._word(before) == ")":
            opening = self._opening(before)
            if self._word(opening + 1) == "values":
                self._hide_in_tuples(opening + 2, secrets)
            elif self._word(opening + 1) == "select":
                self._hide_in_select(opening + 1, secrets)

    def secret_columns(self, at: int, end: int) -> dict[int, str]:
        """Places and names of the secret columns, when there is nothing but names between the parentheses."""
        names: dict[int, str] = {}
        item = 0
        for place in range(at + 1, end):
            token = self._tokens[place]
            if token.text == ",":
                item += 1
            elif token.kind in (Kind.WORD, Kind.IDENT):
                if is_secret_name(identifier(token)):
                    names[item] = identifier(token)
            elif token.text not in (".", "[", "]") and token.kind is not Kind.NUMBER:
                return {}
        return names

    def _hide_in_tuples(self, at: int, secrets: dict[int, str]) -> None:
        while self._word(at) == "(":
            end = self._closing(at)
            self._hide_items(at + 1, end, secrets)
            at = end + 2 if self._word(end + 1) == "," else len(self._tokens)

    def _hide_in_select(self, at: int, secrets: dict[int, str]) -> None:
        while self._word(at) == "select":
            begin = at + 1 + (self._word(at + 1) in ("all", "distinct"))
            end, depth = begin, 0
            while end < len(self._tokens) and depth >= 0:
                word = self._words[end]
                depth += (word == "(") - (word == ")")
                if depth == 0 and word in ("from", "where", "union", "limit", "order", ";"):
                    break
                end += 1
            self._hide_items(begin, end, secrets)
            at = end
            while at < len(self._tokens) and self._words[at] not in ("union", ";"):
                at += 1
            at += 2 if self._word(at + 1) in ("all", "distinct") else 1

    def _hide_items(self, begin: int, end: int, secrets: dict[int, str]) -> None:
        item = depth = 0
        for place in range(begin, min(end, len(self._tokens))):
            word = self._words[place]
            depth += (word in ("(", "[")) - (word in (")", "]"))
            if word == "," and depth == 0:
                item += 1
            elif item in secrets:
                self._hide(place, secrets[item])

    # -- tokens --------------------------------------------------------------------------------------------------------

    def _hide(self, at: int, name: str) -> None:
        """Hide a literal, or note the variable or parameter in its place; anything else stays."""
        token = self._tokens[at]
        if token.kind is Kind.PARAM:
            self.has_secret_parameter = True
        elif self._word(at - 1) == ":" and self._touches(at) and token.kind in (Kind.STRING, Kind.IDENT, Kind.WORD):
            self.variables.add(content(token)[0])
        elif content(token)[0] if token.kind is Kind.STRING else token.kind is Kind.NUMBER and is_numeric_secret(name):
            self._spans.append((token.start, token.end))

    def _word(self, at: int) -> str:
        return self._words[at] if 0 <= at < len(self._words) else ""

    def _kind(self, at: int) -> Kind | None:
        return self._tokens[at].kind if 0 <= at < len(self._tokens) else None

    def _touches(self, at: int) -> bool:
        """Whether nothing stands between this token and the one before."""
        return 0 < at < len(self._tokens) and self._tokens[at - 1].end == self._tokens[at].start

    def _closing(self, at: int) -> int:
        """The place of the parenthesis that closes the one at `at`; the number of tokens when none does."""
        return self._closings.get(at, len(self._tokens))

    def _opening(self, at: int) -> int:
        return self._openings.get(at, -2)

    def _match_parentheses(self) -> None:
        still_open: list[int] = []
        for place, word in enumerate(self._words):
            if word == "(":
                still_open.append(place)
            elif word == ")" and still_open:
                opening = still_open.pop()
                self._closings[opening], self._openings[place] = place, opening


def chains(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Literals that are one text: two or more, one behind the other or joined by `||`."""
    chain: list[Token] = []
    is_called = False
    for token in (token for token in tokens if token.kind is not Kind.COMMENT):
        if token.text.lower() == "concat":
            is_called = True
        elif token.text == ")":
            is_called = False
        if token.kind is Kind.STRING:
            chain.append(token)
        elif not (chain and (token.text == "||" or (is_called and token.text == ","))):
            if len(chain) > 1:
                yield chain
            chain = []
    if len(chain) > 1:
        yield chain
