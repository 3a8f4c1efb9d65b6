"""The messages of the product, and its catalogues: run it to take new messages into every catalogue.

What people read is written in English where it is used; a catalogue (``ka2budget/messages/<language>.po``) holds it
in one language more, and another one (``ka2budget/messages/calls/<language>.po``) what call files tell in sentences.
The messages are found here: in code by the functions that take them, in layouts and call files by key.
"""

import ast
import re
import string
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment
from jinja2.ext import extract_from_ast

from ka2budget.catalogue import Entry, rules_for
from ka2budget.catalogue import catalogue as catalogue_of_calls
from ka2budget.files import CALLS, TEMPLATES
from ka2budget.form.choices import worded
from ka2budget.project import Role
from ka2budget.rules.statements import stated
from ka2budget.text import CALL_MESSAGES, LANGUAGES, MESSAGES, Word, key_word

PACKAGE = MESSAGES.parent
FLOWS = PACKAGE.parent / "flows"
OTHERS = tuple(language for language in LANGUAGES if language != "en")
_FIRST = {
    "__init__",
    "NoSuchName",
    "NotAllowed",
    "message",
    "translate",
    "say",
    "words",
    "tell",
    "phrase",
    "Phrase",
    "Word",
}  # fmt: skip
_SECOND = {"Refused", "_refuse", "error", "warning", "info"}
_TITLES = {"print_table", "print_wrapped"}
_KEYS = {
    "title", "name", "label", "empty", "words", "row_label", "turned_label", "total_label", "sum_label", "note",
    "example", "intro", "how", "part", "part_list", "corner", "rows",
}  # fmt: skip
_KEYS_OF_CALLS = {"doubt", "note", "asks", "condition", "run_by", "version"}
_HEADER = """# The words of ka2budget in one language; 'make messages' takes in new messages and keeps translations.
# A comment "unchecked: English = translation" marks an official term that was not read in the language version of the
# model agreement or the Programme Guide."""


