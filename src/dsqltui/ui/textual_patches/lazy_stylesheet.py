"""Less work for the same looks: component classes when they are asked for, the sheet parsed once.

Stock Textual 8.2 applies the stylesheet to every component class of a widget whenever the widget is restyled, hidden
widgets included, and parses everything again when the app starts: half of the work until the console's first frame.
What was parsed once is shared by the apps of a process: the start screen, the console, the tests.
`_process_component_classes`, `_component_styles` and `_parse_cache` are private; a test compares the looks with
Textual's own.
"""

from collections.abc import Collection

from textual.cache import LRUCache
from textual.css.model import RuleSet
from textual.css.styles import RenderStyles
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode

_SOURCES = 512
"""Pieces of CSS kept for one theme: every widget class has one."""
_PARSED: LRUCache[frozenset[tuple[str, str]], LRUCache[tuple[object, ...], list[RuleSet]]] = LRUCache(8)


class _Components(dict[str, RenderStyles]):
    """The component styles of one node: those asked for so far are in the dict, the others can be had."""

    def __init__(self, stylesheet: Stylesheet, node: DOMNode, names: Collection[str]) -> None:
        super().__init__()
        self._stylesheet, self._node, self._names = stylesheet, node, frozenset(names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __missing__(self, name: str) -> RenderStyles:
        if name not in self._names:
            raise KeyError(name)
        virtual = DOMNode(classes=name)
        virtual._attach(self._node)
        self._stylesheet.apply(virtual, animate=False)
        styles = self[name] = virtual.styles
        return styles


class LazyStylesheet(Stylesheet):
    """Takes the place of App.stylesheet."""

    def __init__(self, *, variables: dict[str, str] | None = None) -> None:
        super().__init__(variables=variables)
        self._is_outdated = False
        self._share_parsed()

    def set_variables(self, variables: dict[str, str]) -> None:
        """Another theme's colours; the same ones again change nothing."""
        if variables != self._variables:
            self._parse_cache = LRUCache(0)  # the shared one is not cleared: others use it
            super().set_variables(variables)
            self._share_parsed()
            self._is_outdated = True

    def _share_parsed(self) -> None:
        """What one sheet has parsed with these variables, the next app of the process need not parse again."""
        theme = frozenset(self._variables.items())
        if theme not in _PARSED:
            _PARSED[theme] = LRUCache(_SOURCES)
        self._parse_cache = _PARSED[theme]

    def reparse(self) -> None:
        """Parse again what was parsed with other variables."""
        if self._is_outdated:
            super().reparse()
            self._is_outdated = False

    def copy(self) -> "LazyStylesheet":
        """As Textual's, of this class."""
        made = LazyStylesheet(variables=self._variables.copy())
        made.source = self.source.copy()
        return made

    def _process_component_classes(self, node: DOMNode) -> None:
        names = node._get_component_classes()
        if not names:
            return
        before = node._component_styles
        now = node._component_styles = _Components(self, node, names)
        if any(now[name] != styles for name, styles in before.items() if name in now):
            node.refresh()
