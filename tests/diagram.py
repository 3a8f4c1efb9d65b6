"""The table of the life of a grant as a state diagram, for the documentation."""

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from ka2budget.lifecycle import BY_THEMSELVES, RUNNING, STATE_WORDS, TRANSITIONS, EventKind, State
from ka2budget.rules import GrantKind


def leading(kind: GrantKind) -> Iterator[tuple[State, EventKind, State]]:
    """Yield every step from one state to another that a kind of grant knows."""
    for (before, event), states in TRANSITIONS[kind].items():
        yield from ((before, event, after) for after in states if after is not before)


class _Box(NamedTuple):
    """States that the diagram draws in one box: what leads on from all of them leads on from the box."""

    name: str
    own: tuple[State, ...]
    inner: tuple["_Box", ...] = ()

    @property
    def states(self) -> frozenset[State]:
        return frozenset(self.own).union(*(box.states for box in self.inner))


_BOXES = (
    _Box(
        "under the agreement",
        (State.INTERIM, State.INTERIM_RETURNED, State.INTERIM_ACCEPTED),
        (_Box("running", RUNNING),),
    ),
    _Box("after the decision", (State.BALANCE, State.RECOVERY, State.CLOSED)),
)
PASSING = {State.INTERIM_ACCEPTED, State.DECIDED}
"""States that what follows from the amounts leads on from at once."""


def diagram(kind: GrantKind) -> str:
    """Return the table of one kind of grant as a state diagram in Mermaid's language; steps by themselves in brackets.

    Events that leave the state as it is are left out.
    """
    states = {state for before, _, after in leading(kind) for state in (before, after)}
    named = (f"    {_node(state)}: {STATE_WORDS[state]}" for state in State if state in states)
    boxes = (line for box in _BOXES for line in _drawn(box, "    "))
    return "\n".join(("stateDiagram-v2", *named, *boxes, *_arrows(kind))) + "\n"


def _drawn(box: _Box, indent: str) -> Iterator[str]:
    yield f'{indent}state "{box.name}" as {_node(box.name)} {{'
    for inner in box.inner:
        yield from _drawn(inner, f"{indent}    ")
    yield from (f"{indent}    {_node(state)}" for state in box.own)
    yield f"{indent}}}"


def _arrows(kind: GrantKind) -> Iterator[str]:
    steps: dict[tuple[EventKind, str], list[State]] = {}
    for (before, event), states in TRANSITIONS[kind].items():
        if states != (before,):
            steps.setdefault((event, _end(states)), []).append(before)
    arrows: dict[tuple[str, str], list[EventKind]] = {}
    for (event, after), starts in steps.items():
        for start in _starts(starts, after, _BOXES):
            arrows.setdefault((start, after), []).append(event)
    yield f"    [*] --> {_node(State.SELECTED)}"
    for (start, after), events in arrows.items():
        yield f"    {start} --> {_node(after)}: {_labels(events)}"
    yield f"    {_node(State.ARCHIVED)} --> [*]"


def _end(states: tuple[State, ...]) -> str:
    """Return where an arrow ends: at a state, or at the box of all that the grant may come back to."""
    return states[0] if len(states) == 1 else next(box.name for box in _BOXES if box.states - PASSING == {*states})


def _starts(states: Collection[State], after: str, boxes: Iterable[_Box]) -> Iterator[str]:
    """Yield where arrows from states to another one start: at a box where it leads on from all that is in it."""
    left = set(states)
    for box in boxes:
        if box.states - PASSING <= left and after not in box.states:
            yield _node(box.name)
        else:
            yield from _starts([state for state in states if state in box.states], after, box.inner)
        left -= box.states
    yield from (_node(state) for state in states if state in left)


def _node(name: str) -> str:
    return name.replace("-", "_").replace(" ", "_")


def _labels(events: Iterable[EventKind]) -> str:
    return ", ".join(f"({event})" if event in BY_THEMSELVES else event.value for event in events)
