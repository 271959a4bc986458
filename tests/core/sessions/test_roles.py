"""Roles as values: the command, the settings, who one is and what runs out when."""

from datetime import UTC, datetime, timedelta

import pytest

from dsqltui.core.psql import BadArguments, SwitchRole, parse_command
from dsqltui.core.sessions.roles import Identity, RoleChoice, with_chaining_cap
from dsqltui.core.settings.configured_roles import choices_of
from dsqltui.core.settings.toml_text import SettingsWrong, parse

ARN = "arn:aws:iam::111122223333:role/team/Reader"
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        (r"\role reports", SwitchRole("reports")),
        (r"\role reports here;", SwitchRole("reports", is_here=True)),
        (r"\role base", SwitchRole("base")),
        (r"\role", SwitchRole("")),
    ],
)
def test_the_command(text: str, command: SwitchRole) -> None:
    assert parse_command(text) == command


@pytest.mark.parametrize("text", [r"\role a b", r"\role a here now"])
def test_the_command_not_understood(text: str) -> None:
    assert isinstance(parse_command(text), BadArguments)


def test_roles_of_the_settings() -> None:
    settings = parse(
        f'[roles.reader]\nrole_arn = "{ARN}"\nsession_name = "me"\n[roles.ops]\ndatabase_role = "o"\n', "s"
    )
    assert choices_of(settings.roles) == (
        RoleChoice("reader", ARN, "me", name="reader"),
        RoleChoice("o", name="ops"),
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('role_arn = "Reader"', "no IAM role"),
        ("duration_s = 60", "from 900 to 43200 seconds"),
        ('session_name = "a b"', "no session name"),
    ],
)
def test_a_role_of_the_settings_that_cannot_be(line: str, told: str) -> None:
    with pytest.raises(SettingsWrong, match=told):
        parse(f"[roles.x]\n{line}\n", "s")


def test_settings_that_do_not_go_together_name_the_role() -> None:
    settings = parse(f'[roles.x]\nvia_arn = "{ARN}"\n', "s")
    with pytest.raises(ValueError, match=r"\[roles.x\]: via_arn"):
        choices_of(settings.roles)


def test_names_of_a_role() -> None:
    choice = RoleChoice("reports", ARN, name="mine")
    assert (choice.iam_role, choice.label) == ("Reader", "reports (Reader)")
    assert all(choice.is_named(word) for word in ("reports", "Reader", ARN, "mine"))
    assert not choice.is_named("")
    assert not RoleChoice("reports").is_named("")


def test_what_runs_out_when() -> None:
    identity = Identity("arn", "reports", "env", NOW + timedelta(seconds=500), NOW - timedelta(seconds=100), 900)
    assert identity.credentials_left_s(NOW) == 500
    assert identity.token_left_s(NOW) == 500, "a token dies with its credentials"
    forever = Identity("arn", "reports", "env", None, NOW - timedelta(seconds=100), 900)
    assert (forever.credentials_left_s(NOW), forever.token_left_s(NOW)) == (None, 800)
    assert Identity("arn", "reports", "env").token_left_s(NOW) is None


def test_the_action_follows_the_role() -> None:
    assert Identity("a", "admin", "env").action == "DbConnectAdmin"
    assert Identity("a", "reports", "env").action == "DbConnect"


def test_from_a_role_to_a_role_one_hour_is_the_most() -> None:
    assert with_chaining_cap(43_200, is_chained=True) == 3_600
    assert with_chaining_cap(900, is_chained=True) == 900
    assert with_chaining_cap(43_200, is_chained=False) == 43_200
