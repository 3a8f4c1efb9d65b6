"""The forms of several partners and the last version of the project -> one project, who changed what, and conflicts.

A conflict is never resolved: it is listed with all values and cells, and then there is no project.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ka2budget.form.changes import Change, differences, label, shown, told
from ka2budget.form.filled import FilledProject
from ka2budget.form.flat import digests
from ka2budget.form.shape import PARTNERS, tables
from ka2budget.form.slots import IS_THERE, Held, Slot, Slots, assembled, placed, slots_of
from ka2budget.project import Project
from ka2budget.text import Phrase, Word, phrase

_LAST = Word("the last version")


class Form(NamedTuple):
    """One form that came back."""

    file: str
    project: FilledProject


class Side(NamedTuple):
    """One side of a conflict: what is said, and where."""

    value: Phrase | str
    where: str


class Conflict(NamedTuple):
    """One place of which two say different things."""

    what: Phrase
    sides: tuple[Side, ...]


class Contribution(NamedTuple):
    """What one form brings."""

    file: str
    part: str | None
    changes: tuple[Change, ...]
    is_older: bool
    """Whether it was made from another version than the last."""


class Merged(NamedTuple):
    """What the forms make together."""

    tables: dict[str, Any]
    """The tables of the project file; only to be used without conflicts."""
    contributions: tuple[Contribution, ...]
    conflicts: tuple[Conflict, ...]


class _Part(NamedTuple):
    """A form with its places, and where it differs from the last version."""

    form: Form
    slots: Slots
    different: dict[Slot, tuple[Held | None, Held | None]]
    in_doubt: frozenset[Slot] = frozenset()
    """Differences of which nobody can tell who made them: both sides changed since the form was made."""
    is_older: bool = False


def merge(forms: Sequence[Form], base: Project | None) -> Merged:
    """Return what forms make of the last version of a project, or of nothing where there is none."""
    before = {} if base is None else slots_of(base)
    parts = [_part(form, before, base) for form in forms]
    conflicts = [*_twice(parts), *_partial(parts), *_foreign(parts), *_in_doubt(parts), *_among(parts, before)]
    after: dict[Slot, Held] = dict(before)
    for part in parts:
        for slot, (old, new) in part.different.items():
            if new is None:
                after.pop(slot, None)
            else:
                after[slot] = placed(new, old)
    conflicts += _lost(after)
    contributions = tuple(
        Contribution(
            one.form.file,
            one.form.project.part,
            tuple(told(one.different, one.form.project.cells, one.slots)),
            one.is_older,
        )
        for one in parts
    )
    return Merged(assembled(after), contributions, tuple(conflicts))


def _part(form: Form, before: Slots, base: Project | None) -> _Part:
    """Return where a form differs from the last version.

    Where that is another version than the form was made from, its digests tell who changed what: what the form left as
    it was is the last version's, what only the form changed is the form's, and what both changed is in doubt.
    """
    project, mine = form.project, form.project.part
    slots = slots_of(project.plain)
    different = differences(before, slots, mine)
    if base is None or len(project.made_from) != len(_DIGESTS):
        return _Part(form, slots, different)
    now, of_form = digests(base, mine), digests(project.plain, mine)
    was = project.made_from
    if now[0] == was[0]:
        return _Part(form, slots, different)
    in_doubt: set[Slot] = set()
    for is_own, number in ((True, 1), (False, 2)):
        some = {slot for slot in different if (mine is not None and slot.owner == mine) == is_own}
        if of_form[number] == was[number]:
            different = {slot: both for slot, both in different.items() if slot not in some}
        elif now[number] != was[number]:
            in_doubt |= some
    return _Part(form, slots, different, frozenset(in_doubt), is_older=True)


_DIGESTS = ("whole", "own", "others")


def _twice(parts: Sequence[_Part]) -> Iterator[Conflict]:
    """Yield partners of whom there are two forms."""
    names = [one.form.project.part for one in parts if one.form.project.part is not None]
    for name in dict.fromkeys(names):
        files = [one.form.file for one in parts if one.form.project.part == name]
        if len(files) > 1:
            what = phrase("{name} has {count} forms; give the one that counts", name=name, count=len(files))
            yield Conflict(what, tuple(Side(phrase("form of {name}", name=name), one) for one in files))


def _partial(parts: Sequence[_Part]) -> Iterator[Conflict]:
    """Yield forms that lack partners and do not say that they are a part: taken as they are, they would remove them."""
    for part in parts:
        project = part.form.project
        gone = [slot for slot, (_, new) in part.different.items() if _is_partner(slot) and new is None]
        if project.part is None and gone and (not project.made_from or len(project.partners) == 1):
            sides = tuple(Side(shown(slot, part.different[slot][0]), _LAST) for slot in gone)
            what = phrase(
                "{file} holds {there} alone and does not say 'Form of partner'; taken as the whole project it would"
                " remove {gone}",
                file=part.form.file, there=tuple(one.id for one in project.partners),
                gone=tuple(slot.row for slot in gone),
            )  # fmt: skip
            yield Conflict(what, sides)


def _is_partner(slot: Slot) -> bool:
    return slot.table == PARTNERS and slot.name == IS_THERE


def _foreign(parts: Sequence[_Part]) -> Iterator[Conflict]:
    """Yield what stands in the form of one partner and is another's."""
    for part in parts:
        mine = part.form.project.part
        for slot, (_, new) in part.different.items():
            is_another = mine is not None and slot.owner not in {None, mine}
            if is_another and new is not None and (slot.table != PARTNERS or slot.name == IS_THERE):
                what = phrase(
                    "{place} stands in the form of {partner} and is another's", place=label(slot), partner=mine
                )
                yield Conflict(what, (Side(shown(slot, new), _cell(part, new)),))


