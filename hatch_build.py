"""The build's own step: catalogues are compiled into the wheel, where they are read in a fiftieth of the time."""

from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileCatalogues(BuildHookInterface[Any]):
    """Compile the catalogues below ``ka2budget/messages``; a checkout installed editable reads them as they are."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the compiled catalogues to the files of the wheel."""
        if version == "editable":
            return
        folder, root = Path(mkdtemp()), Path(self.root)
        for written in sorted((root / "ka2budget" / "messages").rglob("*.po")):
            place = written.relative_to(root).with_suffix(".mo")
            compiled = folder / place
            compiled.parent.mkdir(parents=True, exist_ok=True)
            with written.open("rb") as source, compiled.open("wb") as target:
                write_mo(target, read_po(source, locale=written.stem))
            build_data["force_include"][str(compiled)] = place.as_posix()
