"""The conformance kit: validators in Python and in JavaScript, and we, say of every instance what is listed."""

import json
import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import conformance
import jsonschema
import pytest
from conformance import FOLDER, MANIFEST, READ, ours
from conformance_refused import REFUSED
from conformance_table import ACCEPTED, APART, NARROWED, READING_SCHEMAS, provoking

from ka2budget import checks
from ka2budget.finding import Severity
from ka2budget.schema.caught import caught

NOT_COVERED: dict[str, str] = {}
"""Finding codes for which the kit has no instance, and why."""

LISTED: dict[str, Any] = json.loads(MANIFEST.read_text(encoding="utf-8"))
INSTANCES: list[dict[str, Any]] = LISTED["instances"]
VALIDATORS = {
    name: jsonschema.Draft202012Validator(
        json.loads((FOLDER / where["file"]).read_text(encoding="utf-8")),
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    )
    for name, where in LISTED["schemas"].items()
}
each = pytest.mark.parametrize(
    "listed", INSTANCES, ids=[f"{one['schema']}:{one['file'].removesuffix('.json')}" for one in INSTANCES]
)


@pytest.fixture(scope="module")
def made() -> dict[Path, str]:
    return dict(conformance.files())


def test_the_kit_is_what_its_tables_make(made: dict[Path, str]) -> None:
    assert conformance.present() == made.keys(), "run make generate"
    stale = [path.name for path, content in made.items() if path.read_bytes() != content.encode()]
    assert stale == [], "run make generate"


def test_the_kit_stays_small(made: dict[Path, str]) -> None:
    assert sum(len(content.encode()) for content in made.values()) < 1_500_000


def schema_accepts(listed: dict[str, Any]) -> bool:
    """Return the verdict of a stranger in Python, with nothing but the schema and the standard library's reader."""
    try:
        instance = json.loads((FOLDER / listed["file"]).read_bytes(), parse_constant=_no_json)
    except (ValueError, RecursionError):
        return False
    return VALIDATORS[listed["schema"]].is_valid(instance)


def _no_json(name: str) -> None:
    raise ValueError(name)


@each
def test_a_validator_in_python_says_what_is_listed(listed: dict[str, Any]) -> None:
    assert schema_accepts(listed) is listed["schema_accepts"], listed["reason"]


@each
def test_we_say_what_is_listed(listed: dict[str, Any]) -> None:
    found = ours(FOLDER / listed["file"], listed["schema"])
    assert found.accepted is listed["accepted"], listed["reason"]
    assert list(found.codes) == listed.get("findings", [])
    assert list(found.at) == listed.get("at", []) or listed["schema"] == "rules"
    assert listed.get("about") in (*found.codes, None)


@pytest.mark.parametrize(
    ("name", "where"),
    [(name, next(iter(changes))) for name, _, changes, _ in REFUSED if len(changes) == 1],
    ids=[name for name, *_ in REFUSED],
)
def test_what_is_refused_is_refused_where_it_is_wrong(name: str, where: str) -> None:
    (listed,) = (one for one in INSTANCES if one["file"].endswith(f"/invalid/{name}.json"))
    if listed["schema"] == "rules":
        return  # nobody but the catalogue reads them, which names files and not places
    assert len(listed["at"]) == 1
    assert where.startswith(listed["at"][0]) or listed["at"][0].startswith(where)


def test_what_the_schema_lets_pass_and_we_do_not_has_its_reason_and_is_little() -> None:
    beyond = [one for one in INSTANCES if one["schema_accepts"] and not one["accepted"]]
    assert {one["apart"] for one in beyond} == APART.keys()
    assert [one["file"] for one in INSTANCES if "apart" in one] == [one["file"] for one in beyond]
    assert len(beyond) < 20
    general = [one for one in INSTANCES if one["schema"] not in NARROWED]
    assert not [one["file"] for one in general if one["accepted"] and not one["schema_accepts"]]


