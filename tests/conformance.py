"""The conformance kit below schemas/conformance, made from the tables of conformance_table; run it to write it anew."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ka2budget import document, steps
from ka2budget.agreement import Agreement
from ka2budget.errors import Unreadable
from ka2budget.files import SCHEMAS
from ka2budget.report import Report
from ka2budget.rules import RulesFile

FOLDER = SCHEMAS / "conformance"
MANIFEST = FOLDER / "manifest.json"
READ: "dict[str, type[Report | Agreement | RulesFile]]" = {"report": Report, "agreement": Agreement, "rules": RulesFile}


class Instance(NamedTuple):
    """One file of the kit: what it holds, and what is to be said of it."""

    schema: str
    """Name of the schema in the manifest."""
    name: str
    """Name of the file, without folder and ending."""
    content: str
    reason: str
    schema_accepts: bool = True
    accepted: bool = True
    apart: str | None = None
    """Why the schema accepts what we refuse, by the name the manifest gives it."""
    about: str | None = None
    """The finding code for which the instance is there."""

    @property
    def file(self) -> str:
        folder = "valid" if self.accepted else "beyond-the-schema" if self.schema_accepts else "invalid"
        return f"{self.schema}/{folder}/{self.name}.json"


class Ours(NamedTuple):
    """What we say of a file: the codes of its findings, or the JSON pointers of what keeps it from being read."""

    accepted: bool
    codes: tuple[str, ...] = ()
    at: tuple[str, ...] = ()


def ours(path: Path, schema: str) -> Ours:
    """Read and check a file as the command line does."""
    try:
        if schema == "project":
            findings = steps.examine(steps.read_project(path)).budget.findings
            return Ours(accepted=True, codes=tuple(sorted({finding.code for finding in findings})))
        document.read(path, READ[schema])
    except Unreadable as refusal:
        return Ours(accepted=False, at=tuple(sorted({one.pointer or "" for one in refusal.problems})))
    return Ours(accepted=True)


def manifest(instances: list[Instance]) -> str:
    """Return the list of the instances; what our checks find is worked out, all else stands in the tables."""
    from conformance_table import APART, READING_SCHEMAS  # noqa: PLC0415 - it needs what is above

    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for one in instances:
            path = Path(folder) / "instance.json"
            path.write_bytes(one.content.encode())
            found = ours(path, one.schema)
            row: dict[str, Any] = {
                "file": one.file,
                "schema": one.schema,
                "schema_accepts": one.schema_accepts,
                "accepted": one.accepted,
                "reason": one.reason,
            }
            row |= {"apart": one.apart} if one.apart else {}
            row |= {"about": one.about} if one.about else {}
            row |= {"findings": found.codes} if one.schema == "project" and one.accepted else {}
            row |= {} if one.accepted or one.schema == "rules" else {"at": found.at}
            rows.append(row)
    head = {
        "version": 1,
        "schemas": {name: {"file": f"../{name}.schema.json"} for name in READING_SCHEMAS},
        "apart": APART,
    }
    listed = ",\n".join(f"    {json.dumps(row, ensure_ascii=False)}" for row in rows)
    return f'{json.dumps(head, indent=2, ensure_ascii=False)[:-2]},\n  "instances": [\n{listed}\n  ]\n}}\n'


def files() -> Iterator[tuple[Path, str]]:
    """Yield every file of the kit that is made, with what it should hold."""
    from conformance_table import instances  # noqa: PLC0415 - it needs what is above

    made = list(instances())
    yield MANIFEST, manifest(made)
    for one in made:
        yield FOLDER / one.file, one.content


def present() -> set[Path]:
    """Return the files of the kit that are there, without those people write."""
    return {path for name in (*READ, "project") for path in (FOLDER / name).rglob("*") if path.is_file()} | {MANIFEST}


if __name__ == "__main__":
    expected = dict(files())
    for path in present() - expected.keys():
        path.unlink()
    for path, content in expected.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode())
