"""Project, report and agreement files (TOML or JSON) to models and back, with every problem named by file and place."""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ka2budget.catalogue import rules_for
from ka2budget.errors import NotAllowed, Problem, Unreadable
from ka2budget.finding import Finding, Severity
from ka2budget.model import (
    COUNTRY_PATTERN,
    EMAIL_PATTERN,
    HEADING_PATTERN,
    ID_PATTERN,
    LINE_PATTERN,
    MOST_EUR,
    TEXT_PATTERN,
    Model,
)
from ka2budget.package import Package, open_package, package_of, read_bounded
from ka2budget.project import Project
from ka2budget.text import LANGUAGES, Phrase, Word, message, phrase, translate

if TYPE_CHECKING:
    from ka2budget.report import Report

MOST_BYTES = 5_000_000
"""A larger file is not read; a project of 150 partners and 500 activities has a tenth of it."""

_FORM = ".xlsx"
_OTHER_WORKBOOKS = frozenset({".xls", ".xlsm", ".xlsb", ".ods", ".numbers"})
_OF_A_PART = re.compile(
    r"/(partners|units|real_costs)/\d+|/work_packages/\d+/(costs|depreciation|shares)/|/activities/\d+/shares/"
)
_LONGEST_WHOLE = 20  # digits of a whole number; no field takes as many
_LONGEST_VALUE = 40  # of what a file held, in a sentence about it

_WANTED = {
    COUNTRY_PATTERN: message("{value} is not a country code; it is two capital letters, such as PL"),
    EMAIL_PATTERN: message("{value} is not an e-mail address such as office@example.org"),
    HEADING_PATTERN: message(
        "{value} is not a heading such as project-management: small letters, digits and dashes, up to 40"
    ),
    ID_PATTERN: message(
        "{value} is not an id such as P1: up to 20 letters, digits, dots, dashes, underscores; the first no sign"
    ),
    LINE_PATTERN: message("{value} is not text on one line; it has control characters, or nothing but blanks"),
    TEXT_PATTERN: message("{value} is not text; it has control characters, or nothing but blanks"),
}

_KINDS = {
    "Project": message("project file"),
    "Report": message("report file"),
    "Agreement": message("grant agreement file"),
}
_TOLD = {
    "missing": message("is missing"),
    "model_type": message("should be a table of keys"),
    "dict_type": message("should be a table of keys"),
    "tuple_type": message("should be a list, not {value}"),
    "too_short": message("has {actual_length} entries; there have to be at least {min_length}"),
    "too_long": message("has {actual_length} entries; there have to be at most {max_length}"),
    "greater_than_equal": message("should be {ge} or more, not {value}"),
    "less_than_equal": message("should be {le} or less, not {value}"),
    "int_type": message("should be a whole number, not {value}"),
    "bool_type": message("should be true or false, not {value}"),
    "string_type": message("should be text in quotation marks, not {value}"),
    "string_too_long": message("should have at most {max_length} characters, not {value}"),
    "enum": message("should be {expected}, not {value}"),
    "literal_error": message("should be {expected}, not {value}"),
}
"""What the validator finds, in our words."""

_SEVERITIES = {
    Severity.ERROR: message("error"),
    Severity.WARNING: message("warning"),
    Severity.INFO: message("info"),
}

_M = TypeVar("_M", bound=Model)


def read(path: Path, model: type[_M]) -> _M:
    """Return the model a TOML or JSON file or an Excel form holds; raise Unreadable with every problem of the file."""
    if path.suffix.lower() == _FORM:
        return _read_form(open_package(path), model)
    return read_bytes(read_bounded(path, MOST_BYTES), path, model)


def read_bytes(content: bytes, path: Path, model: type[_M]) -> _M:
    """Return the model of a file's content; the path says by its ending what it is, and names it in errors."""
    if path.suffix.lower() == _FORM:
        return _read_form(package_of(content, path), model)
    tables = _tables(content, path)
    try:
        return model.model_validate(tables)
    except ValidationError as error:
        problems = _problems(error, model, tables, path)
    except RecursionError:
        _refuse(path, "the file is nested too deeply")
    raise Unreadable(path, problems)


def from_tables(tables: Mapping[str, Any], path: Path, model: type[_M]) -> _M:
    """Return the model of tables; raise Unreadable, which names them by a path, with every problem."""
    try:
        return model.model_validate(tables)
    except ValidationError as error:
        raise Unreadable(path, _problems(error, model, tables, path)) from None


