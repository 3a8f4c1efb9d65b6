"""Forms of several partners taken together: who changed what, and conflicts that nobody resolves in silence."""

import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import EXAMPLES, Run
from hypothesis import given, settings
from hypothesis import strategies as st

from ka2budget import document, steps
from ka2budget.catalogue import rules_for
from ka2budget.errors import NotAllowed, Refusal
from ka2budget.form.filled import FilledProject
from ka2budget.form.flat import digests, flatten, part_of
from ka2budget.form.merging import Conflict, Form, Merged, Side, merge
from ka2budget.form.writing import Form as Writing
from ka2budget.form.writing import project_content, project_form
from ka2budget.project import Project, RealCost, Unit

MENTOR, ALLIANCE, BRIDGES = (EXAMPLES / f"{name}.toml" for name in ("mentor-ka220", "alliance-cove", "bridges-ka204"))
LETTERS = EXAMPLES / "letters-ka210.toml"


def written(path: Path, project: Project, partner: str | None = None, **cells: object) -> Path:
    """Write the form of a project, with cells changed, named like Partners_C7."""
    content = project_form(project, rules_for(project.action, project.call), partner)
    if cells:
        book = openpyxl.load_workbook(io.BytesIO(content))
        for name, value in cells.items():
            sheet, _, cell = name.rpartition("_")
            book[sheet.replace("_", " ")][cell] = value
        book.save(path)
    else:
        path.write_bytes(content)
    return path


def read(path: Path) -> Form:
    project = document.read(path, Project)
    assert isinstance(project, FilledProject)
    return Form(path.name, project)


def merged(base: Project | None, *paths: Path) -> Merged:
    """Return what forms make of a project, its conflicts in words."""
    found = merge([read(path) for path in paths], base)
    conflicts: Any = tuple(
        Conflict(str(one.what), tuple(Side(str(side.value), side.where) for side in one.sides))  # type: ignore[arg-type]
        for one in found.conflicts
    )
    return found._replace(conflicts=conflicts)


def result(found: Merged) -> Project:
    assert found.conflicts == ()
    return Project.model_validate(found.tables)


def told(found: Merged) -> list[tuple[str, str, str, str, str]]:
    return [tuple(map(str, change)) for one in found.contributions for change in one.changes]  # type: ignore[misc]


@pytest.mark.parametrize("path", [MENTOR, LETTERS, ALLIANCE, BRIDGES], ids=lambda path: path.stem)
def test_forms_nobody_changed_give_the_last_version_back(tmp_path: Path, path: Path) -> None:
    project = steps.read_project(path)
    paths = [written(tmp_path / f"{one.id}.xlsx", project, one.id) for one in project.partners]
    found = merged(project, *paths, written(tmp_path / "whole.xlsx", project))
    assert result(found) == project
    assert told(found) == []
    assert [one.part for one in found.contributions] == [*(one.id for one in project.partners), None]


def test_a_share_that_was_changed_is_told_with_both_amounts_and_its_cell(tmp_path: Path) -> None:
    project = steps.read_project(MENTOR)
    found = merged(project, written(tmp_path / "p3.xlsx", project, "P3", Shares_D6=12_000, Partners_G7="Dresden"))
    assert told(found) == [
        ("changed", "Partners: P3, City", "Leipzig", "Dresden", "Partners!G7"),
        ("changed", "Shares: WP2, P3", "€11,300.00", "€12,000.00", "Shares!D6"),
    ]
    after = result(found)
    assert after.work_packages[1].shares == project.work_packages[1].shares | {"P3": Decimal(12_000)}
    assert after.partners[2].city == "Dresden"
    assert after.partners[:2] == project.partners[:2]


def test_a_share_that_was_emptied_is_removed_and_not_zero(tmp_path: Path) -> None:
    project = steps.read_project(MENTOR)
    found = merged(project, written(tmp_path / "p3.xlsx", project, "P3", Shares_D6=None))
    assert told(found) == [("removed", "Shares: WP2, P3", "€11,300.00", "nothing", "")]
    assert "P3" not in result(found).work_packages[1].shares


