"""Every private hook of Textual that the console leans on: found in the source, listed here with its reason."""

import ast
import importlib
import inspect
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest
import textual
from rich.console import Console
from textual import _cells, expand_tabs
from textual._compositor import Compositor
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.command import CommandPalette
from textual.css.stylesheet import Stylesheet
from textual.document._document import DocumentBase
from textual.document._wrapped_document import WrappedDocument
from textual.dom import DOMNode
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, TextArea
from textual.worker import Worker

import dsqltui.ui
from support.screens.console import console

UI = Path(dsqltui.ui.__file__).parent
LIBRARIES = ("textual", "rich")
PRIVATE = re.compile(r"\b_[a-zA-Z]\w*")


class Hook(NamedTuple):
    """Why a private name is used."""

    owner: type | ModuleType
    reason: str
    upstream: str = "none filed"
    parameters: str | None = None
    """Of a method, as it is called or overridden; None is an attribute or a class."""


ORDER = "textual issue 6605: typed text overtakes bindings"
REPAINT = "textual issue 4086: TextArea repaints all of itself"
BYTES = "textual issue 6456: a byte that is no UTF-8 ends the input"

HOOKS = {
    # hooks.py, ordered.py, type_ahead.py: keys and text arrive in the order and at the place they were meant for
    "_forward_event": Hook(Widget, "hand an event on to the widget that it is meant for", ORDER, "self event"),
    "_on_key": Hook(Input, "run bindings in the widget's own turn", ORDER, "self event"),
    "_GATHER_COMMANDS_GROUP": Hook(CommandPalette, "wait for the search for what was typed", ORDER),
    "_select_or_command": Hook(CommandPalette, "and choose then, as its Enter does", ORDER, "self event"),
    "_check_bindings": Hook(App, "run bindings in the widget's own turn", ORDER, "self key priority"),
    "_compose": Hook(Screen, "keys wait until the screen that they are meant for is composed", parameters="self"),
    "_bindings": Hook(DOMNode, "take the person's own keys out of a text field; help for the focused widget"),
    "_clipboard": Hook(App, "a token is copied, and not kept for Ctrl+V"),
    "_task": Hook(Worker, "close the coroutine of a worker that was cancelled before it ran"),
    # text_area.py: the editor takes part in what TextArea does in private
    "_undo_batch": Hook(TextArea, "the mirrored editor undoes the same", parameters="self edits"),
    "_redo_batch": Hook(TextArea, "the mirrored editor redoes the same", parameters="self edits"),
    "_refresh_size": Hook(TextArea, "measure once a change is complete, and in steps", REPAINT, "self"),
    "_refresh_scrollbars": Hook(Widget, "after measuring in our way", REPAINT, "self"),
    "_recompute_cursor_offset": Hook(TextArea, "scroll by a good piece, not by a cell", REPAINT, "self"),
    "_cursor_offset": Hook(TextArea, "scroll by a good piece, not by a cell", REPAINT),
    "_render_line": Hook(TextArea, "a bar in the gutter marks the statement that would run", parameters="self y"),
    "_line_cache": Hook(TextArea, "marks change how a line looks without an edit"),
    "_TABS_SPLITTER_RE": Hook(expand_tabs, "a long line without tabs is not searched for tabs letter by letter"),
    "_theme": Hook(TextArea, "draw of a very long line only what is in sight"),
    "_draw_cursor": Hook(TextArea, "draw of a very long line only what is in sight"),
    "_on_paste": Hook(TextArea, "make control characters visible before they are pasted", parameters="self event"),
    # line_diff.py, frame_app.py, lazy_stylesheet.py: fewer bytes, less work
    "_exchange_repaint_regions": Hook(Widget, "send only the cells that changed", REPAINT, "self"),
    "_compositor": Hook(Screen, "send only the cells that changed", REPAINT),
    "_display": Hook(App, "send only the cells that changed", REPAINT, "self screen renderable"),
    "_running": Hook(App, "what Textual would not send is not counted as sent"),
    "_closed": Hook(App, "what Textual would not send is not counted as sent"),
    "_batch_count": Hook(App, "what Textual would not send is not counted as sent"),
    "_driver": Hook(App, "what Textual would not send is not counted as sent"),
    "_previous_cursor_position": Hook(App, "nothing is sent when nothing changed"),
    "_color_system": Hook(Console, "colours as the terminal has them"),
    "_full_map_invalidated": Hook(Compositor, "new widgets wait for their layout", REPAINT),
    "textual._compositor.Compositor": Hook(Compositor, "render only what is painted"),
    "_dirty_regions": Hook(Compositor, "render only what is painted"),
    "_regions_to_spans": Hook(Compositor, "render only what is painted", parameters="regions"),
    "_size_updated": Hook(
        Widget, "no scrollbar is painted when nothing moved", parameters="self size virtual_size container_size layout"
    ),
    # light_document.py: nothing is kept of lines that are not wrapped
    "textual.document._document.DocumentBase": Hook(DocumentBase, "nothing kept of lines that are not wrapped"),
    "textual.document._wrapped_document.WrappedDocument": Hook(WrappedDocument, "nothing kept of lines"),
    "textual._cells.cell_width_to_column_index": Hook(_cells, "the column under the mouse, as Textual finds it"),
    "textual.widgets._text_area": Hook(TextArea, "put the light document in the place of Textual's"),
    "_offset_to_line_info": Hook(WrappedDocument, "nothing kept of lines that are not wrapped"),
    "_wrap_offsets": Hook(WrappedDocument, "nothing kept of lines that are not wrapped"),
    "_tab_width_cache": Hook(WrappedDocument, "nothing kept of lines that are not wrapped"),
    "_line_index_to_offsets": Hook(WrappedDocument, "nothing kept of lines that are not wrapped"),
    "_width": Hook(WrappedDocument, "whether lines are wrapped"),
    "_tab_width": Hook(WrappedDocument, "where a column is on the screen"),
    "textual._compositor.ChopsUpdate": Hook(Compositor, "send only the cells that changed", REPAINT),
    "textual._compositor.LayoutUpdate": Hook(Compositor, "send only the cells that changed", REPAINT),
    "_process_component_classes": Hook(Stylesheet, "style components when asked for", parameters="self node"),
    "_get_component_classes": Hook(DOMNode, "style components when asked for", parameters=""),
    "_component_styles": Hook(DOMNode, "style components when asked for"),
    "_attach": Hook(DOMNode, "style components when asked for", parameters="self parent"),
    "_variables": Hook(Stylesheet, "parse the sheet again only when colours changed"),
    "_parse_cache": Hook(Stylesheet, "share what was parsed between the apps of a process"),
    # safe_app.py: an error shows no local variables, which may be secrets
    "_handle_exception": Hook(App, "a sentence and a private file instead of a traceback", parameters="self error"),
    "_print_error_renderables": Hook(App, "print the sentence alone", parameters="self"),
    "_exit_renderables": Hook(App, "print the sentence alone"),
    "_close_messages_no_wait": Hook(App, "end after an error", parameters="self"),
    "_exception": Hook(App, "Textual's pilot raises it again"),
    "_exception_event": Hook(App, "Textual's pilot waits for it"),
    "_return_code": Hook(App, "an error is exit status 1"),
    # terminal_driver.py, terminal_input.py: what a terminal may send or do does not end the program
    "textual._xterm_parser.XTermParser": Hook(XTermParser, "a paste with an escape presses no keys", BYTES),
    "_sigcont_application": Hook(LinuxDriver, "paint anew after fg and after kill -STOP", parameters="self _"),
    "_auto_restart": Hook(Driver, "paint anew after fg"),
    "_app": Hook(Driver, "paint anew after fg"),
    "_patch_lflag": Hook(LinuxDriver, "take back a terminal that a shell has changed", parameters="attrs"),
    "_patch_iflag": Hook(LinuxDriver, "take back a terminal that a shell has changed", parameters="attrs"),
    "_enable_mouse_support": Hook(LinuxDriver, "take back a terminal", parameters="self"),
    "_enable_bracketed_paste": Hook(LinuxDriver, "take back a terminal", parameters="self"),
    "_disable_line_wrap": Hook(LinuxDriver, "take back a terminal", parameters="self"),
    "_key_thread": Hook(LinuxDriver, "whether the terminal was taken at all"),
    "_get_terminal_size": Hook(LinuxDriver, "a terminal of no or of a million columns", parameters="self"),
    "_debug": Hook(Driver, "what Textual's parser is made with", BYTES),
}
"""By name; those with an issue go when Textual has mended it."""


