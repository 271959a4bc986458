"""The scanner: what it must hide in whatever form, and what it must leave alone."""

import itertools
import random
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsqltui.core.secrets import (
    HIDDEN,
    hidden_told,
    secrets_in,
    spans_of_secrets,
    without_secrets,
    without_secrets_and_place,
)
from support.secret_forms import FORMS, ORDINARY, Form

AROUND = ("{}", "select '{}'", "({})", "key: {}.", "a\n{}\nb", '["{}"]', "x={}", "\t{},", "/* {} */", "E'\\n{}'")
PASSWORD_FORMS = tuple(form for form in FORMS if not form.text.startswith("\\") and "stdin" not in form.text.lower())[
    :60
]
WRAPS = ("do $w$ {} $w$", "select '{}'", "/* {} */", "execute '{}'", "({})", "begin; {}")
BESIDE = (
    ("", ""),
    ("select 1; ", ""),
    ("", "\n; select 'it''s'"),
    ("-- don't\n", ""),
    ("\\echo x\n", "\n\\q"),
    ("東京 ", ""),
)


@pytest.mark.parametrize("form", FORMS, ids=[form.name for form in FORMS])
def test_no_form_keeps_its_secret(form: Form) -> None:
    kept = without_secrets(form.text)
    assert HIDDEN in kept
    assert [secret for secret in form.secrets if secret in kept] == [], kept


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert without_secrets(text) == text


def test_there_are_forms_enough() -> None:
    assert len({form.name for form in FORMS}) == len(FORMS) >= 60


@pytest.mark.parametrize("form", FORMS, ids=[form.name for form in FORMS])
def test_what_is_hidden_once_stays_as_it_is(form: Form) -> None:
    once = without_secrets(form.text)
    assert without_secrets(once) == once


@given(st.text(string.ascii_letters + string.digits + "+/", min_size=40, max_size=40), st.sampled_from(AROUND))
@settings(max_examples=300)
def test_a_secret_key_is_known_by_its_look(key: str, around: str) -> None:
    random.seed(key)
    key = "".join(random.choices(string.ascii_letters + string.digits + "+/", k=40))
    assert key not in without_secrets(around.format(key))


@given(st.sampled_from(PASSWORD_FORMS), st.lists(st.sampled_from(WRAPS), max_size=3), st.sampled_from(BESIDE))
@settings(max_examples=400)
def test_forms_within_forms(form: Form, wraps: list[str], beside: tuple[str, str]) -> None:
    text = form.text
    for number, wrap in enumerate(wraps):
        wrap = wrap.replace("$w$", f"$w{number}$")  # a tag does not stand within itself
        text = wrap.replace("{}", text) if "'" not in wrap else wrap.replace("{}", text.replace("'", "''"))
    kept = without_secrets(beside[0] + text + beside[1])
    assert [secret for secret in form.secrets if secret in kept] == []


@given(st.text("password ='\"$:;()\\-/*eEuU&|,.@{}[]\nx1", max_size=80))
@settings(max_examples=500)
def test_no_text_is_too_odd(text: str) -> None:
    kept = without_secrets(text)
    assert len(kept) <= len(text) + len(HIDDEN) * len(text)
    spans = spans_of_secrets(text)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(a[1] < b[0] for a, b in itertools.pairwise(spans))


def test_a_place_in_the_text_moves_with_it() -> None:
    text = "alter role r password 'hunter2' login"
    assert without_secrets_and_place(text, text.index("login")) == (
        "alter role r password (hidden) login",
        len("alter role r password (hidden) "),
    )
    assert without_secrets_and_place(text, text.index("hunter2"))[1] == len("alter role r password (hidden)")
    assert without_secrets_and_place(text, 3)[1] == 3


def test_the_secrets_themselves_are_known_without_their_quotes() -> None:
    assert "hun'ter2" in secrets_in("alter role r password 'hun''ter2'")
    assert secrets_in("select 1") == []


def test_what_was_hidden_is_told_in_a_sentence() -> None:
    assert hidden_told("select 1") == ""
    assert hidden_told("password (hidden)") == (
        "A password or key was not kept: write it again where it says (hidden)."
    )
    assert hidden_told("(hidden) (hidden)").startswith("2 passwords or keys were not kept: write them again")