def test_costs_that_were_added_changed_or_removed_are_told_with_what_they_come_to(tmp_path: Path) -> None:
    project = steps.read_project(ALLIANCE)
    new = {"Costs_A30": "WP2", "Costs_C30": "B", "Costs_D30": "Audit", "Costs_E30": 1, "Costs_F30": "1.500,50"}
    gone = dict.fromkeys((f"Costs_{letter}8" for letter in "ABCDEFG"), None)
    found = merged(project, written(tmp_path / "p3.xlsx", project, "P3", Costs_E7=14, **gone, **new))
    assert told(found) == [
        ("changed", "Costs: WP1, P3", "A1, Administration: 12 x €3,240.00 = €38,880.00",
         "A1, Administration: 14 x €3,240.00 = €45,360.00", "Costs!A7"),
        ("removed", "Costs: WP1, P3", "C1.travel, Yearly meetings, 1340: 4 x €342.00 = €1,368.00", "nothing", ""),
        ("added", "Costs: WP2, P3", "nothing", "B, Audit: 1 x €1,500.50 = €1,500.50", "Costs!A30"),
    ]  # fmt: skip
    before, after = project.work_packages[0].costs, result(found).work_packages[0].costs
    assert [(one.partner, one.label) for one in after] == [
        (one.partner, one.label) for one in before if (one.partner, one.label) != ("P3", "Yearly meetings")
    ]


def test_units_and_real_costs_of_a_partner_are_replaced(tmp_path: Path) -> None:
    project = steps.read_project(BRIDGES)
    path = written(tmp_path / "p2.xlsx", project, "P2", Units_E9=120, Real_costs_D7=9_700)
    assert "P2" in [one.partner for one in result(merged(project, path)).units]
    kinds = {change[0] for change in told(merged(project, path))}
    assert kinds == {"changed"}
    assert sum(one.amount for one in result(merged(project, path)).real_costs if one.partner == "P2") == 9_700


def test_shares_of_activities_are_merged_too(tmp_path: Path) -> None:
    project = steps.read_project(LETTERS)
    path = written(tmp_path / "p2.xlsx", project, "P2", Shares_of_activities_C6=4_000)
    (change,) = told(merged(project, path))
    assert change[1] == "Shares of activities: A1, P2"
    assert result(merged(project, path)).activities[0].shares["P2"] == 4_000


def test_two_forms_of_one_partner_are_a_conflict(tmp_path: Path) -> None:
    project = steps.read_project(MENTOR)
    paths = [written(tmp_path / f"{name}.xlsx", project, "P3") for name in "ab"]
    (conflict,) = merged(project, *paths).conflicts
    assert conflict.what == "P3 has 2 forms; give the one that counts"
    assert [side.where for side in conflict.sides] == ["a.xlsx", "b.xlsx"]


def test_two_forms_that_say_different_things_of_the_project_are_a_conflict_with_all_values_and_cells(
    tmp_path: Path,
) -> None:
    project = steps.read_project(MENTOR)
    paths = [
        written(tmp_path / "p2.xlsx", project, "P2", Project_B18=25),
        written(tmp_path / "p3.xlsx", project, "P3", Project_B18=26),
        written(tmp_path / "p4.xlsx", project, "P4"),
    ]
    (conflict,) = merged(project, *paths).conflicts
    assert conflict.what == "Project: Duration in months"
    assert [tuple(side) for side in conflict.sides] == [("24", "the last version"), ("25", "p2.xlsx:Project!B18"),
                                                        ("26", "p3.xlsx:Project!B18")]  # fmt: skip


def test_two_forms_that_say_the_same_are_none(tmp_path: Path) -> None:
    project = steps.read_project(MENTOR)
    paths = [written(tmp_path / f"{one}.xlsx", project, one, Project_B18=25) for one in ("P2", "P3")]
    assert result(merged(project, *paths)).months == 25


def test_the_coordinators_form_and_a_partners_are_held_against_each_other(tmp_path: Path) -> None:
    project = steps.read_project(MENTOR)
    whole = written(tmp_path / "whole.xlsx", project, Shares_D8=11_000, Shares_C8=9_500)
    part = written(tmp_path / "p3.xlsx", project, "P3", Shares_D6=12_000)
    (conflict,) = merged(project, whole, part).conflicts
    assert conflict.what == "Shares: WP2, P3"
    assert {side.value for side in conflict.sides} == {"€11,300.00", "€11,000.00", "€12,000.00"}


def test_what_is_another_partners_does_not_come_with_a_form(tmp_path: Path) -> None:
    project = steps.read_project(ALLIANCE)
    (conflict,) = merged(project, written(tmp_path / "p3.xlsx", project, "P3", Costs_B7="P5")).conflicts
    assert conflict.what == "Costs: WP1, P5 stands in the form of P3 and is another's"


