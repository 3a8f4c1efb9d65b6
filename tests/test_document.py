"""Files that cannot be read: every problem at once, with file and place and what would be right."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLES

from ka2budget import document
from ka2budget.errors import NotAllowed, Unreadable
from ka2budget.project import Project
from ka2budget.report import Report

GOOD = (EXAMPLES / "letters-ka210.toml").read_text(encoding="utf-8")


def problems(path: Path, content: str | bytes) -> list[tuple[str, str]]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(Unreadable) as refusal:
        document.read(path, Project)
    assert all(line.startswith(f"{path}:/") for line in str(refusal.value).splitlines())
    return [(problem.where, str(problem.message)) for problem in refusal.value.problems]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("p.toml", "", "is empty"),
        ("p.toml", "  \n", "is empty"),
        ("p.toml", b"\xff\xfe\x00\x00", "is not UTF-8 text (byte 0)"),
        ("p.toml", b"PK\x03\x04\x00\x00\x00", "is not well-formed TOML"),
        ("p.toml", "action = ", "is not well-formed TOML"),
        ("p.toml", "call = 2025\ncall = 2026\n", "is not well-formed TOML"),
        ("p.toml", "start = 2025-02-30\n", "is not well-formed TOML"),
        ("p.toml", f"call = {'9' * 5000}\n", "is not well-formed TOML"),
        ("p.toml", f"a = {'[' * 5000}{']' * 5000}\n", "is nested too deeply"),
        ("p.json", "{", "is not well-formed JSON"),
        ("p.json", "[]", "has to hold one JSON object"),
        ("p.json", '{"call": 2025, "call": 2026}', "the key 'call' is given twice"),
        ("p.json", '{"lump_sum": NaN}', "NaN is not a number of JSON"),
        ("p.json", "[" * 100_000, "is nested too deeply"),
        ("p.toml", f"title{'.a' * 3000} = 1\n", "is nested too deeply"),
        ("p.toml", "lump_sum = 1e99999999999999999999\n", "a number is too large"),
        ("p.txt", "action", "is neither .toml nor .json"),
    ],
)
def test_a_file_that_is_not_well_formed_is_named(tmp_path: Path, name: str, content: str | bytes, says: str) -> None:
    ((where, message),) = problems(tmp_path / name, content)
    assert where == "/"
    assert says in message


def test_a_place_that_is_no_file_is_named(tmp_path: Path) -> None:
    for path, says in (
        (tmp_path, "is a directory"),
        (tmp_path / "no.toml", "no such file"),
        (Path("a\0b.toml"), "null"),
    ):
        with pytest.raises(Unreadable, match=says):
            document.read(path, Project)


def test_a_hundred_megabytes_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.toml"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    with pytest.raises(Unreadable, match="more than 5 MB"):
        document.read(path, Project)


def test_a_device_is_not_read() -> None:
    with pytest.raises(Unreadable, match="is not a file that can be read"):
        document.read(Path("/dev/zero"), Project)


@pytest.mark.parametrize(
    ("line", "instead", "where", "says"),
    [
        ("lump_sum = 60_000", "lump_sum = -1", "/lump_sum", "-1 is not an amount in EUR from 0"),
        ("lump_sum = 60_000", "lump_sum = nan", "/lump_sum", "NaN is not an amount"),
        ("lump_sum = 60_000", "lump_sum = inf", "/lump_sum", "Infinity is not an amount"),
        ("lump_sum = 60_000", "lump_sum = 1e999999", "/lump_sum", "is not an amount"),
        ("lump_sum = 60_000", "lump_sum = 60_000.001", "/lump_sum", "at most two decimals"),
        ("lump_sum = 60_000", "lump_sum = 99_999_999_999", "/lump_sum", "is not an amount"),
        ("lump_sum = 60_000", 'lump_sum = "60 000"', "/lump_sum", "'60 000' is not an amount"),
        ("lump_sum = 60_000", 'lump_sum = "1_000"', "/lump_sum", "'1_000' is not an amount"),
        ("lump_sum = 60_000", "lump_sum = true", "/lump_sum", "a bool is not an amount"),
        ("lump_sum = 60_000", "lump_summ = 60_000", "/lump_summ", "did you mean 'lump_sum'?"),
        ("lump_sum = 60_000", "zzz = 60_000", "/zzz", "is not a known key"),
        ("lump_sum = 60_000", f"lump_sum = 0x{'F' * 6000}", "/lump_sum", "that number is not an amount"),
        ("months = 18", f"months = 0x{'F' * 6000}", "/months", "not that number"),
        ('acronym = "LETTERS"', 'acronym = "A\\nB"', "/acronym", "not text on one line"),
        ('acronym = "LETTERS"', 'acronym = "  "', "/acronym", "nothing but blanks"),
        ('acronym = "LETTERS"', 'acronym = "A\\u202eB"', "/acronym", "not text on one line"),
        ("months = 18", 'months = "18"', "/months", "whole number, not '18'"),
        ("months = 18", "months = 18.5", "/months", "whole number"),
        ("months = 18", "", "/months", "is missing"),
        ("start = 2026-09-01", 'start = "2026-02-30"', "/start", "a date that does not exist"),
        ("start = 2026-09-01", "start = 2026-09-01T10:00:00", "/start", "written like 2026-09-01"),
        ("start = 2026-09-01", "start = 0", "/start", "written like 2026-09-01"),
        ('country = "BG"', 'country = "Bulgaria"', "/partners/P2/country", "is not a country code"),
        ('country = "BG"', 'contry = "BG"', "/partners/P2/contry", "did you mean 'country'?"),
        ('id = "P2"', 'id = "P 2"', "/partners/P 2/id", "is not an id"),
        ('city = "Ruse"', 'city = "Ru\\u0007se"', "/partners/P2/city", "not text on one line"),
        ('lead = "P2"', "lead = 2", "/activities/A2/lead", "text in quotation marks"),
        ("amount = 9_000", "amount = [9_000]", "/activities/A1/amount", "a list is not an amount"),
    ],
)
def test_a_wrong_value_is_named_with_its_place(tmp_path: Path, line: str, instead: str, where: str, says: str) -> None:
    assert line in GOOD
    found = problems(tmp_path / "p.toml", GOOD.replace(line, instead, 1))
    assert [message for place, message in found if place == where and says in message], found


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    wrong = (
        GOOD.replace("months = 18", "months = 0")
        .replace('country = "RO"', 'country = "R"')
        .replace("9_000", "-9_000", 1)
    )
    assert {where for where, _ in problems(tmp_path / "p.toml", wrong)} >= {
        "/months",
        "/partners/P1/country",
        "/activities/A1/amount",
    }


def test_partners_that_cannot_be_read_are_not_called_too_few(tmp_path: Path) -> None:
    wrong = GOOD.replace('\ncountry = "RO"', "").replace('\ncountry = "BG"', "")
    assert {where for where, _ in problems(tmp_path / "p.toml", wrong)} == {
        "/partners/P1/country",
        "/partners/P2/country",
    }


def test_a_project_without_partners_is_told_so(tmp_path: Path) -> None:
    tables = "action = 'KA210-SCH'\ncall = 2026\ntitle = 'x'\nstart = 2026-09-01\nmonths = 12\npartners = []\n"
    assert problems(tmp_path / "p.toml", tables) == [("/partners", "has 0 entries; there have to be at least 1")]


def test_another_kind_of_file_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text(GOOD, encoding="utf-8")
    with pytest.raises(Unreadable, match="does not look like a report file, which has keys such as until, used"):
        document.read(path, Report)


def test_many_problems_are_counted_after_a_while(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_text(json.dumps({"action": "X", "partners": [{"a": 1}] * 1000}), encoding="utf-8")
    with pytest.raises(Unreadable) as refusal:
        document.read(path, Project)
    assert len(str(refusal.value).splitlines()) == 201
    assert str(refusal.value).endswith("problems more")


def test_a_repeated_key_among_many_is_found_at_once(tmp_path: Path) -> None:
    keys = ", ".join(f'"k{n}": 1' for n in [*range(200_000), 7])
    assert "the key 'k7' is given twice" in problems(tmp_path / "p.json", f"{{{keys}}}")[0][1]


def test_an_amount_of_minus_nothing_is_nothing(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text(GOOD.replace("lump_sum = 60_000", "lump_sum = -0.0"), encoding="utf-8")
    assert str(document.read(path, Project).lump_sum) == "0.00"


def test_two_hundred_partners_are_too_many(tmp_path: Path) -> None:
    partners = "".join(f'[[partners]]\nid = "X{n}"\nname = "Example"\ncountry = "PL"\n' for n in range(200))
    assert "has 202 entries; there have to be at most 150" in problems(tmp_path / "p.toml", GOOD + partners)[0][1]


@pytest.mark.parametrize("ending", [".toml", ".json"])
def test_what_is_written_reads_as_the_same_project(tmp_path: Path, ka210: Project, ka220: Project, ending: str) -> None:
    for project in (ka210, ka220):
        path = tmp_path / f"p{ending}"
        path.write_bytes(document.write(project, path))
        assert document.read(path, Project) == project


def test_amounts_in_json_are_strings_and_numbers_are_read_exactly(tmp_path: Path, ka210: Project) -> None:
    path = tmp_path / "p.json"
    path.write_bytes(document.write(ka210, path))
    tables: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    assert tables["activities"][2]["amount"] == "16999.99"
    tables["activities"][2]["amount"] = 16999.99
    path.write_text(json.dumps(tables), encoding="utf-8")
    assert document.read(path, Project).activities[2].amount == Decimal("16999.99")


def test_other_endings_are_not_written(ka210: Project) -> None:
    with pytest.raises(NotAllowed, match=r"\.toml or \.json"):
        document.write(ka210, Path("p.xml"))


def test_a_report_is_read_with_the_same_care(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text('[[work_packages]]\nid = "WP2"\nscore = 101\ndelivered = "perhaps"\n', encoding="utf-8")
    with pytest.raises(Unreadable) as refusal:
        document.read(path, Report)
    assert [problem.where for problem in refusal.value.problems] == [
        "/work_packages/WP2/score",
        "/work_packages/WP2/delivered",
    ]


def test_common_codes_of_greece_and_the_united_kingdom_are_understood(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text(GOOD.replace('"RO"', '"EL"').replace('"BG"', '"UK"'), encoding="utf-8")
    assert [partner.country for partner in document.read(path, Project).partners] == ["GR", "GB"]