def _read_form(package: Package, model: type[_M]) -> _M:
    from ka2budget.form.filled import FilledProject, FilledReport, cell_of  # noqa: PLC0415 - only where a form is read
    from ka2budget.form.reading import EMPTY, read_form  # noqa: PLC0415
    from ka2budget.form.shape import SHAPES  # noqa: PLC0415

    kind = Word(_KINDS.get(model.__name__, model.__name__))
    wanted = next((name for name, one in SHAPES.items() if issubclass(one, model)), None)
    if wanted is None:
        _refuse(package.path, "the file is a workbook; the {kind} is .toml or .json", kind=kind)
    form = read_form(package, wanted)
    if not issubclass(form.shape.model, model):
        title = Word(form.shape.words.title)
        _refuse(package.path, "the file is another kind of form: {title}; needed is a {kind}", title=title, kind=kind)
    problems = list(form.problems)
    try:
        content = form.shape.model.model_validate(form.tables)
    except ValidationError as error:
        for one in error.errors(include_url=False):
            where = pointer(place for place in one["loc"] if place != "[key]")
            if where not in form.failed:
                said = EMPTY if one["type"] == "missing" else _message(one, form.shape.model)
                problems.append(Problem(cell_of(where, form.cells), said, where))
    if problems:
        raise Unreadable(package.path, form.in_order(problems))
    if isinstance(content, Project):
        return cast("_M", FilledProject.of(content, form.cells, form.notices, form.part, form.made_from))
    return cast("_M", FilledReport.of(cast("Report", content), form.cells, form.notices, form.about))


def _problems(error: ValidationError, model: type[Model], tables: Mapping[str, Any], path: Path) -> list[Problem]:
    unknown = [name for name in tables if name not in model.model_fields]
    if len(unknown) > len(tables) - len(unknown):
        _refuse(
            path,
            "the file does not look like a {kind}, which has keys such as {keys}",
            kind=Word(_KINDS.get(model.__name__, model.__name__)), keys=tuple(model.model_fields),
        )  # fmt: skip
    details = error.errors(include_url=False)
    told = [one for one in details if not _follows_from_another(one, details)]
    try:
        return [_problem(one, model, tables) for one in told]
    except RecursionError:
        _refuse(path, "the file is nested too deeply")


def write(model: Model, path: Path) -> bytes:
    """Return the content of a TOML or JSON file or an Excel form, as the path's ending says, of the same model.

    Raises NotAllowed for another ending, and where a form could not hold the project.
    """
    if path.suffix.lower() == _FORM and isinstance(model, Project):
        from ka2budget.form.writing import project_form  # noqa: PLC0415 - only where a form is written

        language = model.language if model.language in LANGUAGES else "en"
        return project_form(model, rules_for(model.action, model.call), language=language or "en")
    tables = model.model_dump(exclude_defaults=True, mode="python")
    ending = path.suffix.lower()
    if ending == ".json":
        return (json.dumps(tables, indent=2, ensure_ascii=False, default=_json) + "\n").encode()
    if ending == ".toml":
        import tomli_w  # noqa: PLC0415 - only where TOML is written

        return tomli_w.dumps(_toml(tables)).encode()
    raise NotAllowed("{file}: error: files are written as .toml or .json, projects as .xlsx too", file=path)