def test_a_work_package_taken_out_leaves_nothing_behind_in_silence(tmp_path: Path) -> None:
    project = steps.read_project(ALLIANCE)
    last = len(project.work_packages) + 6
    gone: dict[str, object] = {f"Work_packages_{letter}{last}": None for letter in "ABCDEF"}
    book = openpyxl.load_workbook(written(tmp_path / "whole.xlsx", project, **gone))
    for row in book["Costs"].iter_rows(min_row=7):
        if row[0].value == project.work_packages[-1].id:
            for cell in row[:7]:
                cell.value = None
    book.save(tmp_path / "whole.xlsx")
    assert len(result(merged(project, tmp_path / "whole.xlsx")).work_packages) == len(project.work_packages) - 1
    part = written(tmp_path / "p2.xlsx", project, "P2", Costs_A30="WP5", Costs_C30="B", Costs_E30=1, Costs_F30=5)
    found = merged(project, tmp_path / "whole.xlsx", part)
    assert any(
        "is no longer among Work packages" in one.what or one.what == "Costs: WP5, P2" for one in found.conflicts
    )


# Forms that were made from an older version.


def later(project: Project, **update: object) -> Project:
    return project.model_copy(update=update)


def with_share(project: Project, partner: str, amount: int) -> Project:
    first, *others = project.work_packages
    changed = first.model_copy(update={"shares": first.shares | {partner: Decimal(amount)}})
    return later(project, work_packages=(changed, *others))


def test_what_only_the_coordinator_changed_since_stays(tmp_path: Path) -> None:
    project = steps.read_project(MENTOR)
    path = written(tmp_path / "p3.xlsx", project, "P3", Shares_D6=12_000)
    base = with_share(later(project, title="A better title", months=30), "P1", 17_000)
    found = merged(base, path)
    after = result(found)
    assert (after.title, after.months, after.work_packages[0].shares["P1"]) == ("A better title", 30, 17_000)
    assert after.work_packages[1].shares["P3"] == 12_000
    assert found.contributions[0].is_older
    assert len(found.contributions[0].changes) == 1


def test_what_the_coordinator_changed_of_a_partner_who_changed_nothing_stays(tmp_path: Path) -> None:
    project = steps.read_project(MENTOR)
    path = written(tmp_path / "p3.xlsx", project, "P3")
    base = with_share(project, "P3", 8_000)
    assert result(merged(base, path)) == base


def test_what_both_changed_since_is_a_conflict(tmp_path: Path) -> None:
    project = steps.read_project(MENTOR)
    path = written(tmp_path / "p3.xlsx", project, "P3", Shares_C6=9_500)
    (conflict,) = merged(with_share(project, "P3", 8_000), path).conflicts
    assert conflict.what == "Shares: WP1, P3 may have been changed on both sides since the form was made"
    assert [tuple(side) for side in conflict.sides] == [
        ("€8,000.00", "the last version"),
        ("€9,500.00", "p3.xlsx:Shares!C6"),
    ]


def test_a_change_of_the_project_in_an_older_form_is_a_conflict(tmp_path: Path) -> None:
    project = steps.read_project(MENTOR)
    path = written(tmp_path / "p3.xlsx", project, "P3", Project_B18=26)
    conflicts = merged(later(project, title="A better title"), path).conflicts
    assert {one.what.split(" may")[0] for one in conflicts} == {"Project: Project title", "Project: Duration in months"}


def test_a_form_of_the_whole_that_is_older_counts_only_where_it_was_not_touched_since(tmp_path: Path) -> None:
    project = steps.read_project(MENTOR)
    base = later(project, title="A better title")
    assert result(merged(base, written(tmp_path / "same.xlsx", project))) == base
    conflicts = merged(base, written(tmp_path / "whole.xlsx", project, Project_B17=25)).conflicts
    assert {one.what.split(" may")[0] for one in conflicts} == {"Project: Project title", "Project: Duration in months"}


def test_a_part_that_lost_its_mark_does_not_remove_the_others(tmp_path: Path) -> None:
    project = steps.read_project(MENTOR)
    path = written(tmp_path / "p3.xlsx", project, "P3")
    book = openpyxl.load_workbook(path)
    book["Project"].delete_rows(21, 10)
    book.save(path)
    assert read(path).project.part is None
    conflict, *_ = merged(project, path).conflicts
    assert conflict.what == (
        "p3.xlsx holds P3 alone and does not say 'Form of partner'; taken as the whole project it would remove P1, P2,"
        " P4"
    )


# Without a last version.


