"""Users' SQL functions: what they write, and how a transaction's shadows are what they work on.

PostgreSQL runs a function's body as it was written. Where that names a table with its schema, or was parsed when the
function was made (BEGIN ATOMIC), it would pass by the shadow of the table. A transaction calls a clone in pg_temp then.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from dsqltui.core.scripts.statement import split
from dsqltui.core.sql.lexer import Kind, identifier, scan
from dsqltui.core.sql.lexer import quote_identifier as ident
from dsqltui.core.sql.lexer import quote_literal as literal
from dsqltui.core.sql.relation_places import is_name
from dsqltui.sim.sql.analysis import Name, analyse, relations_written_by
from dsqltui.sim.sql.rewrite import Replacement, ShadowNames, replaced, shadow_replacements

Query = Callable[[str], Awaitable[list[tuple[str | None, ...]]]]

_FUNCTIONS = """
SELECT p.oid::text, p.proname, pg_get_function_arguments(p.oid), pg_get_function_identity_arguments(p.oid),
       pg_get_function_result(p.oid),
       concat_ws(' ', CASE p.provolatile WHEN 'i' THEN 'IMMUTABLE' WHEN 's' THEN 'STABLE' END,
                 CASE WHEN p.proisstrict THEN 'STRICT' END, CASE WHEN p.prosecdef THEN 'SECURITY DEFINER' END),
       coalesce(pg_get_function_sqlbody(p.oid), p.prosrc), p.prosqlbody IS NOT NULL, p.proowner::text,
       (SELECT json_agg(CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE r END) FROM aclexplode(p.proacl) a,
               LATERAL (SELECT quote_ident(rolname) AS r FROM pg_authid WHERE oid = a.grantee
                        UNION ALL SELECT NULL WHERE a.grantee = 0) g)::text
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
 WHERE p.oid >= 16384 AND p.prokind = 'f' AND l.lanname = 'sql'
   AND n.nspname NOT IN ('pg_catalog', 'sys') AND NOT pg_dsqltui.is_hidden_schema(n.nspname)
"""


@dataclass(frozen=True, slots=True)
class SqlFunction:
    """One function; types and, in a parsed body, relations are written with their schemas."""

    oid: str
    name: str
    arguments: str
    identity: str
    """The arguments as DROP FUNCTION wants them."""
    result: str
    options: str
    owner_oid: str
    grantees: tuple[str, ...] | None
    """Who may call it; None while everybody may."""
    body: str
    calls: frozenset[str]
    writes: tuple[Name, ...]
    touches: tuple[Name, ...]
    """Relations of users that it reads or writes."""

    def body_with(self, shadows: ShadowNames, clones: frozenset[str]) -> str:
        """The body with shadows for tables, and clones for functions."""
        pieces = []
        for statement in split(self.body):
            found = shadow_replacements(analyse(statement.text).qualified, shadows)
            pieces.append(replaced(statement.text, [*found, *call_replacements(statement.text, clones)]).text)
        return ";\n".join(pieces)

    def clone(self, body: str) -> tuple[str, ...]:
        """Commands for the function's owner that make, or make anew, the function in pg_temp with another body."""
        name = f"pg_temp.{ident(self.name)}"
        commands = [
            f"CREATE OR REPLACE FUNCTION {name}({self.arguments}) RETURNS {self.result} LANGUAGE sql {self.options} "
            f"AS {literal(body)}"
        ]
        if self.grantees is not None:
            signature = f"{name}({self.identity})"
            commands.append(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
            commands += [f"GRANT EXECUTE ON FUNCTION {signature} TO {grantee}" for grantee in self.grantees]
        return tuple(commands)


@dataclass(slots=True)
class Functions:
    """All functions of users, as one session of the simulator's found them."""

    _by_name: dict[str, list[SqlFunction]] = field(default_factory=dict)

    @classmethod
    async def load(cls, ask: Query) -> "Functions":
        """Ask the catalog, by a session whose search path has no schema of users. Raises PgError."""
        functions = cls()
        for row in await ask(_FUNCTIONS):
            oid, name, arguments, identity, result, options, body, is_parsed, owner = (value or "" for value in row[:9])
            text = _statements_of(body) if is_parsed == "t" else body
            statements = [analyse(statement.text) for statement in split(text)]
            found = SqlFunction(
                oid=oid,
                name=name,
                arguments=arguments,
                identity=identity,
                result=result,
                options=options,
                owner_oid=owner,
                grantees=tuple(json.loads(row[9])) if row[9] is not None else None,
                body=text,
                calls=frozenset(call for analysis in statements for call in analysis.calls),
                writes=relations_written_by(text),
                touches=tuple(touched for analysis in statements for touched in analysis.touched),
            )
            functions._by_name.setdefault(name, []).append(found)
        return functions

    @property
    def names(self) -> frozenset[str]:
        """Without their schemas."""
        return frozenset(self._by_name)

    def reached_by(self, calls: frozenset[str]) -> list[SqlFunction]:
        """The functions of these names, and those they call in turn."""
        seen: set[str] = set()
        left = list(calls & self._by_name.keys())
        while left:
            name = left.pop()
            if name not in seen:
                seen.add(name)
                left += [call for f in self._by_name[name] for call in f.calls if call in self._by_name]
        return [function for name in sorted(seen) for function in self._by_name[name]]

    def written_by(self, calls: frozenset[str]) -> tuple[Name, ...]:
        """Relations that calling these functions writes."""
        return tuple(name for function in self.reached_by(calls) for name in function.writes)

    def touched_by(self, calls: frozenset[str]) -> tuple[Name, ...]:
        """Relations that calling these functions reads or writes."""
        return tuple(name for function in self.reached_by(calls) for name in function.touches)

    def clones_for(self, calls: frozenset[str], shadows: ShadowNames) -> dict[SqlFunction, str]:
        """The functions that must be called as clones beside these shadows, and the clones' bodies."""
        reached = self.reached_by(calls)
        names: frozenset[str] = frozenset()
        while True:  # a function that calls a clone becomes one
            bodies = {function: function.body_with(shadows, names) for function in reached}
            changed = {
                function: body for function, body in bodies.items() if body != function.body_with({}, frozenset())
            }
            if (now := frozenset(function.name for function in changed)) == names:
                return {function: bodies[function] for function in reached if function.name in names}
            names = now


def call_replacements(sql: str, clones: frozenset[str]) -> list[Replacement]:
    """Let calls of these functions, with or without a schema, mean those in pg_temp."""
    if not clones:
        return []
    tokens = [token for token in scan(sql)[0] if token.kind is not Kind.COMMENT]
    found = []
    for index, token in enumerate(tokens[:-1]):
        if tokens[index + 1].text != "(" or not is_name(token) or identifier(token) not in clones:
            continue
        before = tokens[index - 1].text.lower() if index else ""
        if before != "into":
            first = tokens[index - 2] if before == "." and index > 1 else token
            found.append(Replacement(first.start, token.end, f"pg_temp.{ident(identifier(token))}"))
    return found


def _statements_of(parsed: str) -> str:
    """The statements of a body as pg_get_function_sqlbody prints it: BEGIN ATOMIC ... END, or RETURN ..."""
    text = parsed.strip()
    if text.upper().startswith("RETURN"):
        return "SELECT" + text[len("RETURN") :]
    return text.removeprefix("BEGIN ATOMIC").removesuffix("END").strip()
