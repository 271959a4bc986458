"""The scanner: what it must hide in whatever form, and what it must leave alone."""

import pytest

from dsqltui.core.secrets import HIDDEN, secrets_in, start_of, without_secrets
from support.secret_forms import FORMS, ORDINARY, Form


@pytest.mark.parametrize("form", FORMS, ids=[form.name for form in FORMS])
def test_no_form_keeps_its_secret(form: Form) -> None:
    kept = without_secrets(form.text)
    assert HIDDEN in kept
    assert [secret for secret in form.secrets if secret in kept] == [], kept


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert without_secrets(text) == text
