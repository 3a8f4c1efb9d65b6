"""The command line as its users meet it: answers, exit codes, wrong input, places that cannot be written."""

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import EXAMPLES, Run

from ka2budget import document
from ka2budget.catalogue import calls_of, catalogue, code_of, rules_for
from ka2budget.errors import NoSuchAction, NoSuchCall, NoSuchRule, Unreadable
from ka2budget.project import Project

MENTOR, MENTOR_REPORT = EXAMPLES / "mentor-ka220.toml", EXAMPLES / "mentor-report.toml"
LETTERS, LETTERS_REPORT = EXAMPLES / "letters-ka210.toml", EXAMPLES / "letters-report.toml"


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """A project whose management work package is one cent above its cap."""
    path = tmp_path / "wrong.toml"
    text = MENTOR.read_text(encoding="utf-8").replace("P1 = 18_000, P2 = 9_000", "P1 = 18_000, P2 = 14_000.01")
    path.write_text(text, encoding="utf-8")
    return path


def test_a_project_without_errors_ends_with_exit_code_0(run: Run) -> None:
    answer = run("check", MENTOR)
    assert (answer.code, answer.out, answer.err) == (
        0, "", f"{MENTOR}: no errors, no warnings, 2 questions for people (--questions lists them)\n"
    )  # fmt: skip
    asked = run("check", MENTOR, "--questions")
    assert asked.out.splitlines()[0] == (
        f"{MENTOR}:/call: info: To be judged by people, in points: relevance 13 to 25, design 15 to 30, partnership 10"
        " to 20, impact 13 to 25; 70 of 100 are needed. [award-judged-by-people; Erasmus+ Programme Guide 2025, p."
        " 252-255]"
    )
    assert asked.err == f"{MENTOR}: no errors, no warnings, 2 questions for people\n"


def test_a_finding_is_one_line_with_file_place_severity_message_and_code(run: Run, wrong: Path) -> None:
    answer = run("check", wrong)
    assert answer.code == 1
    too_much, above_cap = answer.out.splitlines()
    assert too_much == (
        f"{wrong}:/work_packages: error: The work packages add up to €255,000.01: €5,000.01 more than the lump sum of"
        " €250,000.00. They have to make it exactly. [sum-above-lump-sum; Erasmus+ Programme Guide 2025, p. 255]"
    )
    assert above_cap == (
        f"{wrong}:/work_packages/WP1: error: Project management has €50,000.01, above 20.00% of the lump sum of"
        " €250,000.00; at most €50,000.00 is allowed. [management-above-cap; Erasmus+ Programme Guide 2025, p. 255]"
    )
    assert answer.err.startswith(f"{wrong}: 2 errors, no warnings, 2 questions")


def test_findings_as_json_have_code_severity_pointer_message_and_source(run: Run, wrong: Path) -> None:
    answer = run("check", wrong, "--json")
    first = json.loads(answer.out)[1]
    assert answer.code == 1
    assert (first["code"], first["severity"], first["where"]) == ("management-above-cap", "error", "/work_packages/0")
    assert set(first) == {"code", "severity", "where", "message", "source"}


def test_a_budget_as_json_is_the_one_that_was_promised(run: Run) -> None:
    answer = json.loads(run("budget", MENTOR, "--json").out)
    assert answer["action"] == "KA220-ADU"
    assert (answer["grant"], answer["total_cost"]) == ("250000.00", "262500.00")
    assert answer["partners"]["P1"] == {"grant": "78750.00", "percent": "31.50", "cost": None, "own_part": None}
    assert answer["work_packages"]["WP1"]["partners"]["P1"] == "18000.00"
    assert (answer["headings"], answer["lines"]) == ({}, [])
    assert [finding["code"] for finding in answer["findings"]] == [
        "award-judged-by-people",
        "applications-of-an-organisation",
    ]


