"""A plan without names of the simulator's own: the filtered views of the catalogs are the catalogs, the tables behind
sys are a part of it, and the triggers that tell of changes are not there.
"""

import re

from dsqltui.sim.pg import wire
from dsqltui.sim.pg.relay import Sink

_MARK = b"dsqltui"
_NAMES = re.compile(r"pg_dsqltui(?:_act|_shown)?|dsqltui_keeper")
_TRIGGER = r"dsqltui_(?:insert|update|delete|truncate)"
_JSON_TRIGGER = re.compile(rf'\s*\{{\s*"Trigger Name": "{_TRIGGER}",[^{{}}]*\}}(?:,|(?=\s*\]))')
_JSON_COMMA = re.compile(r",(?=\s*\])")
_XML_TRIGGER = re.compile(rf"\s*<Trigger>\s*<Trigger-Name>{_TRIGGER}</Trigger-Name>.*?</Trigger>", re.DOTALL)
_YAML_TRIGGER = re.compile(rf'\n( *)- Trigger Name: "{_TRIGGER}"(?:\n\1  [^\n]*)*')


def nameless(text: str) -> str:
    """The text of a plan, in any format."""
    if "dsqltui" not in text:
        return text
    without = text
    for pattern in (_JSON_TRIGGER, _XML_TRIGGER, _YAML_TRIGGER):
        without = pattern.sub("", without)
    if without != text:
        without = _JSON_COMMA.sub("", without)
    return _NAMES.sub("sys", without.replace("pg_dsqltui_shown.", "").replace("'dsqltui.", "'"))


class NamelessSink:
    """Stands between PostgreSQL's plan in another format than text and the client. It must be given whole messages."""

    def __init__(self, client: Sink) -> None:
        self._client = client

    def write(self, data: bytes, /) -> None:
        """Pass whole messages on."""
        if _MARK not in data:
            self._client.write(data)
            return
        position = 0
        while position < len(data):
            end = position + 1 + int.from_bytes(data[position + 1 : position + 5], "big")
            message = data[position:end]
            if message[:1] == b"D":
                message = wire.data_row([value and nameless(value) for value in wire.row_values(message[5:])])
            self._client.write(message)
            position = end

    async def drain(self) -> None:
        """Wait until the client has room."""
        await self._client.drain()