class Use(NamedTuple):
    """A private name and the file that uses it."""

    name: str
    file: str


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def attributes(node: ast.AST, *, stored_only: bool = False) -> Iterator[tuple[str, bool]]:
    """Private attributes that are used, and whether of `self`, `cls` or `super()`."""
    for found in ast.walk(node):
        if isinstance(found, ast.Attribute) and is_private(found.attr):
            if stored_only and not isinstance(found.ctx, ast.Store):
                continue
            base = found.value
            is_super = isinstance(base, ast.Call) and isinstance(base.func, ast.Name) and base.func.id == "super"
            yield found.attr, is_super or (isinstance(base, ast.Name) and base.id in ("self", "cls"))


def methods(node: ast.AST) -> Iterator[str]:
    for found in ast.walk(node):
        if isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef) and is_private(found.name):
            yield found.name


@cache
def tree_of(file: str) -> ast.Module:
    return ast.parse(Path(file).read_text(encoding="utf-8"))


@cache
def classes_in(file: str) -> dict[str, ast.ClassDef]:
    """The classes of a module, by qualified name; those inside functions are left out."""
    found: dict[str, ast.ClassDef] = {}

    def look(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                found[f"{prefix}{node.name}"] = node
                look(node.body, f"{prefix}{node.name}.")

    look(tree_of(file).body, "")
    return found


@cache
def source_of(class_: type) -> ast.AST:
    try:
        return classes_in(inspect.getfile(class_)).get(class_.__qualname__, ast.Module([], []))
    except TypeError:  # built in
        return ast.Module([], [])


@cache
def own_private(class_: type) -> frozenset[str]:
    """Private names that a class of a library defines: its methods, and what it stores in `self`."""
    node = source_of(class_)
    stored = {name for name, is_own in attributes(node, stored_only=True) if is_own}
    return frozenset({*methods(node), *stored})


def is_theirs(class_: type) -> bool:
    return class_.__module__.split(".")[0] in LIBRARIES


def our_classes() -> Iterator[type]:
    for module in pkgutil.walk_packages(dsqltui.ui.__path__, "dsqltui.ui."):
        for value in vars(importlib.import_module(module.name)).values():
            if inspect.isclass(value) and value.__module__ == module.name:
                yield value


def uses_of_self() -> Iterator[Use]:
    """What our classes override, call or store of the private names of the library's classes they stand on."""
    theirs: defaultdict[type, set[str]] = defaultdict(set)
    for class_ in our_classes():
        below = {name for base in class_.__mro__ if is_theirs(base) for name in own_private(base)}
        for base in class_.__mro__:  # a mixin stands on what it is mixed with
            if base.__module__.startswith("dsqltui.ui"):
                theirs[base] |= below
    for class_, names in theirs.items():
        node = source_of(class_)
        used = {*methods(node), *(name for name, is_own in attributes(node) if is_own)}
        file = Path(inspect.getfile(class_)).relative_to(UI).as_posix()
        yield from (Use(name, file) for name in used & names)


@cache
def all_private() -> frozenset[str]:
    """Every private name in Textual's source."""
    files = Path(inspect.getfile(textual)).parent.rglob("*.py")
    return frozenset(name for path in files for name in PRIVATE.findall(path.read_text(encoding="utf-8")))


def uses_of_others() -> Iterator[Use]:
    """Private names of other objects, and what is imported from private modules."""
    for path in UI.rglob("*.py"):
        file, node = path.relative_to(UI).as_posix(), tree_of(str(path))
        yield from (Use(name, file) for name, is_own in attributes(node) if not is_own and name in all_private())
        for found in ast.walk(node):
            if isinstance(found, ast.ImportFrom) and (found.module or "").split(".")[0] in LIBRARIES:
                is_module = any(is_private(part) for part in (found.module or "").split("."))
                names = [name.name for name in found.names if is_module or is_private(name.name)]
                yield from (Use(f"{found.module}.{name}", file) for name in names)


@cache
def uses() -> frozenset[Use]:
    return frozenset({*uses_of_self(), *uses_of_others()})


def test_every_private_hook_stands_in_its_room() -> None:
    assert not [use for use in uses() if not use.file.startswith("textual_patches/")]


def test_every_private_hook_has_its_reason() -> None:
    assert {use.name for use in uses()} == set(HOOKS)
    assert all(hook.reason and hook.upstream for hook in HOOKS.values())


@pytest.mark.parametrize("name", [name for name, hook in HOOKS.items() if hook.parameters is not None])
def test_the_private_method_is_still_called_so(name: str) -> None:
    hook = HOOKS[name]
    assert " ".join(inspect.signature(getattr(hook.owner, name)).parameters) == hook.parameters


@pytest.mark.parametrize("name", [name for name, hook in HOOKS.items() if hook.parameters is None and "." not in name])
def test_the_private_attribute_is_still_there(name: str) -> None:
    owner = HOOKS[name].owner
    if isinstance(owner, ModuleType):
        assert hasattr(owner, name)
        return
    annotated = {found.attr for found in ast.walk(source_of(owner)) if isinstance(found, ast.Attribute)}
    assert name in annotated | set(vars(owner))


async def test_a_console_runs_on_them() -> None:
    async with console() as it:
        it.pane_a.editor.forget_painted_lines()
        assert it.pane_a.editor.cursor_cell() == (0, 0)
        await it.pilot.press("x", "ctrl+z")
        assert it.pane_a.editor.text == ""