def test_a_settlement_as_json_is_the_one_that_was_promised(run: Run) -> None:
    answer = json.loads(run("settle", MENTOR, MENTOR_REPORT, "--json").out)
    assert (answer["overall_score"], answer["level"], answer["final_grant"]) == (70, "work-package", "223750.00")
    assert (answer["paid"], answer["balance"]) == ("200000.00", "23750.00")
    assert answer["work_packages"]["WP4"]["factor"] == "0.60"
    assert answer["partners"]["P1"] == {"final": "69450.00", "paid": "63000.00", "balance": "6450.00"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["budget", MENTOR],
        ["explain", MENTOR],
        ["explain", MENTOR, "WP2"],
        ["share", MENTOR],
        ["compare", MENTOR],
        ["advise", MENTOR],
        ["schedule", MENTOR],
        ["settle", MENTOR, MENTOR_REPORT],
        ["budget", LETTERS],
        ["explain", LETTERS],
        ["share", LETTERS],
        ["compare", LETTERS],
        ["advise", LETTERS],
        ["schedule", LETTERS],
        ["settle", LETTERS, LETTERS_REPORT],
        ["actions"],
        ["actions", "KA220-ADU"],
        ["actions", "--coverage"],
        ["rules", "show", "KA220-ADU", 2025],
        ["rules", "show", "KA220-ADU", 2025, "limits.months"],
        ["rules", "diff", "KA220-ADU", 2023, 2025],
        ["schema"],
        ["schema", "project"],
        ["new", "KA220-ADU"],
        ["--help"],
        ["--version"],
    ],
    ids=lambda arguments: " ".join(getattr(one, "name", str(one)) for one in arguments),
)
def test_every_command_answers(run: Run, arguments: list[object]) -> None:
    answer = run(*arguments)
    assert answer.code == 0
    assert answer.out
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("command", ["explain", "share", "compare", "advise", "schedule"])
def test_facts_are_printed_as_json_too(run: Run, command: str) -> None:
    assert json.loads(run(command, MENTOR, "--json").out)


def test_the_catalogue_is_printed_as_json_too(run: Run) -> None:
    assert len(json.loads(run("actions", "--json").out)["actions"]) == len(catalogue())


@pytest.mark.parametrize("command", ["budget", "explain", "share"])
def test_a_budget_with_errors_is_shown_and_ends_with_exit_code_1(run: Run, wrong: Path, command: str) -> None:
    plain, as_json = run(command, wrong), run(command, wrong, "--json")
    assert (plain.code, as_json.code) == (1, 1)
    assert plain.out
    assert "management-above-cap" in plain.err


def test_a_weak_report_is_told_what_it_costs(run: Run) -> None:
    answer = run("settle", LETTERS, LETTERS_REPORT)
    assert "Final grant 36,449.99 EUR, paid 48,000.00 EUR, to be recovered 11,550.01 EUR" in answer.out
    assert "unconfirmed-rule" in answer.err


def test_a_report_that_does_not_fit_ends_with_exit_code_1(run: Run, tmp_path: Path) -> None:
    report, out = tmp_path / "r.toml", tmp_path / "final.xlsx"
    report.write_text('[[work_packages]]\nid = "WP9"\nscore = 80\n', encoding="utf-8")
    for more in ([], ["--json"], ["-o", out]):
        answer = run("settle", MENTOR, report, *more)
        assert answer.code == 1
        assert "report-unknown-part" in answer.out + answer.err
    assert not out.exists()


