"""What a check has to say: a code that stays stable, how grave it is, where, and what would be right."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import Field, FieldSerializationInfo, computed_field, field_serializer

from ka2budget.model import Model
from ka2budget.text import language_in, say


class Severity(StrEnum):
    """An error forbids the budget, a warning wants a second look, an info wants to be known."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Finding(Model):
    """One finding about one place of a file."""

    code: str
    """Stable name of the kind of finding."""
    severity: Severity
    """How grave it is."""
    where: str
    """JSON pointer to the place in the file."""
    source: str | None = None
    """Document and page of the rule."""
    template: str = Field(exclude=True)
    values: dict[str, Any] = Field(default_factory=dict, exclude=True)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def message(self) -> str:
        """What is wrong and what would be right, in English."""
        return self.say()

    @field_serializer("message")
    def _spelled(self, message: str, info: FieldSerializationInfo) -> str:
        language = language_in(info.context)
        return message if language == "en" else self.say(language)

    def say(self, language: str = "en") -> str:
        """Return the message with the numbers and dates of a language."""
        return say(self.template, language, **self.values)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding: every check declares its own, and the manual lists them all."""

    code: str
    severity: Severity
    template: str
    """The message; in braces what differs from finding to finding."""

    def at(self, where: str, source: str | None = None, **values: Any) -> Finding:  # noqa: ANN401
        """Return a finding of this kind about a place of the file."""
        return Finding.model_construct(
            code=self.code, severity=self.severity, where=where, source=source, template=self.template, values=values
        )


def error(code: str, template: str) -> Kind:
    """Declare a kind of finding that forbids the budget."""
    return Kind(code, Severity.ERROR, template)


def warning(code: str, template: str) -> Kind:
    """Declare a kind of finding that wants a second look."""
    return Kind(code, Severity.WARNING, template)


def info(code: str, template: str) -> Kind:
    """Declare a kind of finding that wants to be known."""
    return Kind(code, Severity.INFO, template)
