"""Every command and variable of psql: done, or refused with a sentence; never unknown."""

import pytest

from dsqltui.core.psql import NAMES, NotHere, UnknownCommand, parse_command
from dsqltui.core.psql.not_here import NOT_HERE
from dsqltui.core.psql.special_variables import DEFAULTS, NotSettable, checked, unset

PSQL_18 = r"""
! ? a bind bind_named c cd close_prepared conninfo connect copy copyright crosstabview C d d+ da dA dAc dAf dAo dAp db dc
dC dconfig dd dD ddp dE des det deu dew df dF dFd dFp dFt dg di dl dL dm dn do dO dp dP drds drg dRp dRs ds dS+ dt dT du
dv dx dX dy e echo edit ef elif else encoding endif endpipeline errverbose ev f flush flushrequest g gdesc getenv getresults
gexec gset gx h help H html i if include include_relative ir l list lo_export lo_import lo_list lo_unlink o out p parse
password print prompt pset q qecho quit r reset restrict s sendpipeline set setenv sf sf+ startpipeline sv sv+ syncpipeline t
T timing unrestrict unset w warn watch write x z dti dtvS dt+ di+ df+ du+ dn+ l+ zS
""".split()
r"""Of psql 18's manual, with some of the forms of \d."""


@pytest.mark.parametrize("name", PSQL_18)
def test_no_command_of_psql_is_unknown(name: str) -> None:
    assert not isinstance(parse_command(f"\\{name}"), UnknownCommand)


def test_what_is_not_done_is_a_sentence() -> None:
    assert not set(NOT_HERE) & set(NAMES)
    for name, sentence in NOT_HERE.items():
        assert isinstance(parse_command(f"\\{name}"), NotHere), name
        assert sentence.endswith("."), name


@pytest.mark.parametrize("name", DEFAULTS)
def test_every_default_may_be_set_again(name: str) -> None:
    assert checked(name, DEFAULTS[name]).value == DEFAULTS[name]


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("AUTOCOMMIT", "OFF", "off"),
        ("AUTOCOMMIT", "", "on"),
        ("ON_ERROR_STOP", "1", "on"),
        ("QUIET", "y", "on"),
        ("ECHO", "All", "all"),
        ("VERBOSITY", "terse", "terse"),
        ("FETCH_COUNT", "100", "100"),
        ("mine", "of", "of"),
    ],
)
def test_values(name: str, value: str, found: str) -> None:
    assert checked(name, value).value == found


@pytest.mark.parametrize("name", ["HISTFILE", "PROMPT1", "IGNOREEOF", "COMP_KEYWORD_CASE", "HISTSIZE", "HISTCONTROL"])
def test_what_has_no_effect_is_said(name: str) -> None:
    assert checked(name, "1").note.startswith(f"{name} has no effect here: ")


def test_o_is_neither_on_nor_off() -> None:
    with pytest.raises(NotSettable):
        checked("AUTOCOMMIT", "o")


def test_unset_falls_back_to_psqls_off() -> None:
    assert [unset(name) for name in ("ON_ERROR_STOP", "AUTOCOMMIT", "ECHO", "mine")] == ["off", "off", "none", None]