def _tables(content: bytes, path: Path) -> dict[str, Any]:
    ending = path.suffix.lower()
    if ending not in {".toml", ".json"}:
        if ending in _OTHER_WORKBOOKS:
            _refuse(path, "the file is a workbook of another kind; save it as an Excel workbook (.xlsx)")
        _refuse(path, "the file is neither .toml nor .json, nor a form (.xlsx); its ending has to say which it is")
    if not content.strip():
        _refuse(path, "the file is empty; 'ka2budget new' writes a starter file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _refuse(path, "the file is not UTF-8 text (byte {place}); save it as UTF-8", place=error.start)
    try:
        if ending == ".toml":
            return tomllib.loads(text, parse_float=Decimal)
        tables = json.loads(text, parse_float=_number, parse_constant=_no_constant, object_pairs_hook=_no_duplicates)
    except RecursionError:
        _refuse(path, "the file is nested too deeply")
    except (ValueError, ArithmeticError) as error:
        reason = phrase("a number is too large") if isinstance(error, ArithmeticError) else error
        _refuse(path, "the file is not well-formed {format}: {reason}", format=ending[1:].upper(), reason=reason)
    if not isinstance(tables, dict):
        _refuse(path, "the file has to hold one JSON object")
    return tables


def _number(written: str) -> Decimal | int:
    """Return a number of JSON, to which 36.0 is as whole as 36."""
    number = Decimal(written)
    is_small = number.adjusted() < _LONGEST_WHOLE
    return int(number) if is_small and number == number.to_integral_value() else number


def _refuse(path: Path, template: str, **values: object) -> NoReturn:
    raise Unreadable(path, [Problem("/", phrase(template, **values))]) from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(phrase("{name} is not a number of JSON", name=name))


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise ValueError(phrase("the key {key!r} is given twice", key=twice))
    return table


def pointer(places: Iterable[str | int]) -> str:
    """Return the JSON pointer (RFC 6901) to a place."""
    return "/" + "/".join(str(place).replace("~", "~0").replace("/", "~1") for place in places)


def _follows_from_another(details: ErrorDetails, others: Sequence[ErrorDetails]) -> bool:
    """Return whether a table is too short only because its entries could not be read."""
    places = details["loc"]
    return details["type"] == "too_short" and any(
        one["loc"][: len(places)] == places for one in others if one is not details
    )


def _problem(details: ErrorDetails, model: type[Model], tables: Mapping[str, Any]) -> Problem:
    places = tuple(place for place in details["loc"] if place != "[key]")
    where = pointer(places)
    return Problem(readable(where, tables), _message(details, model), where)


def _message(details: ErrorDetails, model: type[Model]) -> Phrase | str:
    places = tuple(place for place in details["loc"] if place != "[key]")
    kind, value, context = details["type"], _short(details.get("input")), details.get("ctx", {})
    if kind in _TOLD:
        return phrase(_TOLD[kind], value=value, **{name: one for name, one in context.items() if name != "error"})
    if kind == "extra_forbidden":
        import difflib  # noqa: PLC0415 - only where a key was mistyped

        similar = difflib.get_close_matches(str(places[-1]), _fields(model, places[:-1]), 1)
        return (
            phrase("is not a known key; did you mean {key!r}?", key=similar[0])
            if similar
            else phrase("is not a known key")
        )
    if kind == "string_pattern_mismatch":
        return phrase(_WANTED[context["pattern"]], value=value)
    if kind == "value_error":
        said = context["error"].args[0]
        return said if isinstance(said, Phrase) else str(said)
    return f"{details['msg'][0].lower()}{details['msg'][1:]}, not {value}"


def _short(value: object) -> str:
    if isinstance(value, int) and abs(value) > MOST_EUR**2:
        return "that number"  # Python does not print the largest ones
    text = repr(value) if not isinstance(value, Decimal) else str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."


def _fields(model: type[Model], places: tuple[str | int, ...]) -> list[str]:
    """Return the fields a table at that place may have."""
    found: Any = model
    for place in places:
        if isinstance(place, str):
            field = found.model_fields.get(place)
            inner = [one for one in types_in(field.annotation if field else None) if issubclass(one, Model)]
            if not inner:
                return []
            found = inner[0]
    return list(found.model_fields)


def types_in(annotation: Any) -> list[type]:  # noqa: ANN401
    """Return the classes an annotation is made of, such as those of a tuple or a choice."""
    if isinstance(annotation, type):
        return [annotation]
    return [one for argument in getattr(annotation, "__args__", ()) for one in types_in(argument)]


def readable(where: str, tables: Mapping[str, Any]) -> str:
    """Return a JSON pointer with the ids of the tables in place of their numbers, where they have one."""
    found: Any = tables
    names = []
    for place in where.split("/")[1:]:
        if isinstance(found, (list, tuple)) and place.isdigit() and int(place) < len(found):
            found = found[int(place)]
            name = found.get("id") if isinstance(found, dict) else None
            names.append(name if isinstance(name, str) and name else place)
        else:
            found = found.get(place) if isinstance(found, dict) else None
            names.append(place)
    return "/" + "/".join(names)


def place(where: str, content: Model, tables: Mapping[str, Any]) -> str:
    """Return a JSON pointer as the reader of the file finds it: the cell of a form, else the pointer with ids."""
    cells: dict[str, str] | None = getattr(content, "cells", None)
    if cells is None:
        return readable(where, tables)
    from ka2budget.form.filled import cell_of  # noqa: PLC0415 - only where a form was read

    return cell_of(where, cells)


def notices(content: Model) -> tuple[Finding, ...]:
    """Return what was found while a form was read; nothing of other files."""
    found: tuple[Finding, ...] = getattr(content, "notices", ())
    return found


def part_of(content: Model) -> str | None:
    """Return the partner whose part alone was read from a form; None where it is the whole."""
    found: str | None = getattr(content, "part", None)
    return found


def about(content: Model) -> Mapping[str, str]:
    """Return what the form of a report shows of the project it was made for; nothing of other files."""
    found: Mapping[str, str] = getattr(content, "about", {})
    return found


def concerns_part(where: str) -> bool:
    """Return whether a finding at a JSON pointer is about what one partner enters, not about the whole."""
    return _OF_A_PART.match(where) is not None


def finding_lines(file: str | Path, content: Model, findings: Iterable[Finding], language: str = "en") -> Iterator[str]:
    """Yield ``file:place: severity: message [code; source]`` per finding, the place by the ids that the file gives."""
    tables = content.model_dump()
    for finding in findings:
        source = f"; {finding.source}" if finding.source else ""
        where = place(finding.where, content, tables)
        yield f"{file}:{where}: {severity(finding, language)}: {finding.say(language)} [{finding.code}{source}]"


def severity(finding: Finding, language: str = "en") -> str:
    """Return how grave a finding is, in a language."""
    return translate(_SEVERITIES[finding.severity], language)


def _json(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value:.2f}" if value.as_tuple().exponent == -2 else str(value)  # noqa: PLR2004 - cents
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _toml(value: Any) -> Any:  # noqa: ANN401
    """Write whole amounts as whole numbers, as people do."""
    if isinstance(value, dict):
        return {name: _toml(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, (list, tuple)):
        return [_toml(inner) for inner in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else value
    return str(value) if isinstance(value, str) else value
