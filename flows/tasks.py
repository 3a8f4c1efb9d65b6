"""The tasks that more than one flow has; each is one of the steps, with what Prefect should do when it fails."""

from datetime import UTC, date, datetime
from pathlib import Path

from flows.run import inside, outside
from ka2budget import steps
from ka2budget.agreement import Agreement
from ka2budget.dates import day_of
from ka2budget.errors import NotAllowed
from ka2budget.project import Project


@outside("read project")
def read_project(file: str) -> Project:
    """Return the project of a file; raise Unreadable with every problem."""
    return steps.read_project(Path(file))


@outside("read agreement")
def read_agreement(file: str) -> Agreement | None:
    """Return the agreement of a file; raise Unreadable with every problem."""
    return steps.read_agreement(Path(file))


@inside("calculate and check")
def examine(project: Project) -> steps.Examined:
    """Return the budget of a project with all findings; raise NoSuchAction or NoSuchCall where it has no rules."""
    return steps.examine(project)


def the_day(today: str | None) -> date:
    """Return the day a file is made on: as given, such as 2026-09-01, else today in Brussels.

    Raises NotAllowed where it is no date.
    """
    if today is None:
        return day_of(datetime.now(UTC))
    try:
        return date.fromisoformat(today)
    except ValueError:
        raise NotAllowed("today: error: {today!r} is not a date, written like 2026-09-01", today=today[:30]) from None
