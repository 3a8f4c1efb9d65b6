"""Where the data lies, in a checkout and in an installed wheel, and how a file is written whole or not at all."""

import glob
import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ka2budget.errors import CannotWrite, NoSuchName, system_reason
from ka2budget.text import phrase

PACKAGE = Path(__file__).parent
CALLS = PACKAGE / "calls"

_ABANDONED = 3600
"""Age in seconds of a temporary file that nobody writes any more."""


def _data(name: str) -> Path:
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


SCHEMAS = _data("schemas")
TEMPLATES = _data("templates")


def named(folder: Path, name: str, suffix: str, kind: str) -> Path:
    """Return the file ``name`` of a data folder; raise NoSuchName, which lists the names there are."""
    names = sorted(path.name.removesuffix(suffix) for path in folder.glob(f"*{suffix}"))
    if name not in names:
        raise NoSuchName(kind, name, names)
    return folder / f"{name}{suffix}"


def store_of(environment: Mapping[str, str]) -> str:
    """Return the path or URL of the store: as KA2BUDGET_STORE says, else a file of the user's own."""
    if environment.get("KA2BUDGET_STORE"):
        return environment["KA2BUDGET_STORE"]
    if sys.platform == "win32":
        data = Path(environment.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        data = Path(environment.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return str(data / "ka2budget" / "grants.sqlite")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under a temporary name beside it, then rename it: there is never half a file.

    Raises CannotWrite where the place is missing, read-only or full; an existing file is then untouched.
    """
    try:
        place = path.resolve()
        if place.exists() and not place.is_file():
            raise CannotWrite(path, phrase("it is a directory") if place.is_dir() else phrase("it is not a file"))
        if place.exists() and not os.access(place, os.W_OK):
            raise CannotWrite(path, phrase("it is read-only"))
    except OSError as error:
        raise CannotWrite(path, system_reason(error)) from error
    temporary = place.with_name(f".{place.name[:100]}.{os.urandom(4).hex()}.part")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(place)
    except OSError as error:
        raise CannotWrite(path, system_reason(error)) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    _sweep(place)


def _sweep(place: Path) -> None:
    """Remove what processes that were killed left beside a file; of a young one the process may still be writing."""
    for one in place.parent.glob(f".{glob.escape(place.name[:100])}.????????.part"):
        with suppress(OSError):
            if time.time() - one.stat().st_mtime > _ABANDONED:
                one.unlink()
