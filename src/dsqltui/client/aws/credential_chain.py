"""boto3's search for credentials, with its programs held to our rules.

A profile's `credential_process` is any program. botocore waits for it without limit, lets it read our standard input
(where SQL may be on its way), and raises whatever its output makes of json, codecs and dictionaries. A profile that
asks for an MFA code makes botocore read the terminal, which the console has. Both are replaced here; the places are
private to botocore, and tests/client/test_aws_border.py holds each.
"""

import atexit
import contextlib
import json
import subprocess
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from dsqltui.core.language import _

if TYPE_CHECKING:
    from botocore.exceptions import CredentialRetrievalError
    from botocore.session import Session

PROCESS_TIMEOUT_S = 60.0
"""How long a credential program may take: some wait for a person and a browser."""
_TOLD_LIMIT = 500
_running: set["subprocess.Popen[bytes]"] = set()


def bounded(session: "Session", ask_code: Callable[[str], str] | None) -> None:
    """Let a botocore session, whose profile is set, find credentials by our rules.

    `ask_code` asks the person for an MFA code, given the words to ask with; None: there is nobody to ask.
    """
    from botocore.credentials import ProfileProviderBuilder

    chain: Any = session.get_component("credential_provider")
    for provider in chain.providers:
        if hasattr(provider, "_popen"):
            provider._popen = _Program
        if hasattr(provider, "_prompter"):
            provider._prompter = ask_code or _nobody_to_ask
        builder = getattr(provider, "_profile_provider_builder", None)
        if isinstance(builder, ProfileProviderBuilder):  # profiles that a profile names as its source
            builder._create_process_provider = _bounded_factory(builder._create_process_provider)  # type: ignore[attr-defined]


def _bounded_factory(make: Callable[[str], Any]) -> Callable[[str], Any]:
    def made(profile_name: str) -> Any:
        provider = make(profile_name)
        provider._popen = _Program
        return provider

    return made


def _nobody_to_ask(_words: str) -> str:
    raise _failed(_("the profile asks for an MFA code, which cannot be typed here; use a role of the settings instead"))


class _Program:
    """A credential program, in the form that botocore expects of Popen. Raises CredentialRetrievalError."""

    def __init__(self, command: Sequence[str], **pipes: Any) -> None:
        if not command:
            raise _failed(_("credential_process is empty"))
        self._name = command[0]
        self.returncode: int | None = None
        try:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, **pipes)
        except (OSError, ValueError) as problem:
            failure = _failed(
                _("{name} cannot be started: {reason}").format(
                    name=self._name, reason=getattr(problem, "strerror", None) or problem
                )
            )
        else:
            return
        raise failure

    def communicate(self) -> tuple[bytes, bytes]:
        """Its output, checked to be credentials, and its errors as UTF-8."""
        process = self._process
        _running.add(process)
        try:
            output, told = process.communicate(timeout=PROCESS_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            output, told = None, b""
        finally:
            _ended(process)
        if output is None:
            raise _failed(
                _("{name} did not end within {limit:.0f} s and was stopped").format(
                    name=self._name, limit=PROCESS_TIMEOUT_S
                )
            )
        self.returncode = process.returncode
        if self.returncode != 0:
            from dsqltui.core.secrets import without_secrets  # only when it failed

            words = without_secrets(told.decode("utf-8", "replace").strip())[:_TOLD_LIMIT]
            raise _failed(
                _("{name} ended with status {returncode}{value}").format(
                    name=self._name, returncode=self.returncode, value=f": {words}" if words else ""
                )
            )
        if problem := _problem_of(output):
            raise _failed(f"{self._name} {problem}")
        return output, told


def _problem_of(output: bytes) -> str:
    """Why this is not what a credential program prints; empty when it is. Repeats nothing of it."""
    try:
        said = json.loads(output.decode("utf-8"))
    except (ValueError, RecursionError):
        return _("printed no JSON") if output.strip() else _("printed nothing")
    if not isinstance(said, dict):
        return _("printed JSON that is no object")
    for key in ("AccessKeyId", "SecretAccessKey"):
        if not isinstance(said.get(key), str) or not said[key]:
            return _("printed JSON without {key}").format(key=key)
    for key in ("SessionToken", "Expiration", "AccountId"):
        if not isinstance(said.get(key), str | None):
            return _("printed JSON in which {key} is no text").format(key=key)
    return _expiration_problem(said.get("Expiration"))


def _expiration_problem(expiration: str | None) -> str:
    from dateutil.parser import parse  # type: ignore[import-untyped]  # what botocore reads it with

    if expiration is None:
        return ""
    try:
        is_aware = parse(expiration).tzinfo is not None
    except (ValueError, OverflowError):
        is_aware = False
    return "" if is_aware else _("printed an Expiration that is no time with a time zone")


def _failed(words: str) -> "CredentialRetrievalError":
    from botocore.exceptions import CredentialRetrievalError

    return CredentialRetrievalError(provider="custom-process", error_msg=words)


def _ended(process: "subprocess.Popen[bytes]") -> None:
    """See that it has ended, without waiting for those it may have started, which can hold its pipes open."""
    _running.discard(process)
    if process.poll() is None:
        process.kill()
        process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


@atexit.register
def _end_programs() -> None:
    for process in tuple(_running):
        with contextlib.suppress(OSError):
            process.kill()
