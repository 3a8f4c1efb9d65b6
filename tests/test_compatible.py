"""Inside a version nothing that was right becomes wrong: the schemas against those released, and the checker itself."""

import copy
import json
from collections.abc import Callable, Iterator

import pytest
from compatible import KNOWN, RELEASED, Schema, breaks, released

from ka2budget.schema.making import PUBLISHED, schema

Change = Callable[[Schema], object]
PROJECT, BUDGET, AGREEMENT, LAYOUT = (schema(name) for name in ("project", "budget", "agreement", "layout"))


def words_of(part: object) -> Iterator[str]:
    """Yield the words of the language of schemas that a schema uses."""
    if isinstance(part, list):
        for one in part:
            yield from words_of(one)
    elif isinstance(part, dict):
        for key, one in part.items():
            yield key
            if key in {"properties", "$defs"}:
                for inner in one.values():
                    yield from words_of(inner)
            elif key not in {"examples", "default", "const"}:
                yield from words_of(one)


@pytest.mark.parametrize("name", PUBLISHED)
def test_no_schema_breaks_what_was_released_in_this_version(name: str) -> None:
    before = json.loads(released(name).read_text(encoding="utf-8"))
    found = breaks(before, schema(name), answer=PUBLISHED[name].mode == "serialization")
    assert [str(one) for one in found] == []


def test_every_released_schema_is_still_published() -> None:
    assert {path.name.partition(".")[0] for path in RELEASED.glob("*.json")} == set(PUBLISHED)


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_checker_knows_every_word_of_the_schemas(name: str) -> None:
    assert set(words_of(schema(name))) <= KNOWN


def field(body: Schema, place: str) -> Schema:
    table, _, name = place.rpartition(".")
    found: Schema = (body["$defs"][table] if table else body)["properties"][name]
    return found


def changed(body: Schema, change: Change) -> Schema:
    after = copy.deepcopy(body)
    change(after)
    assert after != body
    return after


def messages(before: Schema, after: Schema, *, answer: bool) -> list[str]:
    return [
        str(one).removesuffix("; this needs a new version of the schema")
        for one in breaks(before, after, answer=answer)
    ]


