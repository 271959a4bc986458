from dsqltui.core.language import N_, _

"""Commands of psql that are not done here, each with the reason and the way round it."""

_NO_PROGRAMS = N_("Programs are not run from here; use another terminal for them.")
_PREPARED = r"Named prepared statements are not sent from here; write the statement with \bind VALUE... \g."
_PIPELINE = N_("Pipelines are not sent from here: statements go one by one; leave the pipeline commands out.")
_LARGE_OBJECTS = N_("Aurora DSQL has no large objects; store bytes in a bytea column.")
_EDITOR = N_(
    "There is no editor here to open; in the console Ctrl+G e e opens yours, and \\i FILE runs what another one wrote."
)
_CONNECT = N_(
    "A session stays with its endpoint; name host and role when you start, or switch the "
    "role with \\role NAME in the console."
)


def _of(kinds: str, sentence: str) -> dict[str, str]:
    return dict.fromkeys(kinds.split(), sentence)


NOT_HERE: dict[str, str] = {
    ";": N_(
        "\\; would put several statements into one message, of which only the last result could "
        "be shown; write them one by one, between BEGIN and COMMIT where they belong together."
    ),
    "!": _NO_PROGRAMS,
    **_of("c connect", _CONNECT),
    "copyright": N_("dsqltui's license is in the file LICENSE of its source."),
    "crosstabview": N_(
        "Results are not turned into cross tables here; use sum(...) FILTER (WHERE ...) for each column."
    ),
    **_of("e edit ef ev", _EDITOR),
    "gdesc": N_("Columns are not described without a run; end the query with LIMIT 0 to see their names, or use \\d."),
    **_of("h help", N_("SQL's help is not here; \\? shows the commands, the Aurora DSQL User Guide has the syntax.")),
    "H": N_("HTML is not written here; use \\pset format csv, or --format markdown."),
    "html": N_("HTML is not written here; use \\pset format csv, or --format markdown."),
    "T": N_("HTML is not written here, so its tables have no attributes."),
    **_of("lo_export lo_import lo_list lo_list+ lo_unlink dl dl+", _LARGE_OBJECTS),
    "password": N_(
        "Aurora DSQL has no passwords: access tokens are signed for each connection by your AWS credentials."
    ),
    "prompt": N_("Nobody is asked within a script here; give the value with -v NAME=VALUE, or by \\set NAME VALUE."),
    "s": N_("The history is not printed here; in the console F8 shows and searches it."),
    "setenv": N_("An environment variable would reach only programs, and programs are not run from here."),
    "sv": N_("The text of a view: \\d+ VIEW shows it."),
    "sv+": N_("The text of a view: \\d+ VIEW shows it."),
    **_of("parse bind_named close close_prepared", _PREPARED),
    **_of("startpipeline endpipeline syncpipeline sendpipeline flushrequest flush getresults", _PIPELINE),
    **_of("dE det des deu dew", N_("Aurora DSQL has no foreign tables, servers or wrappers.")),
    **_of("dF dFd dFp dFt", N_("Aurora DSQL has no text search configurations of yours.")),
    **_of("dRp dRs", N_("Aurora DSQL has no logical replication.")),
    **_of("dP dPt dPi dPn", N_("Aurora DSQL has no partitioned tables; \\dt lists tables.")),
    **_of("dx dX dy", N_("Aurora DSQL has no extensions, extended statistics or event triggers of yours.")),
    "db": N_("Aurora DSQL has no tablespaces."),
    **_of(
        "da dA dAc dAf dAo dAp dC dc dd dD ddp dconfig dL do dO drds drg dT",
        N_(
            "This list is not here; ask pg_catalog by SQL. \\d, \\dt, \\di, \\dv, \\ds, \\dn, \\du, \\df, "
            "\\dp and \\l are."
        ),
    ),
}
"""By name, without the backslash."""


def reason(name: str) -> str | None:
    """Why a command of psql is not done here; None for one that is, and for one that psql does not know either."""
    if name.startswith("!"):
        return _(_NO_PROGRAMS)
    known = NOT_HERE.get(name) or (NOT_HERE.get(name.rstrip("+S")) if name.startswith("d") else None)
    return None if known is None else _(known)