@cache
def messages() -> dict[str, set[str]]:
    """Return every message of code, layouts and names with the files it is used in."""
    found: dict[str, set[str]] = {}
    for path in (*sorted(PACKAGE.rglob("*.py")), *sorted(FLOWS.rglob("*.py"))):
        for text in _of_code(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(text, set()).add(path.relative_to(PACKAGE.parent).as_posix())
    for path in sorted((TEMPLATES / "pages").glob("*.html")):
        for text in _of_page(path.read_text(encoding="utf-8")):
            found.setdefault(text, set()).add(path.relative_to(TEMPLATES.parent).as_posix())
    for folder in (TEMPLATES / "annexes", TEMPLATES / "forms"):
        for path in sorted(folder.glob("*.toml")):
            for text in _of_tables(tomllib.loads(path.read_text(encoding="utf-8")), _KEYS):
                found.setdefault(text, set()).add(path.relative_to(TEMPLATES.parent).as_posix())
    for text in (*map(key_word, Role), *(text for entry in catalogue_of_calls() for text in _of_rules(entry))):
        found.setdefault(text, set()).add("ka2budget/calls")
    return {text: places for text, places in found.items() if len(re.findall("[A-Za-z]", _outside_braces(text))) > 1}


@cache
def sentences() -> dict[str, set[str]]:
    """Return what call files tell in sentences, with the calls they are used in."""
    found: dict[str, set[str]] = {}
    for path in sorted(CALLS.rglob("*.toml")):
        for text in _of_tables(tomllib.loads(path.read_text(encoding="utf-8")), _KEYS_OF_CALLS):
            found.setdefault(text, set()).add(path.parent.relative_to(PACKAGE.parent).as_posix())
    return found


CATALOGUES: dict[Path, Callable[[], dict[str, set[str]]]] = {MESSAGES: messages, CALL_MESSAGES: sentences}
"""The folders of the catalogues, and what is in them."""


def _outside_braces(text: str) -> str:
    return re.sub(r"\{[^}]*\}", "", text)


def _of_page(template: str) -> Iterator[str]:
    for _, _, said in extract_from_ast(Environment(autoescape=True).parse(template), {"say"}):
        texts = said if isinstance(said, tuple) else (said,)
        yield from (text for text in texts if text is not None)  # what stands in a variable is found where it is made


def _of_code(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and any(_name(one) in {"command", "group"} for one in node.decorator_list):
            yield ast.get_docstring(node) or ""
        elif isinstance(node, ast.Call):
            yield from _of_function_call(node)


def _of_function_call(node: ast.Call) -> Iterator[str]:
    name = _name(node)
    if isinstance(node.func, ast.Attribute) and _name(node.func.value) == "look":
        return  # the look of words is called by a name of ours, which nobody reads
    for keyword in node.keywords:
        if name in {"option", "group"} and keyword.arg in {"help", "epilog"}:
            yield from _texts(keyword.value)
    number = 1 if name in _SECOND else 0
    if name in _FIRST | _SECOND and len(node.args) > number:
        yield from _texts(node.args[number])
    elif name == "counted":
        for argument in node.args[1:]:
            yield from _texts(argument)
    elif name in _TITLES and node.args and isinstance(node.args[0], ast.List):
        for element in node.args[0].elts:
            yield from _texts(element)


def _name(node: ast.expr) -> str:
    """Return the name of what is called or decorates."""
    function = node.func if isinstance(node, ast.Call) else node
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


def _of_tables(value: Any, keys: set[str]) -> Iterator[str]:  # noqa: ANN401 - any part of a TOML file
    if isinstance(value, dict):
        for key, inner in value.items():
            texts = inner if isinstance(inner, list) else [inner]
            if key in keys and all(isinstance(one, str) for one in texts) and not _is_name(key, str(inner), value):
                yield from (one for one in texts if key != "example" or not one.isupper())
            elif key == "unknown" and isinstance(inner, dict):
                yield from inner.values()
            else:
                yield from _of_tables(inner, keys)
    elif isinstance(value, list):
        for inner in value:
            yield from _of_tables(inner, keys)


def _is_name(key: str, text: str, table: dict[str, Any]) -> bool:
    """Return whether ``name`` is what formulas call a thing, and not the name of a sheet."""
    is_sheet = "blocks" in table or "columns" in table
    return key == "name" and (not is_sheet or re.fullmatch("[a-z_]+", text) is not None)


def _of_rules(entry: Entry) -> Iterator[str]:
    """Yield the names that the rules of a call give, the words of their paths, and those for the keys in them."""
    rules = rules_for(entry.codes[0], entry.call)
    yield rules.title
    yield from (group.label for group in rules.country_groups.values())
    yield from (heading.label for heading in rules.headings.values())
    yield from rules.variants.values()
    yield from rules.award.criteria if rules.award else ()
    chosen = (one for name, one in worded(rules).items() if not name.endswith(("heading", "variant")))
    yield from (key_word(choice.value) for one in chosen for choice in one.choices)
    for path in (
        *(one.path for one in stated(rules)),
        *(one.path for one in rules.every_doubt),
        *(one.figure for one in rules.every_unknown),
    ):
        yield from (word for word in rules.in_words(path).values.values() if isinstance(word, Word))


def placeholders(text: str) -> list[str]:
    """Return the braces of a message, sorted."""
    return sorted(f"{name}:{spec}" for _, name, spec, _ in string.Formatter().parse(text) if name is not None)


def catalogue(folder: Path, language: str) -> Catalog:
    """Return the catalogue of a language in a folder, empty where there is none yet."""
    path = folder / f"{language}.po"
    if not path.exists():
        return Catalog(locale=language, project="ka2budget", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language, charset="utf-8")


def write(folder: Path, language: str, found: Catalog) -> None:
    """Write a catalogue, its messages sorted so that a change is a readable diff."""
    folder.mkdir(exist_ok=True)
    with (folder / f"{language}.po").open("wb") as file:
        write_po(file, found, width=0, sort_output=True, omit_header=False, ignore_obsolete=True)


def updated(folder: Path, language: str) -> Catalog:
    """Return a catalogue with every message of today and no other; translations are kept."""
    old, now = catalogue(folder, language), CATALOGUES[folder]()
    new = Catalog(
        locale=language,
        project="ka2budget",
        version="1",
        header_comment=_HEADER,
        last_translator="ka2budget",
        language_team="ka2budget",
        msgid_bugs_address="see the project's issues",
        charset="utf-8",
        revision_date=datetime(2026, 1, 1, tzinfo=UTC),
        creation_date=datetime(2026, 1, 1, tzinfo=UTC),
        fuzzy=False,
    )
    for text, places in now.items():
        entry = old.get(text)
        new.add(
            text,
            entry.string if entry else "",
            locations=[(place, None) for place in sorted(places)],
            user_comments=entry.user_comments if entry else (),
        )
    return new


if __name__ == "__main__":
    for folder in CATALOGUES:
        for language in OTHERS:
            found = updated(folder, language)
            missing = sum(not entry.string for entry in found if entry.id)
            write(folder, language, found)
            print(f"{folder.name}/{language}: {len(found)} messages, {missing} without translation")  # noqa: T201