def test_forms_alone_make_the_whole_project(tmp_path: Path) -> None:
    project = steps.read_project(BRIDGES)
    paths = [written(tmp_path / f"{one.id}.xlsx", project, one.id) for one in project.partners]
    after = result(merged(None, *paths))
    assert sorted(after.units, key=str) == sorted(project.units, key=str)
    assert after.model_copy(update={"units": (), "real_costs": ()}) == later(project, units=(), real_costs=())


@st.composite
def changed(draw: st.DrawFn) -> Project:
    """Draw what partners may have made of an example: each changes, adds or takes out what is its own."""
    base = steps.read_project(BRIDGES)
    units: list[Unit] = []
    for unit in base.units:
        what = draw(st.sampled_from(["keep", "keep", "keep", "drop", "more"]))
        if what == "more":
            units.append(unit.model_copy(update={"label": "Changed", "participants": draw(st.integers(0, 9))}))
        elif what == "keep":
            units.append(unit)
    new = draw(st.lists(st.sampled_from(["P1", "P2", "P3", "P4", "P5"]), max_size=3))
    units += [Unit(heading="travel", partner=name, participants=draw(st.integers(0, 99))) for name in new]
    costs = [one for one in base.real_costs if draw(st.booleans())]
    costs += [
        RealCost(heading="exceptional-costs", partner=name, amount=draw(st.decimals(0, 9999, places=2)))
        for name in draw(st.lists(st.sampled_from(["P1", "P4"]), max_size=2))
    ]
    cities = draw(st.lists(st.sampled_from(["Innsbruck", "Turin", None]), min_size=5, max_size=5))
    partners = [one.model_copy(update={"city": city}) for one, city in zip(base.partners, cities, strict=True)]
    return later(base, units=tuple(units), real_costs=tuple(costs), partners=tuple(partners))


@settings(max_examples=60, deadline=None)
@given(changed(), st.permutations(["P1", "P2", "P3", "P4", "P5"]))
def test_whatever_partners_change_of_their_own_arrives_in_any_order(after: Project, order: list[str]) -> None:
    base, forms = steps.read_project(BRIDGES), []
    for name in order:
        rules = rules_for(base.action, base.call)
        holds = project_content(flatten(part_of(after, name)), rules, "en")
        content = Writing(holds._replace(part=name, made_from=digests(base, name)), "en").write()
        project = document.read_bytes(content, Path("form.xlsx"), Project)
        assert isinstance(project, FilledProject)
        forms.append(Form(f"{name}.xlsx", project))
    found = result(merge(forms, base))
    assert found.partners == after.partners
    assert sorted(map(str, found.units)) == sorted(map(str, after.units))
    assert sorted(map(str, found.real_costs)) == sorted(map(str, after.real_costs))


# The command line.


@pytest.fixture
def base(tmp_path: Path) -> Path:
    path = tmp_path / "project.toml"
    steps.write_document(steps.read_project(MENTOR), path)
    return path


def test_merge_writes_the_project_and_shows_grants_before_and_after(run: Run, tmp_path: Path, base: Path) -> None:
    project = steps.read_project(base)
    p3 = written(tmp_path / "p3.xlsx", project, "P3", Shares_D6=12_000)
    p4 = written(tmp_path / "p4.xlsx", project, "P4", Shares_D6=10_600)
    answer = run("merge", p3, p4, "-o", base, "--base", base)
    assert answer.code == 0
    assert answer.err == f"{base}: written from 2 forms; no errors\n"
    lines = [" ".join(line.split()) for line in answer.out.splitlines()]
    assert f"{p3} (P3): 1 change" in lines
    assert "changed Shares: WP2, P3 €11,300.00 €12,000.00 Shares!D6" in lines
    assert "P3 57,383.33 58,083.33 700.00" in lines
    assert "P4 59,733.33 59,033.33 -700.00" in lines
    assert steps.read_project(base).work_packages[1].shares["P3"] == 12_000


def test_conflicts_are_listed_and_nothing_is_written(run: Run, tmp_path: Path, base: Path) -> None:
    project, before = steps.read_project(base), base.read_bytes()
    paths = [written(tmp_path / f"{one}.xlsx", project, one, Project_B13=f"Title of {one}") for one in ("P2", "P3")]
    answer = run("merge", *paths, "-o", base, "--base", base)
    assert answer.code == 1
    assert answer.err == f"{base}: not written: 1 conflict to be settled first\n"
    assert answer.out.splitlines()[-4:] == [
        "conflict: Project: Project title",
        "    Example: mentoring for digital skills [the last version]",
        f"    Title of P2 [{paths[0]}:Project!B13]",
        f"    Title of P3 [{paths[1]}:Project!B13]",
    ]
    assert base.read_bytes() == before
    other = tmp_path / "other.toml"
    assert run("merge", *paths, "-o", other, "--base", base).code == 1
    assert not other.exists()