NARROWING: list[tuple[Schema, Change, str]] = [
    (PROJECT, lambda one: one["properties"].pop("acronym"), "/: the key 'acronym' is no longer allowed"),
    (
        PROJECT,
        lambda one: one["properties"]["months"].update({"not": {"const": 13}}),
        "/months: what is of {'const': 13} is no longer allowed",
    ),
    (PROJECT, lambda one: one["required"].append("acronym"), "/: the key 'acronym' is now required"),
    (
        PROJECT,
        lambda one: one["$defs"]["Partner"]["required"].append("city"),
        "/partners/0: the key 'city' is now required",
    ),
    (
        PROJECT,
        lambda one: one["$defs"]["Role"]["oneOf"].pop(),
        "/partners/0/role: the choice 'associated' is no longer allowed",
    ),
    (
        PROJECT,
        lambda one: field(one, "months").update(maximum=60),
        "/months: maximum 120, where 60 is the limit, is no longer allowed",
    ),
    (
        PROJECT,
        lambda one: field(one, "months").update(minimum=2),
        "/months: minimum 1, where 2 is the limit, is no longer allowed",
    ),
    (
        PROJECT,
        lambda one: field(one, "partners").update(minItems=2),
        "/partners: minItems 1, where 2 is the limit, is no longer allowed",
    ),
    (
        PROJECT,
        lambda one: one["$defs"]["money"]["anyOf"].pop(),
        "/estimated_cost: the choice string is no longer allowed",
    ),
    (
        PROJECT,
        lambda one: field(one, "acronym")["anyOf"].pop(),
        "/acronym: the type null is no longer allowed",
    ),
    (
        PROJECT,
        lambda one: field(one, "call").update(const=2026),
        "/call: anything but 2026 is no longer allowed",
    ),
    (
        AGREEMENT,
        lambda one: field(one, "weekends")["anyOf"][0]["oneOf"].pop(0),
        "/weekends: the choice 'as-printed' is no longer allowed",
    ),
]
REPLACING: list[tuple[Schema, Change, str]] = [
    (
        PROJECT,
        lambda one: one["$defs"]["id"].update(pattern="^[A-Z]+$"),
        "/partners/0/id: what is not of the pattern '^[A-Z]+$' is no longer allowed",
    ),
    (
        PROJECT,
        lambda one: one["$defs"]["id"].update({"not": {"pattern": "X"}}),
        "/partners/0/id: what is of {'pattern': 'X'} is no longer allowed",
    ),
    (
        PROJECT,
        lambda one: field(one, "round").update(type="string"),
        "/round: the type integer is no longer allowed",
    ),
    (
        PROJECT,
        lambda one: field(one, "WorkPackage.shares").update(propertyNames={"pattern": "^P[0-9]+$"}),
        "/work_packages/0/shares/*: what is not of the pattern '^P[0-9]+$' is no longer allowed",
    ),
    (
        LAYOUT,
        lambda one: field(one, "Card.kind").update(const="cards"),
        "/sheets/0/blocks/0: the choice Card is no longer allowed",
    ),
]
WIDENING: list[tuple[Schema, Change]] = [
    (PROJECT, lambda one: one["properties"].update(note={"type": "string"})),
    (PROJECT, lambda one: one["required"].remove("title")),
    (PROJECT, lambda one: one["$defs"]["Role"]["oneOf"].append({"const": "observer", "title": "Observer"})),
    (PROJECT, lambda one: field(one, "months").update(maximum=240)),
    (PROJECT, lambda one: one["$defs"]["id"].pop("pattern")),
    (PROJECT, lambda one: field(one, "round").update(type=["integer", "string"])),
    (PROJECT, lambda one: field(one, "months").update(type="number")),
    (PROJECT, lambda one: field(one, "title").update(description="Other words.", title="Name")),
]
BREAKING_ANSWERS: list[tuple[Change, str]] = [
    (lambda one: one["properties"].pop("rate"), "/: the key 'rate' is gone from an answer"),
    (lambda one: one["required"].remove("planned"), "/: the key 'planned' may now be missing"),
    (
        lambda one: one["$defs"]["Severity"]["oneOf"].append({"const": "fatal", "title": "Fatal"}),
        "/findings/0/severity: the choice 'fatal' is new in an answer",
    ),
    (
        lambda one: field(one, "call").update(type="string"),
        "/call: the type string is new in an answer",
    ),
    (
        lambda one: (
            field(one, "grant").update({"anyOf": [{"$ref": "#/$defs/money"}, {"type": "null"}]})
            or field(one, "grant").pop("$ref")
        ),
        "/grant: the type null is new in an answer",
    ),
    (
        lambda one: one["$defs"]["money"].update(pattern="^[0-9.,]+$"),
        "/grant: what is not of the pattern '^-?[0-9]+\\\\.[0-9]{2}$' is new in an answer",
    ),
]
SAFE_ANSWERS: list[Change] = [
    lambda one: one["properties"].update(checked={"type": "boolean"}) or one["required"].append("checked"),
    lambda one: one["required"].append("rate"),
    lambda one: one["$defs"]["Severity"]["oneOf"].pop(),
    lambda one: field(one, "rate")["anyOf"].pop(),
]


@pytest.mark.parametrize(("body", "change", "sentence"), NARROWING, ids=[one[2] for one in NARROWING])
def test_what_we_read_may_not_shrink(body: Schema, change: Change, sentence: str) -> None:
    after = changed(body, change)
    assert sentence in messages(body, after, answer=False)
    assert messages(after, body, answer=False) == [], "the other way round it only grows"


@pytest.mark.parametrize(("body", "change", "sentence"), REPLACING, ids=[one[2] for one in REPLACING])
def test_what_we_read_may_not_become_something_else(body: Schema, change: Change, sentence: str) -> None:
    after = changed(body, change)
    assert sentence in messages(body, after, answer=False)
    assert messages(after, body, answer=False) != []


@pytest.mark.parametrize(("body", "change"), WIDENING)
def test_what_we_read_may_grow(body: Schema, change: Change) -> None:
    assert messages(body, changed(body, change), answer=False) == []


@pytest.mark.parametrize(("change", "sentence"), BREAKING_ANSWERS, ids=[one[1] for one in BREAKING_ANSWERS])
def test_what_readers_of_an_answer_know_stays(change: Change, sentence: str) -> None:
    assert sentence in messages(BUDGET, changed(BUDGET, change), answer=True)


@pytest.mark.parametrize("change", SAFE_ANSWERS)
def test_an_answer_may_say_more_in_values_that_were_foreseen(change: Change) -> None:
    assert messages(BUDGET, changed(BUDGET, change), answer=True) == []


def test_a_break_says_that_the_version_has_to_be_raised() -> None:
    [found] = breaks(PROJECT, changed(PROJECT, lambda one: one["properties"].pop("acronym")), answer=False)
    assert str(found) == "/: the key 'acronym' is no longer allowed; this needs a new version of the schema"


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_schema_does_not_break_itself(name: str) -> None:
    for answer in (False, True):
        assert breaks(schema(name), schema(name), answer=answer) == []
