"""What was asked for and is impossible: one class per case, which builds its own sentence."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

MOST_PROBLEMS = 200
"""More problems of one file than a reader goes through are counted, not printed."""


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a fault of the program
    """The base of all refusals; the ways in print its sentence and end with exit code 2."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how to make it again in another process, sentence and fields, whatever its class is built from."""
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[Refusal], args: tuple[Any, ...], fields: dict[str, Any]) -> Refusal:
    refusal = kind.__new__(kind, *args)
    refusal.args = args
    refusal.__dict__.update(fields)
    return refusal


class Problem(NamedTuple):
    """One thing that keeps a file from being read: the place as a JSON pointer, and what would be right."""

    where: str
    message: str


class Unreadable(Refusal):
    """A file could not be read; ``problems`` holds every reason that was found."""

    def __init__(self, file: str | Path, problems: Sequence[Problem]) -> None:
        self.file = str(file)
        self.problems = tuple(problems)
        lines = [f"{file}:{where}: error: {message}" for where, message in problems[:MOST_PROBLEMS]]
        if len(problems) > MOST_PROBLEMS:
            lines.append(f"{file}: and {len(problems) - MOST_PROBLEMS} problems more")
        super().__init__("\n".join(lines))


class CannotWrite(Refusal):
    """A file could not be written; what stood there before is untouched."""

    def __init__(self, file: str | Path, reason: str) -> None:
        super().__init__(f"{file}: error: cannot be written: {reason}; nothing was changed")


class NoSuchAction(Refusal):
    """A code that no call knows."""

    def __init__(self, code: str, similar: Sequence[str]) -> None:
        hint = f"did you mean {' or '.join(similar)}?" if similar else "'ka2budget actions' lists the codes"
        super().__init__(f"There is no action {code!r}; {hint}")


class NoSuchCall(Refusal):
    """An action that was not called, or is not known, in that year."""

    def __init__(self, code: str, call: int, calls: Sequence[int]) -> None:
        years = ", ".join(map(str, calls))
        super().__init__(f"The catalogue has no rules of {code} for call {call}; it has them for {years}")


class NoSuchRule(Refusal):
    """A rule that this call does not have."""

    def __init__(self, path: str, file: str, names: Sequence[str]) -> None:
        super().__init__(f"There is no rule {path!r} in calls/{file}; the names there are: {', '.join(names)}")


class NotKnown(Refusal):
    """A figure of a call that was found in no document."""

    def __init__(self, path: str, call: int, known: str) -> None:
        super().__init__(f"{path} of call {call} was found in no document. {known}")


class NoGrant(Refusal):
    """Something of Key Action 2 that gives no grants."""

    def __init__(self, title: str, run_by: str, where: str) -> None:
        super().__init__(f"{title} gives no grants, so there is no budget to plan: it is run by {run_by}, see {where}")


class NoSuchName(Refusal):
    """A name that is not among those there are, such as a schema or a language."""

    def __init__(self, kind: str, name: str, names: Sequence[str]) -> None:
        super().__init__(f"There is no {kind} {name!r}; the names there are: {', '.join(names)}")


class NotAllowed(Refusal):
    """Something that the rules or the state of the file do not allow."""
