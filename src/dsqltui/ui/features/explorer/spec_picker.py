"""The specs that come along, to be chosen from."""

from collections.abc import Mapping, Sequence

from dsqltui.core.interleaving.spec import InterleavingSpec
from dsqltui.core.interleaving.spec_file import read_spec
from dsqltui.core.language import N_, _
from dsqltui.runner.interleaving.shipped import shipped_specs
from dsqltui.ui.dialogs.picker import Picker
from dsqltui.ui.state.background import in_daemon_thread
from dsqltui.ui.widgets.line_list import ListLine


class SpecPicker(Picker):
    """Dismissed with the name of a spec."""

    title_text = N_("Explore which case?")

    def __init__(self, why: str = "") -> None:
        """`why` says why the panes are not explored."""
        super().__init__()
        self._why = why
        self._specs: Mapping[str, InterleavingSpec] = {}

    async def find(self, words: str) -> Sequence[ListLine]:
        """Those whose name or description has all the words."""
        if not self._specs:
            self._specs = await in_daemon_thread(read_shipped)
        wanted = words.lower().split()
        return [
            ListLine(name, ((f"{name:<27} ", "text"), (spec.about, "quiet")))
            for name, spec in self._specs.items()
            if all(word in f"{name} {spec.about}".lower() for word in wanted)
        ]

    def preview(self, key: str | None) -> str:
        """The scripts."""
        if key is None:
            return _("No such spec.")
        lines = [f"{s.name}: " + "; ".join(one.sql for one in s.statements) for s in self._specs[key].sessions]
        return "\n".join(lines)

    def foot(self) -> str:
        """The keys."""
        return _("{why}Enter: explore   Esc: close").format(why=self._why + "   " if self._why else "")


def read_shipped() -> Mapping[str, InterleavingSpec]:
    """All of them, by name. Blocks."""
    return {name: read_spec(name, file.read_text(encoding="utf-8")) for name, file in shipped_specs().items()}