def test_the_answer_as_json(run: Run, tmp_path: Path, base: Path) -> None:
    p3 = written(tmp_path / "p3.xlsx", steps.read_project(base), "P3", Shares_D6=12_000)
    answer = json.loads(run("merge", p3, "-o", tmp_path / "out.json", "--base", base, "--json").out)
    assert answer["forms"] == [
        {"file": str(p3), "partner": "P3", "made_from_another_version": False,
         "changes": [{"kind": "changed", "what": "Shares: WP2, P3", "before": "€11,300.00", "after": "€12,000.00",
                      "where": "Shares!D6"}]}
    ]  # fmt: skip
    assert answer["grants"]["P3"] == {"before": "57383.33", "after": "58083.33"}
    assert answer["conflicts"] == []
    assert (tmp_path / "out.json").exists()


def test_the_merged_project_may_be_a_form_again(run: Run, tmp_path: Path, base: Path) -> None:
    p3 = written(tmp_path / "p3.xlsx", steps.read_project(base), "P3")
    assert run("merge", p3, "-o", tmp_path / "whole.xlsx", "--base", base).code == 0
    assert steps.read_project(tmp_path / "whole.xlsx").model_dump() == steps.read_project(base).model_dump()


def test_a_project_file_counts_as_a_form_of_the_whole(run: Run, tmp_path: Path, base: Path) -> None:
    changed_file = tmp_path / "changed.toml"
    steps.write_document(later(steps.read_project(base), title="A better title"), changed_file)
    assert run("merge", changed_file, "-o", tmp_path / "out.toml", "--base", base).code == 0
    assert steps.read_project(tmp_path / "out.toml").title == "A better title"


def test_the_problems_of_all_forms_are_told_at_once(run: Run, tmp_path: Path, base: Path) -> None:
    project = steps.read_project(base)
    p2 = written(tmp_path / "p2.xlsx", project, "P2", Shares_C6="much")
    p3 = written(tmp_path / "p3.xlsx", project, "P3", Partners_C7="Atlantis")
    answer = run("merge", p2, p3, "-o", tmp_path / "out.toml", "--base", base)
    assert (answer.code, answer.out) == (2, "")
    assert f"{p2}:Shares!C6: error: 'much' is not a number" in answer.err
    assert f"{p3}:Partners!C7: error: 'Atlantis' is not a country code" in answer.err
    assert not (tmp_path / "out.toml").exists()


def test_forms_of_another_call_or_over_a_form_are_refused(run: Run, tmp_path: Path, base: Path) -> None:
    p1 = written(tmp_path / "p1.xlsx", steps.read_project(LETTERS), "P1")
    answer = run("merge", p1, "-o", tmp_path / "out.toml", "--base", base)
    assert (answer.code, answer.out) == (2, "")
    assert "is a form of KA210-SCH, call 2026; the others are of KA220-ADU, call 2025" in answer.err
    assert run("merge", p1, "-o", p1).code == 2
    with pytest.raises(NotAllowed):
        steps.merge_forms([p1], base, tmp_path / "out.toml")
    p3 = written(tmp_path / "p3.xlsx", steps.read_project(base), "P3")
    with pytest.raises(NotAllowed, match="is the part of P3 alone"):
        steps.merge_forms([p3], p3, tmp_path / "out.toml")
    with pytest.raises(Refusal, match=r"no\.xlsx"):
        steps.merge_forms([tmp_path / "no.xlsx"], None, tmp_path / "out.toml")


def test_a_project_with_errors_is_written_and_told(run: Run, tmp_path: Path, base: Path) -> None:
    p3 = written(tmp_path / "p3.xlsx", steps.read_project(base), "P3", Shares_D6=1)
    answer = run("merge", p3, "-o", tmp_path / "out.toml", "--base", base)
    assert answer.code == 0
    assert "error, which 'ka2budget check' names" in answer.err or "errors, which" in answer.err


def test_dates_and_yes_are_told_in_words(tmp_path: Path) -> None:
    project = steps.read_project(MENTOR)
    cells: dict[str, object] = {"Partners_I9": date(2001, 2, 3), "Work_packages_C8": "yes"}
    found = told(merged(project, written(tmp_path / "whole.xlsx", project, **cells)))
    assert [change[2:4] for change in found] == [("nothing", "2001-02-03"), ("nothing", "yes")]
