"""What was asked for and is impossible: one class per case, which builds its own sentence."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ka2budget.text import Phrase, Word, message, say

MOST_PROBLEMS = 200
"""More problems of one file than a reader goes through are counted, not printed."""


SYSTEM_REASONS = (
    message("no such file or directory"),
    message("permission denied"),
    message("not a directory"),
    message("is a directory"),
    message("file name too long"),
    message("no space left on device"),
    message("read-only file system"),
)
"""Why a system mostly cannot read or write a file, in its own words."""


def system_reason(error: OSError) -> Word:
    """Return why the system could not read or write a file."""
    return Word((error.strerror or str(error)).lower())


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a fault of the program
    """The base of all refusals; the ways in print its sentence and end with exit code 2."""

    may_pass: bool | None = None
    """Whether the same may be possible a little later, such as where a server does not answer; None: as the fault says
    that led to it."""

    def __init__(self, template: str, /, **values: Any) -> None:  # noqa: ANN401 - values of any field
        self.template, self.values = template, values
        super().__init__(template)

    def say(self, language: str = "en") -> str:
        """Return the sentence in a language."""
        return say(self.template, language, **self.values)

    def __str__(self) -> str:
        return self.say()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.say()!r})"  # logs of other programs show it

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how to make it again in another process, sentence and fields, whatever its class is built from."""
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[Refusal], args: tuple[Any, ...], fields: dict[str, Any]) -> Refusal:
    refusal = kind.__new__(kind, *args)
    refusal.args = args
    refusal.__dict__.update(fields)
    return refusal


class Problem(NamedTuple):
    """One thing that keeps a file from being read: where, and what would be right."""

    where: str
    """The place as people find it: a JSON pointer with ids in place of numbers, or a cell of a form."""
    message: Phrase | Refusal | str
    """A sentence of ours, or what a library says in its own words."""
    pointer: str | None = None
    """The place as programs find it: the JSON pointer (RFC 6901), where it is known."""


class Unreadable(Refusal):
    """A file could not be read; ``problems`` holds every reason that was found."""

    def __init__(self, file: str | Path, problems: Sequence[Problem]) -> None:
        self.file = str(file)
        self.problems = tuple(problems)
        super().__init__("{file} cannot be read", file=self.file)

    def say(self, language: str = "en") -> str:
        """Return a line for each problem, in a language."""
        lines = [
            say("{file}:{where}: error: {reason}", language, file=self.file, where=where, reason=reason)
            for where, reason, _ in self.problems[:MOST_PROBLEMS]
        ]
        if len(self.problems) > MOST_PROBLEMS:
            more = len(self.problems) - MOST_PROBLEMS
            lines.append(say("{file}: and {more} problems more", language, file=self.file, more=more))
        return "\n".join(lines)


class Several(Refusal):
    """Several refusals at once, a line or more for each."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        self.refusals = tuple(refusals)
        super().__init__("{count} things are wrong", count=len(self.refusals))

    def say(self, language: str = "en") -> str:
        """Return the lines of all, in a language."""
        return "\n".join(refusal.say(language) for refusal in self.refusals)


class CannotWrite(Refusal):
    """A file could not be written; what stood there before is untouched."""

    def __init__(self, file: str | Path, reason: Phrase | str) -> None:
        super().__init__("{file}: error: cannot be written: {reason}; nothing was changed", file=file, reason=reason)


class NoOutput(Refusal):
    """Standard output could not be written."""

    def __init__(self, error: OSError) -> None:
        super().__init__("standard output: error: cannot be written: {reason}", reason=system_reason(error))


class NoSuchAction(Refusal):
    """A code that no call knows."""

    def __init__(self, code: str, similar: Sequence[str]) -> None:
        super().__init__(
            "There is no action {code!r}; did you mean one of these: {similar}?"
            if similar
            else "There is no action {code!r}; 'ka2budget actions' lists the codes",
            code=code,
            similar=tuple(similar),
        )


class NoSuchCall(Refusal):
    """An action that was not called, or is not known, in that year."""

    def __init__(self, code: str, call: int, calls: Sequence[int]) -> None:
        super().__init__(
            "The catalogue has no rules of {code} for call {call}; it has them for {calls}",
            code=code, call=call, calls=tuple(calls),
        )  # fmt: skip


class NoSuchRule(Refusal):
    """A rule that this call does not have."""

    def __init__(self, path: str, file: str, names: Sequence[str]) -> None:
        super().__init__(
            "There is no rule {path!r} in calls/{file}; the names there are: {names}",
            path=path, file=file, names=tuple(names),
        )  # fmt: skip


class NotKnown(Refusal):
    """A figure of a call that was found in no document."""

    def __init__(self, path: str, call: int, known: Word) -> None:
        super().__init__("{path} of call {call} was found in no document. {known}", path=path, call=call, known=known)


class NoGrant(Refusal):
    """Something of Key Action 2 that gives no grants."""

    def __init__(self, title: str, run_by: Word, where: str) -> None:
        super().__init__(
            "{title} gives no grants, so there is no budget to plan: it is run by {run_by}, see {where}",
            title=title, run_by=run_by, where=where,
        )  # fmt: skip


class NoSuchName(Refusal):
    """A name that is not among those there are, such as a schema or a language."""

    def __init__(self, kind: str, name: str, names: Sequence[str]) -> None:
        super().__init__(
            "There is no {kind} {name!r}; the names there are: {names}", kind=Word(kind), name=name, names=tuple(names)
        )


class NotAllowed(Refusal):
    """Something that the rules or the state of the file do not allow."""