def test_an_annex_is_written_and_a_forbidden_one_is_not(run: Run, wrong: Path, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.xlsx", tmp_path / "bad.xlsx"
    assert run("annex", MENTOR, "-o", good, "--today", "2026-09-01", "--language", "de").code == 0
    assert good.read_bytes().startswith(b"PK")
    refused = run("annex", wrong, "-o", bad)
    assert (refused.code, bad.exists()) == (1, False)
    assert "management-above-cap" in refused.err
    assert run("annex", wrong, "-o", bad, "--draft").code == 1
    assert bad.read_bytes().startswith(b"PK")


def test_a_final_annex_is_written(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "final.xlsx"
    assert run("settle", MENTOR, MENTOR_REPORT, "-o", out).code == 0
    assert out.read_bytes().startswith(b"PK")


def test_the_agreement_s_terms_are_taken(run: Run, tmp_path: Path) -> None:
    agreement = tmp_path / "a.toml"
    agreement.write_text('signed = 2025-10-14\ninstalments = [0.7, 0.3]\nmanagement_cap = "none"\n', encoding="utf-8")
    assert "175,000.00" in run("share", MENTOR, "--agreement", agreement).out
    assert "2025-11-13" in run("schedule", MENTOR, "--agreement", agreement).out
    assert "224,000.00" in run("settle", MENTOR, MENTOR_REPORT, "--agreement", agreement).out


@pytest.mark.parametrize("code", sorted({code for entry in catalogue() for code in entry.codes}))
def test_a_starter_of_every_action_and_call_has_no_errors(run: Run, tmp_path: Path, code: str) -> None:
    for call in calls_of(code):
        path = tmp_path / f"{call}.toml"
        assert run("new", code, "--call", call, "-o", path).code == 0
        answer = run("check", path)
        assert "error:" not in answer.out
        assert answer.code == 0


def test_new_takes_the_latest_call_and_overwrites_nothing(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "new.toml"
    run("new", "KA210-VET", "-o", path)
    text = path.read_text(encoding="utf-8")
    assert "call = 2026" in text
    assert run("new", "KA220-VET", "-o", path).code == 2
    assert path.read_text(encoding="utf-8") == text


def test_convert_goes_there_and_back(run: Run, tmp_path: Path) -> None:
    there, back = tmp_path / "p.json", tmp_path / "p.toml"
    assert run("convert", MENTOR, "-o", there).code == 0
    assert run("convert", there, "-o", back).code == 0
    assert document.read(back, Project) == document.read(MENTOR, Project)


def test_a_scaled_project_is_written_and_has_no_errors(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "scaled.toml"
    assert run("advise", MENTOR, "--scale", 120_000, "-o", out).code == 0
    assert run("check", out).code == 0
    assert json.loads(run("advise", MENTOR, "--scale", 120_000, "--json").out)["grant"] == "120000.00"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["check", "nowhere.toml"], "nowhere.toml:/: error: the file cannot be read: no such file or directory"),
        (["check", "."], "is a directory"),
        (
            ["check", "unknown-action.toml"],
            "unknown-action.toml:/action: error: There is no action 'KA220-ADX'; did you mean",
        ),
        (
            ["budget", "unknown-call.toml"],
            "unknown-call.toml:/call: error: The catalogue has no rules of KA220-ADU for call 2020",
        ),
        (["new", "KA220-ADX"], "There is no action 'KA220-ADX'; did you mean one of these: KA220-ADU"),
        (["new", "nonsense"], "'ka2budget actions' lists the codes"),
        (["new", "KA220-ADU", "--call", "2020"], "no rules of KA220-ADU for call 2020; it has them for 2021, 2022"),
        (
            ["schema", "nonsense"],
            "There is no schema 'nonsense'; the names there are: agreement, budget, findings, layout, project",
        ),
        (["explain", MENTOR, "WP9"], "There is no amount 'WP9'; the names there are: grant, own-part"),
        (
            ["rules", "show", "KA220-ADU", "2025", "limits.nonsense"],
            "There is no rule 'limits.nonsense' in calls/2025/ka220.toml",
        ),
        (
            ["annex", MENTOR, "-o", "x.xlsx", "--language", "xx"],
            "There is no language 'xx'; the names there are: de, el, en",
        ),
        (["advise", MENTOR, "--scale", "300000"], "is not on offer"),
        (["advise", MENTOR, "-o", "x.toml"], "say with --scale"),
        (["convert", MENTOR, "-o", "x.xml"], "written as .toml or .json"),
        (
            ["convert", MENTOR, "-o", "nowhere/x.json"],
            "cannot be written: no such file or directory; nothing was changed",
        ),
        (["annex", MENTOR, "-o", "folder.xlsx"], "cannot be written: it is a directory"),
        (["annex", MENTOR, "-o", "device.xlsx"], "cannot be written: it is not a file"),
        (["annex", MENTOR, "-o", f"{300 * 'x'}.xlsx"], "cannot be written: file name too long"),
        (["annex", MENTOR, "-o", "annex.pdf"], "its name ends in .xlsx"),
        (["annex", "unknown-call.toml", "-o", "unknown-call.toml"], "is the file that is read"),
        (["actions", "KA22"], "did you mean one of these: KA220-ADU, KA220-HED"),
        (["convert", MENTOR, "-o", "/proc/x.json"], "cannot be written"),
        (["actions", "nonsense"], "There is no action"),
        (["annex", MENTOR, "-o", "x.xlsx", "--today", "someday"], "--today"),
        (["nonsense"], "No such command"),
        (["check"], "Missing argument"),
    ],
)
def test_what_is_impossible_is_one_sentence_and_exit_code_2(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[object], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    text = MENTOR.read_text(encoding="utf-8")
    (tmp_path / "unknown-action.toml").write_text(text.replace("KA220-ADU", "KA220-ADX"), encoding="utf-8")
    (tmp_path / "unknown-call.toml").write_text(text.replace("call = 2025", "call = 2020"), encoding="utf-8")
    (tmp_path / "folder.xlsx").mkdir()
    (tmp_path / "device.xlsx").symlink_to("/dev/full")
    before = sorted(tmp_path.iterdir())
    answer = run(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert says in answer.err
    assert "Traceback" not in answer.err
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_file_is_left_alone(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_text("kept", encoding="utf-8")
    path.chmod(0o444)
    assert "read-only" in run("convert", MENTOR, "-o", path).err
    assert path.read_text(encoding="utf-8") == "kept"


def test_a_full_disk_leaves_what_was_there(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "p.json"
    path.write_text("kept", encoding="utf-8")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    answer = run("convert", MENTOR, "-o", path)
    assert (answer.code, answer.err) == (
        2,
        f"{path}: error: cannot be written: no space left on device; nothing was changed\n",
    )
    assert path.read_text(encoding="utf-8") == "kept"
    assert list(tmp_path.iterdir()) == [path]


def test_a_result_is_never_written_over_what_was_read(run: Run, tmp_path: Path) -> None:
    project, report = tmp_path / "p.xlsx.toml", tmp_path / "r.toml"
    project.write_bytes(MENTOR.read_bytes())
    report.write_bytes(MENTOR_REPORT.read_bytes())
    for arguments in (
        ["advise", project, "--scale", 120_000, "-o", project],
        ["convert", project, "-o", project],
        ["settle", project, report, "-o", report],
    ):
        answer = run(*arguments)
        assert (answer.code, "is the file that is read" in answer.err) == (2, True)
    assert (project.read_bytes(), report.read_bytes()) == (MENTOR.read_bytes(), MENTOR_REPORT.read_bytes())


@pytest.mark.parametrize("command", [["schedule"], ["compare"], ["advise"], ["advise", "--scale", 120_000]])
def test_every_command_ends_with_exit_code_1_where_the_budget_has_errors(
    run: Run, tmp_path: Path, command: list[object]
) -> None:
    wrong = tmp_path / "w.toml"
    wrong.write_text(MENTOR.read_text(encoding="utf-8").replace("months = 24", "months = 6"), encoding="utf-8")
    for more in ([], ["--json"]):
        answer = run(command[0], wrong, *command[1:], *more)
        assert answer.code == 1
        assert answer.out


def test_rules_are_printed_as_json_too(run: Run) -> None:
    shown = json.loads(run("rules", "show", "KA220-ADU", 2025, "limits.months", "--json").out)["rules"]
    assert [one["value"] for one in shown] == ["12", "36"]
    changed = json.loads(run("rules", "diff", "KA220-ADU", 2023, 2025, "--json").out)["differences"]
    source = "Erasmus+ Programme Guide 2025, p. 252-255"
    assert {"path": "award.threshold", "2023": "60", "2025": "70", "source": source} in changed


def test_a_name_the_terminal_cannot_show_is_no_reason_to_stop(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text(
        MENTOR.read_text(encoding="utf-8").replace("Example Adult College", "Szkoła Łódź"), encoding="utf-8"
    )
    for more in ("", " --json"):
        answer = shell(f"PYTHONIOENCODING=latin-1 ka2budget explain {path}{more}", "latin-1")
        assert (answer.returncode, answer.stderr) == (0, "")
        assert "0142" in answer.stdout


def test_what_rests_on_a_doubt_is_marked_in_a_comparison(run: Run) -> None:
    out = run("compare", MENTOR).out
    assert "from 0: 0.00% (*)" in out
    assert "(*) The scale is that of call 2026" in out


def shell(command: str, encoding: str = "utf-8") -> subprocess.CompletedProcess[str]:
    program = f"{sys.executable} -m ka2budget"
    line = ["/bin/bash", "-c", command.replace("ka2budget", program, 1)]
    return subprocess.run(line, capture_output=True, encoding=encoding, check=False)


def test_a_full_output_is_one_sentence() -> None:
    answer = shell(f"ka2budget budget {MENTOR} >/dev/full")
    assert (answer.returncode, answer.stderr) == (
        2,
        "standard output: error: cannot be written: no space left on device\n",
    )


def test_a_reader_that_had_enough_is_no_error() -> None:
    answer = shell("ka2budget rules show KA220-ADU 2025 | head -1")
    assert (answer.stdout.count("\n"), answer.stderr) == (1, "")


WHAT_IS_LOADED = """
import runpy, sys
sys.argv = ["ka2budget", "check", sys.argv[1]]
try:
    runpy.run_module("ka2budget", run_name="__main__")
finally:
    print([name for name in ("prefect", "xlsxwriter", "openpyxl", "babel", "tabulate") if name in sys.modules])
"""


def test_the_command_line_loads_neither_prefect_nor_a_workbook_library_for_a_check() -> None:
    command = [sys.executable, "-c", WHAT_IS_LOADED, str(MENTOR)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.stdout.strip() == "[]"


def test_rules_are_found_by_code_and_call() -> None:
    assert rules_for("ERASMUS-SPORT-2026-SCP", 2026) is not None
    assert code_of("ERASMUS-SPORT-2026-SCP", 2026) == "ERASMUS-SPORT-SCP"
    for action, call, refusal in (("X", 2025, NoSuchAction), ("KA220-ADU", 2014, NoSuchCall)):
        with pytest.raises(refusal):
            rules_for(action, call)
    with pytest.raises(NoSuchRule, match=r"limits\.management"):
        rules_for("KA210-ADU", 2025).find("limits.management")
    assert rules_for("KA220-ADU", 2025).find("limits.months.max") == 36


def test_a_refusal_survives_the_way_to_another_process(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as refusal:
        document.read(tmp_path / "nowhere.toml", Project)
    again = pickle.loads(pickle.dumps(refusal.value))  # noqa: S301 - our own
    assert (str(again), again.problems) == (str(refusal.value), refusal.value.problems)


def test_a_refusal_is_shown_to_programmers_with_its_sentence() -> None:
    with pytest.raises(NoSuchCall) as refusal:
        rules_for("KA220-ADU", 2014)
    assert repr(refusal.value) == f"NoSuchCall({str(refusal.value)!r})"
