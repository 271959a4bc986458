"""Lets Python's clients find the simulator by the names in FOREIGN_HOSTS ("host=address,..."); on PYTHONPATH."""

import os
import socket
from typing import Any

_KNOWN = dict(pair.split("=") for pair in os.environ.get("FOREIGN_HOSTS", "").split(",") if pair)
_original = socket.getaddrinfo


def _getaddrinfo(host: Any, *rest: Any, **more: Any) -> Any:
    name = host.decode() if isinstance(host, bytes) else host
    return _original(_KNOWN.get(name, host), *rest, **more)


socket.getaddrinfo = _getaddrinfo
