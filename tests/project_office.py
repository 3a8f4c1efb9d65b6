"""A project office as tests have it: a store, grants taken into it, and one line for every event."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from conftest import EXAMPLES

from ka2budget import __version__, document, registry, steps
from ka2budget.event import Details, Event
from ka2budget.lifecycle import EventKind, State
from ka2budget.model import Model
from ka2budget.plan import Plan
from ka2budget.project import Project
from ka2budget.registry import Draft, Recorded
from ka2budget.schedule import Due
from ka2budget.store import Document, Standing, Store
from ka2budget.text import phrase

MENTOR = EXAMPLES / "mentor-ka220.toml"
LETTERS = EXAMPLES / "letters-ka210.toml"
TODAY = date(2029, 6, 1)
"""A day after everything that the tests record."""

DAY = date(2026, 1, 2)
MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DUE = Due(key="report", date=DAY, what=phrase("Final report due"), reason=phrase("project file"))


@cache
def plan(example: Path = MENTOR) -> Plan:
    return steps.plan(steps.examine(steps.read_project(example)))


def entry(number: int, kind: EventKind = EventKind.NOTE, **more: Any) -> Event:  # noqa: ANN401 - values of any field
    """An event as the store keeps it; the first one registers."""
    details = Details(plan=plan()) if number == 1 else Details()
    kind = EventKind.REGISTERED if number == 1 else kind
    said = {"by": "Example", "why": f"Note {number}", "details": details} | more
    return Event(number=number, kind=kind, happened=DAY, recorded=MOMENT, **said)


def standing(reference: str, last: int, made_by: str = __version__) -> Standing:
    return Standing(
        last, made_by, reference, "MENTOR", "Example", "KA220-ADU", 2025, None, (), ((DAY, State.SELECTED),)
    )  # fmt: skip


def kept(content: bytes, name: str = "letter.pdf") -> Document:
    return Document(sha256(content).hexdigest(), name, content)


def append(store: Store, reference: str, number: int, documents: Sequence[Document] = (), **more: Any) -> Event:  # noqa: ANN401
    """Add one event to a grant and bring the lists up to date, as the register does."""
    event = entry(number, document=documents[0].digest if documents else None, **more)
    store.append(reference, [event], documents)
    store.stand(reference, standing(reference, number), [DUE])
    return event


def written(path: Path, model: Model | dict[str, Any], kind: type[Model] = Project) -> Path:
    """Return the path, at which a model now stands as a file."""
    made = document.from_tables(model, path, kind) if isinstance(model, dict) else model
    path.write_bytes(document.write(made, path))
    return path


class Grant:
    """One grant in a store, which is told what happens."""

    def __init__(self, store: Store, project: Path = MENTOR, reference: str = "R1", **more: Any) -> None:  # noqa: ANN401
        self.store, self.reference = store, reference
        _, self.registered = registry.register(store, project, "Example", TODAY, reference=reference, **more)

    def then(self, kind: str, day: str, *, document: Path | None = None, **more: Any) -> Recorded:  # noqa: ANN401
        """Record an event; what is no part of a draft is a detail of it."""
        draft = {name: more.pop(name) for name in ("agreement", "why", "corrects") if name in more}
        details = Details.model_validate(more)
        said = Draft(EventKind(kind), date.fromisoformat(day), "Example", details, document=document, **draft)
        return registry.record(self.store, self.reference, said, TODAY)

    def lived(self, *steps: tuple[str, str] | tuple[str, str, dict[str, Any]]) -> "Grant":
        """Record one event after the other."""
        for kind, day, *more in steps:
            self.then(kind, day, **(more[0] if more else {}))
        return self

    @property
    def numbers(self) -> list[int]:
        return [event.number for event in self.store.events(self.reference)]

    @property
    def state(self) -> State:
        return registry.look_up(self.store, self.reference, TODAY)[0].state


SIGNED = ("signed", "2025-10-01")
PAID = ("payment-received", "2025-10-28", {"amount": 200_000})
Registered = Callable[..., Grant]
