"""Drafts on both databases: every version as typed, undo and redo, and nothing overwritten unseen."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from ka2budget.store import Store, drafts

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIRST = {"action": "KA220-ADU", "title": "Łódź", "months": "twenty", "partners": [{"id": "P1", "name": ""}]}


def titled(title: str) -> dict[str, object]:
    return {**FIRST, "title": title}


def test_a_draft_is_kept_as_typed_also_by_the_next_process(store: Store, store_url: str) -> None:
    name = drafts.create(store, FIRST, NOW)
    with closing(Store.open(store_url)) as again:
        assert drafts.read(again, name) == drafts.Draft(name, 1, NOW, FIRST, None, None)


def test_ids_cannot_be_guessed(store: Store) -> None:
    names = {drafts.create(store, FIRST, NOW) for _ in range(20)}
    assert len(names) == 20
    assert min(map(len, names)) >= 32


def test_undo_and_redo_go_along_the_versions(store: Store) -> None:
    name = drafts.create(store, titled("one"), NOW)
    drafts.save(store, name, 1, titled("two"), NOW)
    third = drafts.save(store, name, 2, titled("three"), NOW)
    assert (third.version, third.undoes, third.redoes) == (3, 2, None)
    assert drafts.undo(store, name, 3, NOW).tables == titled("two")
    first = drafts.undo(store, name, 2, NOW)
    assert (first.tables, first.undoes, first.redoes) == (titled("one"), None, 2)
    assert drafts.undo(store, name, 1, NOW) == first
    assert drafts.redo(store, name, 1, NOW).tables == titled("two")
    other = drafts.save(store, name, 2, titled("other"), NOW)
    assert (other.version, other.undoes, other.redoes) == (4, 2, None)
    assert drafts.undo(store, name, 4, NOW).redoes == 4


def test_what_is_the_same_makes_no_version(store: Store) -> None:
    name = drafts.create(store, FIRST, NOW)
    assert drafts.save(store, name, 1, FIRST, NOW + timedelta(1)) == drafts.read(store, name)
    assert drafts.read(store, name).version == 1


@pytest.mark.parametrize("change", ["save", "undo", "redo"])
def test_a_change_of_an_older_version_is_told(store: Store, change: str) -> None:
    name = drafts.create(store, titled("one"), NOW)
    second = drafts.save(store, name, 1, titled("two"), NOW)
    typed = [titled("mine")] if change == "save" else []
    with pytest.raises(drafts.Changed, match="changed in another window") as refusal:
        getattr(drafts, change)(store, name, 1, *typed, NOW)
    assert refusal.value.draft == drafts.read(store, name) == second


def test_the_oldest_versions_go_first(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "MOST_VERSIONS", 2)
    name = drafts.create(store, titled("0"), NOW)
    for number in range(1, 4):
        drafts.save(store, name, number, titled(str(number)), NOW)
    third = drafts.undo(store, name, 4, NOW)
    assert (third.tables, third.undoes) == (titled("2"), None)


def test_drafts_are_listed_by_their_last_change_and_deleted_whole(store: Store) -> None:
    older, newer = (drafts.create(store, titled(str(days)), NOW + timedelta(days)) for days in (0, 1))
    assert [one.id for one in drafts.every(store)] == [newer, older]
    drafts.save(store, older, 1, titled("again"), NOW + timedelta(2))
    assert [one.tables["title"] for one in drafts.every(store)] == ["again", "1"]
    drafts.remove(store, older)
    assert [one.id for one in drafts.every(store)] == [newer]
    for act in (drafts.read, drafts.remove):
        with pytest.raises(drafts.NoSuchDraft, match="it was deleted"):
            act(store, older)
