"""A project or a report as people filled it in: the cell of every value, and what its reader has to know."""

from typing import Any

from pydantic import Field

from ka2budget.finding import Finding, info, warning
from ka2budget.model import Model
from ka2budget.project import Project
from ka2budget.report import Report

FORMULA = info(
    "form-formula",
    "{count} cells of this sheet hold a formula where a value belongs; the last result was taken: {cells}",
)
HIDDEN = info("form-hidden-sheet", "The sheet {sheet} is hidden; it was read like the others.")
NOT_READ = info("form-sheet-not-read", "The sheet {sheet} is none of the form's, so it was not read.")
BESIDE = warning("form-cells-not-read", "{count} cells were not read, because their columns have no label: {cells}")
DAY_FIRST = info("form-date-day-first", "{remark}.")
SUM_DIFFERS = warning("form-sum-differs", "The sum typed here is {typed}; what stands in the form makes {sum}.")
PART = info(
    "form-of-one-partner",
    "This form is the part of {partner} alone; what the whole needs can be judged once it is merged.",
)

OTHER_PROJECT = warning(
    "form-of-other-project", "The form of the report was made for the project {told}; this one is {title}."
)


class Filled(Model):
    """What a form says beside what it holds."""

    cells: dict[str, str] = Field(default_factory=dict, exclude=True, repr=False)
    """The sheet and cell of every place of what it holds, by JSON pointer."""
    notices: tuple[Finding, ...] = Field(default=(), exclude=True, repr=False)
    """What was found while reading, by JSON pointer or by the name of a sheet."""


class FilledProject(Filled, Project):
    """A project read from a form; but for where it stands there it is a project like any other."""

    part: str | None = Field(default=None, exclude=True, repr=False)
    """The partner whose part alone the form is for."""
    made_from: tuple[str, ...] = Field(default=(), exclude=True, repr=False)
    """The digests of the project the form was made from; nothing where the form does not say."""

    @classmethod
    def of(
        cls,
        project: Project,
        cells: dict[str, str],
        notices: tuple[Finding, ...] = (),
        part: str | None = None,
        made_from: tuple[str, ...] = (),
    ) -> "FilledProject":
        """Return a project with what its form says beside."""
        facts: dict[str, Any] = {"cells": cells, "notices": notices, "part": part, "made_from": made_from}
        return cls.model_construct(**_values(project, Project), **facts)

    @property
    def plain(self) -> Project:
        """The project without what the form says beside."""
        return Project.model_construct(**_values(self, Project))


class FilledReport(Filled, Report):
    """A report read from a form; but for where it stands there it is a report like any other."""

    about: dict[str, str] = Field(default_factory=dict, exclude=True, repr=False)
    """What its form was made for, as shown there: title, call and reference of the project."""

    @classmethod
    def of(
        cls,
        report: Report,
        cells: dict[str, str],
        notices: tuple[Finding, ...] = (),
        about: dict[str, str] | None = None,
    ) -> "FilledReport":
        """Return a report with what its form says beside."""
        facts: dict[str, Any] = {"cells": cells, "notices": notices, "about": about or {}}
        return cls.model_construct(**_values(report, Report), **facts)

    @property
    def plain(self) -> Report:
        """The report without what the form says beside."""
        return Report.model_construct(**_values(self, Report))


def _values(item: Model, model: type[Model]) -> dict[str, Any]:
    return {name: getattr(item, name) for name in model.model_fields}


def cell_of(where: str, cells: dict[str, str]) -> str:
    """Return the cell of a JSON pointer, else that of the nearest place above it, else the pointer."""
    place = where
    while place:
        if place in cells:
            return cells[place]
        place = place.rpartition("/")[0]
    return where
