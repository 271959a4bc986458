"""SCRAM-SHA-256, as far as one program needs it to log in to its own PostgreSQL: RFC 5802 and RFC 7677, no channel
binding.

The secret is random and long, so that a single round of PBKDF2 protects it as well as thousands would a password.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from functools import lru_cache

MECHANISM = b"SCRAM-SHA-256"
_ROUNDS = 1
_SALT = b"dsqltui simulator"
"""No secret; the same for all roles, so that they have the same verifier."""


def new_secret() -> str:
    """A secret for one start of PostgreSQL."""
    return secrets.token_hex(32)


@lru_cache(maxsize=4)
def verifier(secret: str) -> str:
    """What PostgreSQL keeps of the secret, in the form of pg_authid.rolpassword."""
    client_key, server_key = _keys(secret, _SALT, _ROUNDS)
    stored = hashlib.sha256(client_key).digest()
    return f"SCRAM-SHA-256${_ROUNDS}:{_base64(_SALT)}${_base64(stored)}:{_base64(server_key)}"


class ScramClient:
    """The client's side of one login."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._nonce = secrets.token_urlsafe(18)
        self._server_signature = b""

    @property
    def first_message(self) -> bytes:
        """What is sent with the choice of the mechanism."""
        return b"n,," + self._bare

    @property
    def _bare(self) -> bytes:
        return b"n=,r=" + self._nonce.encode()  # PostgreSQL takes the user from the startup packet

    def final_message(self, server_first: bytes) -> bytes:
        """The proof, for the server's challenge. Raises ValueError when that is no answer to ours."""
        challenge = {part[:1]: part[2:] for part in server_first.split(b",")}
        nonce = challenge[b"r"]
        if not nonce.startswith(self._nonce.encode()):
            raise ValueError("the server's nonce does not continue ours")
        client_key, server_key = _keys(self._secret, base64.b64decode(challenge[b"s"]), int(challenge[b"i"]))
        without_proof = b"c=biws,r=" + nonce
        signed = b",".join((self._bare, server_first, without_proof))
        signature = hmac.digest(hashlib.sha256(client_key).digest(), signed, "sha256")
        proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
        self._server_signature = hmac.digest(server_key, signed, "sha256")
        return without_proof + b",p=" + base64.b64encode(proof)

    def check(self, server_final: bytes) -> None:
        """Raise ValueError unless the server knows the secret too: else another program listens there."""
        if not hmac.compare_digest(server_final, b"v=" + base64.b64encode(self._server_signature)):
            raise ValueError("the server does not know the secret")


def mechanisms(body: bytes) -> Sequence[bytes]:
    """The names in an AuthenticationSASL message, behind its code."""
    return body[4:].rstrip(b"\0").split(b"\0")


@lru_cache(maxsize=4)
def _keys(secret: str, salt: bytes, rounds: int) -> tuple[bytes, bytes]:
    salted = hashlib.pbkdf2_hmac("sha256", secret.encode(), salt, rounds)
    return hmac.digest(salted, b"Client Key", "sha256"), hmac.digest(salted, b"Server Key", "sha256")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
