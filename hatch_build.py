"""The build's own step: catalogues are compiled into the wheel, where they are read in a fiftieth of the time."""

from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileCatalogues(BuildHookInterface[Any]):
    """Compile every ``ka2budget/messages/*.po``; a checkout that is installed editable reads them as they are."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the compiled catalogues to the files of the wheel."""
        if version == "editable":
            return
        folder = Path(mkdtemp())
        for written in sorted((Path(self.root) / "ka2budget" / "messages").glob("*.po")):
            compiled = folder / f"{written.stem}.mo"
            with written.open("rb") as source, compiled.open("wb") as target:
                write_mo(target, read_po(source, locale=written.stem))
            build_data["force_include"][str(compiled)] = f"ka2budget/messages/{compiled.name}"