@pytest.mark.parametrize("name", NARROWED)
def test_a_schema_of_one_action_and_call_refuses_mistakes_and_nothing_else(name: str) -> None:
    listed = [one for one in INSTANCES if one["schema"] == name]
    errors = {kind.code for kind in checks.kinds() if kind.severity is Severity.ERROR}
    assert {one["schema_accepts"] for one in listed} == {True, False}
    assert all(errors & {*one["findings"]} for one in listed if not one["schema_accepts"])
    always = {code for code in errors if caught(code) == "always"}
    assert not [one["file"] for one in listed if one["schema_accepts"] and always & {*one["findings"]}]


def test_every_finding_code_has_its_instance() -> None:
    codes = {kind.code for kind in checks.kinds()}
    found = {code for one in INSTANCES for code in one.get("findings", [])}
    assert codes - found == NOT_COVERED.keys()
    assert codes - NOT_COVERED.keys() <= provoking().keys() == {one["about"] for one in INSTANCES if "about" in one}


def test_every_file_and_every_schema_is_listed_once() -> None:
    assert Counter((one["file"], one["schema"]) for one in INSTANCES).most_common(1)[0][1] == 1
    assert list(LISTED["schemas"]) == [*READING_SCHEMAS, *NARROWED]
    assert {one["schema"] for one in INSTANCES} == LISTED["schemas"].keys() == {*READ, "project", *NARROWED}
    assert len({name for name, *_ in ACCEPTED}) == len(ACCEPTED)


@pytest.fixture(scope="module")
def node() -> str:
    """The program that runs JavaScript, with the validator installed."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program is None or npm is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("Node.js is not installed")
    if not (FOLDER / "node_modules" / "ajv").is_dir():
        if os.environ.get("CI") != "true":
            pytest.skip("run 'npm ci' in schemas/conformance")
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=FOLDER, check=True, capture_output=True)
    return program


def stranger(node: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [node, str(FOLDER / "validate.mjs"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=120)


def test_a_validator_in_javascript_says_what_is_listed(node: str) -> None:
    answer = stranger(node)
    assert answer.stderr == ""
    assert answer.stdout == f"{len(INSTANCES)} instances, 0 verdicts other than listed\n"
    assert answer.returncode == 0


def test_the_stranger_notices_a_verdict_that_is_another(node: str, tmp_path: Path) -> None:
    """Every second verdict is turned round: exactly those are told, with the file and both verdicts."""
    turned = [
        one | {"schema_accepts": one["schema_accepts"] is not (number % 2 == 0)} for number, one in enumerate(INSTANCES)
    ]
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps(LISTED | {"instances": turned}), encoding="utf-8")
    answer = stranger(node, manifest)
    assert answer.returncode == 1
    head, *rows, last = answer.stdout.splitlines()
    assert head.split() == ["instance", "listed", "found", "why"]
    told = [tuple(row.split()[:3]) for row in rows]
    words = {True: "accepts", False: "refuses"}
    expected = [(one["file"], words[not one["schema_accepts"]], words[one["schema_accepts"]]) for one in INSTANCES[::2]]
    assert told == expected
    assert last == f"{len(INSTANCES)} instances, {len(expected)} verdicts other than listed"


def test_the_stranger_does_not_call_an_empty_list_agreement(node: str, tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps(LISTED | {"instances": []}), encoding="utf-8")
    assert stranger(node, manifest).returncode == 2


@pytest.mark.parametrize("name", sorted(VALIDATORS))
def test_a_schema_that_takes_all_or_nothing_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [one for one in INSTANCES if one["schema"] == name]
    for loose in (True, False):
        monkeypatch.setitem(VALIDATORS, name, jsonschema.Draft202012Validator(loose))
        assert [one for one in listed if schema_accepts(one) is not one["schema_accepts"]]


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((FOLDER / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: one for name, one in lock["packages"].items() if name}
    assert packages.keys() >= {"node_modules/ajv", "node_modules/ajv-formats"}
    assert all("integrity" in one and "resolved" not in one for one in packages.values())