def _in_doubt(parts: Sequence[_Part]) -> Iterator[Conflict]:
    """Yield what was changed both in a form and, since it was made, in the last version."""
    for part in parts:
        for slot in (one for one in part.different if one in part.in_doubt):
            old, new = part.different[slot]
            yield Conflict(
                phrase("{place} may have been changed on both sides since the form was made", place=label(slot)),
                (Side(shown(slot, old), _LAST), Side(shown(slot, new), _cell(part, new))),
            )


def _among(parts: Sequence[_Part], before: Slots) -> Iterator[Conflict]:
    """Yield the places to which two forms give different values."""
    changed: dict[Slot, list[tuple[_Part, Held | None]]] = {}
    for part in parts:
        for slot, (_, new) in part.different.items():
            changed.setdefault(slot, []).append((part, new))
    for slot, versions in changed.items():
        first = versions[0][1]
        if all((new is None and first is None) or (new is not None and new.is_as(first)) for _, new in versions):
            continue
        sides = [Side(shown(slot, new), _cell(part, new)) for part, new in versions]
        if slot in before:
            sides.insert(0, Side(shown(slot, before[slot]), _LAST))
        yield Conflict(label(slot), tuple(sides))


def _lost(after: Slots) -> Iterator[Conflict]:
    """Yield what is part of a row that another form took out."""
    for slot, held in after.items():
        table = tables()[slot.table]
        parent = table.parent if table.is_matrix or "id" not in table.model.model_fields else None
        if parent is not None and Slot(parent, slot.row, IS_THERE) not in after:
            title = Word(tables()[parent].words.title)
            what = phrase(
                "{place} is left, but {row} is no longer among {title}", place=label(slot), row=slot.row, title=title
            )
            yield Conflict(what, (Side(shown(slot, held), Word("what the forms make together")),))


def _cell(part: _Part, held: Held | None) -> str:
    place = part.form.project.cells.get(held.where, "") if held is not None else ""
    return f"{part.form.file}:{place}" if place else part.form.file
