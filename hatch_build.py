"""The build's one step of its own: message catalogs compiled beside their sources, so that the wheel carries them."""

import importlib.util
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogHook(BuildHookInterface[Any]):
    """Of wheels, and of installing a checkout in place."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the .mo files; git does not know them, so the build is told to take them."""
        package = Path(self.root) / "src" / "dsqltui"
        spec = importlib.util.spec_from_file_location("po_files", package / "po_files.py")
        assert spec is not None
        assert spec.loader is not None
        po_files = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(po_files)
        for source in package.glob("locale/*/LC_MESSAGES/*.po"):
            source.with_suffix(".mo").write_bytes(po_files.compiled(source.read_text(encoding="utf-8")))
        build_data["artifacts"].append("src/dsqltui/locale/**/*.mo")
