"""Several processes at one store: one of them wins, the others are told, and nothing is lost or there twice."""

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, closing
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest
from postgresql import Server
from project_office import DAY, MENTOR, TODAY, Grant, append, standing

from ka2budget import registry
from ka2budget.event import Details
from ka2budget.lifecycle import EventKind
from ka2budget.registry import Draft
from ka2budget.store import AlreadyRegistered, Overtaken, Store
from ka2budget.store.outbox import Busy, alone

PROCESSES = 2
ROUNDS = 60

_meeting: Barrier


def _begin(meeting: Barrier) -> None:
    global _meeting  # noqa: PLW0603 - a barrier comes to a process only when that begins
    _meeting = meeting


Together = Callable[..., list[Any]]


@pytest.fixture(scope="module")
def together() -> Iterator[Together]:
    """Run a function in all processes at once and return what they answer."""
    context = multiprocessing.get_context("spawn")
    meeting = context.Barrier(PROCESSES, timeout=100)
    with ProcessPoolExecutor(PROCESSES, context, _begin, (meeting,)) as pool:

        def run(work: Callable[..., Any], *arguments: object) -> list[Any]:
            futures = [pool.submit(_met, work, name, *arguments) for name in range(PROCESSES)]
            return [future.result(120) for future in futures]

        yield run


def _met(work: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401
    _meeting.wait()  # neither process takes both
    return work(*arguments)


class _Meeting(Store):
    """A store into which both processes write at the same moment, after both have read."""

    def append(self, *arguments: Any) -> None:  # noqa: ANN401
        _meeting.wait()
        super().append(*arguments)


def _note(store: Store, why: str) -> int | None:
    """Record a note; return its number, None where somebody else was faster."""
    draft = Draft(EventKind.NOTE, TODAY, "Example", Details(), why)
    try:
        recorded = registry.record(store, "R1", draft, TODAY)
    except Overtaken:
        return None
    return recorded.event.number if recorded.is_new else 0


Answers = list[tuple[str, int | None]]


def _record_at_once(name: int, url: str) -> Answers:
    with closing(_Meeting.open(url)) as store:
        return [(why, _note(store, why)) for why in (f"Round {number} of {name}" for number in range(ROUNDS))]


def _record_freely(name: int, url: str) -> Answers:
    return _record(url, [f"Round {number} of {name}" for number in range(ROUNDS)])


def _record_the_same(_: int, url: str) -> Answers:
    return _record(url, [f"Round {number}" for number in range(ROUNDS)])


def _record(url: str, reasons: list[str]) -> Answers:
    answers = []
    with closing(Store.open(url)) as store:
        for why in reasons:
            _meeting.wait()
            answers.append((why, _note(store, why)))
    return answers


def demand_whole(store: Store, answers: Answers) -> None:
    """Assert that what was answered as recorded is there, once, under its number, and nothing else is."""
    events = store.events("R1")
    assert [one.number for one in events] == list(range(1, len(events) + 1))
    assert sorted((one.why, one.number) for one in events[1:]) == sorted(one for one in answers if one[1])
    assert registry.standings(store)[0].last == len(events)


def test_of_two_that_record_at_the_same_moment_one_wins_each_number(
    store: Store, store_url: str, together: Together
) -> None:
    Grant(store)
    rounds = list(zip(*together(_record_at_once, store_url), strict=True))
    for one, other in rounds:
        assert Counter([one[1] is None, other[1] is None]) == {True: 1, False: 1}
    demand_whole(store, [answer for both in rounds for answer in both])
    assert len(store.events("R1")) == 1 + ROUNDS


def test_of_two_that_record_freely_nothing_is_lost_or_there_twice(
    store: Store, store_url: str, together: Together
) -> None:
    Grant(store)
    answers = [answer for one in together(_record_freely, store_url) for answer in one]
    demand_whole(store, answers)
    assert len(store.events("R1")) > ROUNDS


def test_the_same_event_from_two_is_there_once(store: Store, store_url: str, together: Together) -> None:
    Grant(store)
    rounds = list(zip(*together(_record_the_same, store_url), strict=True))
    for one, other in rounds:
        assert sum(bool(number) for _, number in (one, other)) == 1
    demand_whole(store, [answer for both in rounds for answer in both])
    assert len({one.why for one in store.events("R1")}) == 1 + ROUNDS


def _register(name: int, url: str, references: list[str]) -> list[str]:
    """Register one project under the references, or the same one under names of our own; return which were new."""
    new = []
    with closing(_Meeting.open(url)) as store:
        for reference in references:
            try:
                registry.register(store, MENTOR, f"{name}", TODAY, None, reference.replace("*", str(name)))
            except AlreadyRegistered:
                continue
            new.append(reference.replace("*", str(name)))
    return new


def test_one_project_is_kept_once_by_two_that_register_it_at_the_same_moment(
    store_url: str, postgresql: Server, tmp_path: Path, together: Together
) -> None:
    for number in range(5):  # in one store the project is there from the first round on
        with ExitStack() as stack:
            url = str(tmp_path / f"{number}.sqlite")
            if "://" in store_url:
                url = stack.enter_context(postgresql.database())
            store = stack.enter_context(closing(Store.open(url)))
            assert together(_register, url, ["R*", "same"])[0][0] == "R0"
            assert store.references() == ("R0", "R1", "same")
            assert len({store.events(one)[0].document for one in store.references()}) == 1


def test_a_grant_is_registered_by_one_of_two(store: Store, store_url: str, together: Together) -> None:
    references = [f"R{number}" for number in range(10)]
    new = [reference for one in together(_register, store_url, references) for reference in one]
    assert (sorted(new), list(store.references())) == (references, references)


def _open(_: int, urls: list[str]) -> None:
    for url in urls:
        _meeting.wait()
        with closing(Store.open(url)) as store:
            assert store.references() == ()


def test_two_may_open_an_empty_store_at_once(
    store_url: str, postgresql: Server, tmp_path: Path, together: Together
) -> None:
    with ExitStack() as stack:
        urls = [str(tmp_path / f"{number}" / "grants.sqlite") for number in range(10)]
        if "://" in store_url:
            urls = [stack.enter_context(postgresql.database()) for _ in range(5)]
        assert together(_open, urls) == [None, None]
        for url in urls:
            with closing(Store.open(url)) as store:
                append(store, "R1", 1)


def _rebuild(name: int, url: str) -> None:
    with closing(Store.open(url)) as store:
        for number in range(ROUNDS):
            _meeting.wait()
            store.stand("R1", standing("R1", 1, f"{number}-{name}"), [])


def test_two_may_work_out_the_same_standing_at_once(store: Store, store_url: str, together: Together) -> None:
    append(store, "R1", 1)
    assert together(_rebuild, store_url) == [None, None]
    assert store.standings()[0].made_by in {f"{ROUNDS - 1}-{name}" for name in range(PROCESSES)}
    assert store.agenda(DAY) == ()


def _send_at_once(_: int, url: str) -> list[bool]:
    won = []
    with closing(Store.open(url)) as store:
        for _number in range(2000):
            _meeting.wait()
            try:
                with alone(store):
                    won.append(True)
                    _meeting.wait()  # held until the other one has tried
            except Busy:
                won.append(False)
                _meeting.wait()
    return won


def test_of_two_that_send_at_the_same_moment_one_may(store_url: str, together: Together) -> None:
    one, other = together(_send_at_once, store_url)
    assert [sum(pair) for pair in zip(one, other, strict=True)] == [1] * len(one)
