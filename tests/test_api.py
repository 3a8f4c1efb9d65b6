"""The HTTP API: it answers as the command line does, tells everything that is wrong, and lets no stranger in."""

import asyncio
import json
import logging
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2
import pytest
from conftest import EXAMPLES, ROOT, Run
from icalendar import Calendar
from openpyxl import load_workbook
from starlette.testclient import TestClient
from test_package import DANGERS, workbook

from ka2budget import package
from ka2budget.web import Settings, application, guard
from ka2budget.web.api import files

MENTOR, MISTAKE = EXAMPLES / "mentor-ka220.toml", EXAMPLES / "mentor-mistake.toml"
LETTERS, REPORT = EXAMPLES / "letters-ka210.toml", EXAMPLES / "letters-report.toml"
TOML, XLSX = {"content-type": files.TOML}, {"content-type": files.XLSX}
TOKEN = "an example of a token"  # noqa: S105 - of an example


def client(tmp_path: Path, **settings: Any) -> TestClient:  # noqa: ANN401
    app = application(Settings(str(tmp_path / "grants.sqlite"), **settings))
    return TestClient(app, base_url="http://127.0.0.1")


@pytest.fixture
def api(tmp_path: Path) -> Iterator[TestClient]:
    with client(tmp_path) as found:
        yield found


@pytest.mark.parametrize("file", [MENTOR, MISTAKE, LETTERS], ids=lambda one: one.stem)
@pytest.mark.parametrize("name", ["check", "budget", "explain", "share", "compare", "advise", "schedule"])
def test_it_answers_as_the_command_line_does(api: TestClient, run: Run, name: str, file: Path) -> None:
    answer = api.post(f"/api/{name}", content=file.read_bytes(), headers=TOML)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == json.loads(run(name, file, "--json").out)


def test_a_project_comes_as_json_toml_or_form_and_goes_out_as_each(api: TestClient) -> None:
    content, found = MENTOR.read_bytes(), []
    for kind, media_type in (("json", files.JSON), ("toml", files.TOML), ("xlsx", files.XLSX)):
        answer = api.post(f"/api/convert?to={kind}", content=content, headers=TOML)
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, media_type)
        assert answer.headers["content-disposition"].startswith(f'attachment; filename="project.{kind}"')
        found.append(api.post("/api/budget", content=answer.content, headers={"content-type": media_type}).json())
        part = {"project": (f"mine.{kind}", answer.content)}
        found.append(api.post("/api/budget", files=part).json())
    assert all(one["partners"] == found[0]["partners"] for one in found)


def test_a_report_is_settled_as_on_the_command_line(api: TestClient, run: Run) -> None:
    parts = {"project": ("a.toml", LETTERS.read_bytes()), "report": ("b.toml", REPORT.read_bytes())}
    assert api.post("/api/settle", files=parts).json() == json.loads(run("settle", LETTERS, REPORT, "--json").out)
    annex = api.post("/api/settle/annex?today=2027-01-01", files=parts)
    assert load_workbook(BytesIO(annex.content)).sheetnames


def test_an_annex_comes_as_a_workbook_and_with_errors_only_as_a_draft(
    api: TestClient, run: Run, tmp_path: Path
) -> None:
    annex = api.post("/api/annex?today=2026-01-01&language=de", content=MENTOR.read_bytes(), headers=TOML)
    assert annex.headers["content-disposition"].startswith('attachment; filename="MENTOR-annex.xlsx"')
    assert run("annex", MENTOR, "-o", tmp_path / "a.xlsx", "--today", "2026-01-01", "--language", "de").code == 0
    assert annex.content == (tmp_path / "a.xlsx").read_bytes()
    refused = api.post("/api/annex", content=MISTAKE.read_bytes(), headers=TOML)
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:ka2budget:problem:budget-has-errors")
    assert [(one["code"], one["where"]) for one in refused.json()["findings"]] == [
        ("sum-above-lump-sum", "/work_packages"), ("management-above-cap", "/work_packages/0"),
    ]  # fmt: skip
    assert api.post("/api/annex?draft=true", content=MISTAKE.read_bytes(), headers=TOML).status_code == 200


def test_dates_come_as_a_calendar(api: TestClient) -> None:
    answer = api.post("/api/schedule.ics?sequence=3", content=MENTOR.read_bytes(), headers=TOML)
    events = Calendar.from_ical(answer.text).events
    assert {one["SEQUENCE"] for one in events} == {3}
    dates = api.post("/api/schedule", content=MENTOR.read_bytes(), headers=TOML).json()
    assert len(events) == sum(one["date"] is not None for one in dates)


def test_everything_that_is_wrong_is_told_at_once_with_its_pointer(api: TestClient) -> None:
    project = {"action": 1, "call": 2025, "xx": 2, "partners": [{"id": "P1", "name": 3}]}
    answer = api.post("/api/check", json=project)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert (answer.json()["type"], answer.json()["status"]) == ("urn:ka2budget:problem:unreadable", 422)
    told = {one["pointer"]: (one["place"], one["detail"]) for one in answer.json()["errors"]}
    assert told["/partners/0/name"] == ("/partners/P1/name", "should be text in quotation marks, not 3")
    assert told.keys() >= {"/action", "/title", "/start", "/months", "/partners/0/country", "/xx"}


def test_mistakes_of_both_files_are_told_together(api: TestClient) -> None:
    parts = {"project": ("a.json", b"{}"), "report": ("b.json", b'{"x": 1, "used": -1}')}
    errors = api.post("/api/settle", files=parts).json()["errors"]
    assert {"/action", "/used"} <= {one["pointer"] for one in errors}


@pytest.mark.parametrize(
    ("path", "more", "status", "says"),
    [
        ("check", {"content": b"{}", "headers": {"content-type": "text/plain"}}, 415, "'text/plain'; it may be"),
        ("check", {"content": b"{", "headers": {"content-type": files.JSON}}, 422, "not well-formed JSON"),
        ("check", {"content": b"[" * 100_000, "headers": {"content-type": files.JSON}}, 422, "nested too deeply"),
        ("check", {"content": b'{"a": 1, "a": 2}', "headers": {"content-type": files.JSON}}, 422, "given twice"),
        ("check", {"content": b'{"months": 1e9999999}', "headers": {"content-type": files.JSON}}, 422, "whole number"),
        ("check", {"content": b"\xff", "headers": TOML}, 422, "not UTF-8 text"),
        ("check", {"content": b" " * 5_000_001, "headers": TOML}, 413, "more than 5 MB"),
        ("settle", {"content": MENTOR.read_bytes(), "headers": TOML}, 422, "no part 'report'"),
        ("check", {"files": {"x": ("x.toml", b"")}}, 422, "'x' is not a part of this request"),
        ("check", {"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400, "well-formed"),
        ("check", {"files": {"project": ("a.exe", b"MZ")}}, 422, "its ending has to say which it is"),
        ("explain?what=nothing", {"content": MENTOR.read_bytes(), "headers": TOML}, 404, "nothing"),
        ("scale", {"content": MENTOR.read_bytes(), "headers": TOML}, 422, "lump_sum: Field required"),
        ("compare", {"content": (EXAMPLES / "crafts-cbvet.toml").read_bytes(), "headers": TOML}, 422, "counterpart"),
        ("check?language=xx", {"content": MENTOR.read_bytes(), "headers": TOML}, 404, "There is no language 'xx'"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_a_problem(
    api: TestClient, path: str, more: dict[str, Any], status: int, says: str
) -> None:
    answer = api.post(f"/api/{path}", **more)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status
    assert says in answer.text


@pytest.mark.parametrize(("content", "says"), DANGERS.values(), ids=DANGERS)
def test_a_workbook_of_a_stranger_is_told_what_is_wrong_with_it(api: TestClient, content: bytes, says: str) -> None:
    answer = api.post("/api/check", content=content, headers=XLSX)
    assert answer.status_code == 422
    assert says in answer.json()["detail"] + str(answer.json().get("errors"))


def test_a_bomb_is_not_unpacked(api: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MOST_UNPACKED", 1_000_000)
    bomb = workbook(**{"xl/media/zero.bin": bytes(50_000_000)})
    assert "unpacks to more than 1 MB" in api.post("/api/check", content=bomb, headers=XLSX).text


def test_words_are_in_the_language_asked_for_and_codes_are_not(api: TestClient) -> None:
    def told(query: str = "", **headers: str) -> tuple[str, str, str]:
        answer = api.post(f"/api/check{query}", content=MISTAKE.read_bytes(), headers=TOML | headers)
        assert "Accept-Language" in answer.headers["vary"]
        first = answer.json()[0]
        return answer.headers["content-language"], first["code"], first["message"]

    german = ("de", "sum-above-lump-sum", told("?language=de")[2])
    assert "250.000,01\u00a0€" in german[2]
    assert told(**{"accept-language": "de-AT,fr;q=0.9"}) == german
    assert told(**{"accept-language": "xx, fr;q=0.2, de;q=0.7"}) == german
    assert told(**{"accept-language": "de;q=x"})[0] == told()[0] == "en"
    assert told("?language=de", **{"accept-language": "fr"}) == german
    refused = api.get("/api/actions/KA999", headers={"accept-language": "de"})
    assert (refused.headers["content-language"], refused.json()["title"]) != ("en", "There is no such thing")


def test_what_has_not_changed_is_not_sent_again(api: TestClient) -> None:
    for path in ("actions", "actions/KA220", "rules/KA220-ADU/2026", "rules/KA210-SCH/2024/against/2026",
                 "schemas", "schemas/project"):  # fmt: skip
        first = api.get(f"/api/{path}")
        again = api.get(f"/api/{path}", headers={"if-none-match": f'"x", W/{first.headers["etag"]}'})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b""), path
        assert again.headers["etag"] == first.headers["etag"]
        other = api.get(f"/api/{path}", headers={"if-none-match": '"x"'})
        assert (other.status_code, other.content) == (200, first.content)


def test_schemas_and_rules_are_those_of_the_command_line(api: TestClient, run: Run) -> None:
    for name in api.get("/api/schemas").json():
        assert api.get(f"/api/schemas/{name}").json() == json.loads(run("schema", name).out)
    narrowed = run("schema", "project", "--action", "KA220-VET", "--call", 2026)
    assert api.get("/api/schemas/project?action=KA220-VET&call=2026").json() == json.loads(narrowed.out)
    assert api.get("/api/schemas/report?action=KA220-VET").status_code == 422
    assert api.get("/api/schemas/project?action=KA220-VET&call=2015").status_code == 404
    rules = run("rules", "show", "KA220-ADU", 2026, "--json")
    assert api.get("/api/rules/KA220-ADU/2026").json()["rules"] == json.loads(rules.out)["rules"]
    assert api.get("/api/actions").json() == json.loads(run("actions", "--json").out) | {"platforms": _platforms(api)}
    assert api.get("/api/starters/KA220-ADU?call=2026").text == run("new", "KA220-ADU", "--call", 2026).out


def _platforms(api: TestClient) -> Any:  # noqa: ANN401
    return api.get("/api/actions").json()["platforms"]


def test_an_api_that_only_calculates_needs_no_store(api: TestClient, tmp_path: Path) -> None:
    assert api.post("/api/check", content=MENTOR.read_bytes(), headers=TOML).status_code == 200
    assert not (tmp_path / "grants.sqlite").exists()


def test_a_grant_lives_over_the_api(api: TestClient, tmp_path: Path, run: Run) -> None:
    agreement = ("agreement.toml", (EXAMPLES / "mentor-agreement.toml").read_bytes())
    parts = {"project": ("mentor.toml", MENTOR.read_bytes()), "agreement": agreement}
    registered = api.post("/api/grants?by=Ada&reference=R1", files=parts)
    assert (registered.status_code, registered.json()["event"], registered.json()["new"]) == (201, 1, True)
    assert api.post("/api/grants?by=Ada&reference=R1", files=parts).status_code == 409
    signed = {"kind": "signed", "happened": "2025-10-01", "by": "Ada"}
    event = {"event": ("event.json", json.dumps(signed).encode()), "document": ("letter.pdf", b"%PDF")}
    assert [api.post("/api/grants/R1/events", files=event).status_code for _ in range(2)] == [201, 200]
    paid = {"kind": "payment-received", "happened": "2025-10-28", "by": "Ada", "amount": "100000.00"}
    assert api.post("/api/grants/R1/events", json=paid).json()["state"] == "ongoing"
    refused = api.post("/api/grants/R1/events", json=paid | {"kind": "assessed", "amount": "1.001"})
    assert [one["pointer"] for one in refused.json()["errors"]] == ["/amount"]
    impossible = api.post("/api/grants/R1/events", json=signed | {"kind": "contested"})
    assert (impossible.status_code, impossible.json()["type"]) == (409, "urn:ka2budget:problem:conflict")
    history = api.get("/api/grants/R1/events").json()
    assert [one["kind"] for one in history] == ["registered", "signed", "payment-received"]
    kept = api.get(f"/api/grants/R1/documents/{history[1]['document']}")
    assert (kept.content, kept.headers["content-type"]) == (b"%PDF", "application/pdf")
    assert api.get(f"/api/grants/R1/documents/{'0' * 64}").status_code == 404
    store = tmp_path / "grants.sqlite"
    for path, command in (
        ("grants?on=2026-01-01", ("list", "--on", "2026-01-01")),
        ("grants/R1?on=2026-01-01", ("show", "R1", "--on", "2026-01-01")),
        ("grants/R1/events", ("history", "R1")),
        ("due?on=2026-08-10&days=60", ("due", "--on", "2026-08-10", "--days", 60)),
    ):
        assert api.get(f"/api/{path}").json() == json.loads(run("grant", *command, "--store", store, "--json").out)
    assert len(Calendar.from_ical(api.get("/api/calendar.ics?reference=R1").text).events) > 10
    assert api.get("/api/grants/nothing").status_code == 404
    assert api.get("/api/calendar.ics?reference=nothing").status_code == 404


def test_a_store_that_does_not_answer_is_told_and_may_answer_later(tmp_path: Path) -> None:
    (tmp_path / "grants.sqlite").write_bytes(b"no database at all" * 100)
    with client(tmp_path) as api:
        answer = api.get("/api/grants")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


# Who may ask.


def test_with_a_token_nothing_is_answered_without_it(tmp_path: Path) -> None:
    with client(tmp_path, token=TOKEN) as api:
        for wrong in ({}, {"authorization": "Bearer x"}, {"authorization": f"Basic {TOKEN}"},
                      {"authorization": f"Bearer {TOKEN}x"}, {"cookie": f"{guard.SESSION}=x"}):  # fmt: skip
            answer = api.get("/api/actions", headers=wrong)
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
            assert TOKEN not in answer.text
        assert api.get(f"/api/actions?token={TOKEN}").status_code == 401
        assert api.get("/api/actions", headers={"authorization": f"bearer {TOKEN}"}).status_code == 200
        session = guard.session_of(Settings("", TOKEN))
        assert api.get("/api/actions", headers={"cookie": f"{guard.SESSION}={session}"}).status_code == 200
        moved = api.get("/", follow_redirects=False)
        assert (moved.status_code, moved.headers["location"]) == (303, "/login")


def test_a_browser_signs_in_with_the_token_once(tmp_path: Path) -> None:
    with client(tmp_path, token=TOKEN) as browser:
        assert browser.get("/rules", follow_redirects=False).headers["location"] == "/login"
        assert browser.get("/login").status_code == browser.get("/static/style.css").status_code == 200
        wrong = browser.post("/login", data={"token": "x"})
        assert (wrong.status_code, "not the token of this server" in wrong.text) == (401, True)
        right = browser.post("/login", data={"token": f" {TOKEN}\n"}, follow_redirects=False)
        assert right.headers["location"] == "/"
        assert re.search("HttpOnly.*SameSite=strict", right.headers["set-cookie"])
        assert TOKEN not in right.headers["set-cookie"]
        assert browser.get("/api/schemas").status_code == 200
        foreign = browser.post("/api/check", content=b"", headers=TOML | {"origin": "http://evil.example"})
        assert foreign.status_code == 403
        browser.post("/logout")
        assert browser.get("/api/schemas").status_code == 401


def test_a_server_without_a_token_asks_for_none(api: TestClient) -> None:
    for answer in (api.get("/login", follow_redirects=False), api.post("/login", follow_redirects=False)):
        assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_the_language_that_is_chosen_stays(api: TestClient) -> None:
    for back, goes in (("/login", "/login"), ("//evil.example", "/"), ("/\\evil.example", "/"), ("http://e", "/")):
        answer = api.post("/language", data={"language": "de", "back": back}, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, goes)
    assert api.get("/api/schemas", headers={"accept-language": "fr"}).headers["content-language"] == "de"
    assert api.post("/language", data={"language": "xx"}).status_code == 404


@pytest.mark.parametrize(
    "headers", [{"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}]
)
def test_a_page_of_another_site_may_not_change_anything(api: TestClient, headers: dict[str, str]) -> None:
    answer = api.post("/api/check", content=MENTOR.read_bytes(), headers=TOML | headers)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:ka2budget:problem:cross-site")
    assert api.get("/api/schemas", headers=headers).status_code == 200
    own = {"origin": "http://127.0.0.1"}
    assert api.post("/api/check", content=MENTOR.read_bytes(), headers=TOML | own).status_code == 200


def test_a_server_answers_to_its_own_names_only(api: TestClient) -> None:
    assert api.get("/api/schemas", headers={"host": "evil.example"}).status_code == 421
    for name in ("localhost:8765", "127.0.0.1", "[::1]:8765", "LOCALHOST"):
        assert api.get("/api/schemas", headers={"host": name}).status_code == 200


def test_scripts_of_other_sites_may_ask_only_where_they_were_named(api: TestClient, tmp_path: Path) -> None:
    asked = {"origin": "https://office.example", "access-control-request-method": "POST"}
    assert "access-control-allow-origin" not in api.options("/api/check", headers=asked).headers
    with client(tmp_path, origins=("https://office.example",)) as named:
        assert named.options("/api/check", headers=asked).headers["access-control-allow-origin"] == asked["origin"]
        body = {"content": MENTOR.read_bytes(), "headers": TOML | {"origin": asked["origin"]}}
        assert named.post("/api/check", **body).headers["access-control-allow-origin"] == asked["origin"]


def test_browsers_are_told_to_take_nothing_from_elsewhere(api: TestClient) -> None:
    headers = api.get("/api/nothing").headers
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


# Bounds.


def test_a_body_that_is_too_large_is_not_read(api: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MOST_BYTES", 10_000)
    large = {"content": b"x" * 10_001, "headers": TOML}
    assert api.post("/api/check", **large).status_code == 413
    pieces = {"content": iter([b"x" * 6_000] * 3), "headers": TOML}
    answer = api.post("/api/check", **pieces)
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:ka2budget:problem:too-large")


def test_an_answer_that_takes_too_long_is_given_up(api: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "SECONDS", 0.05)
    monkeypatch.setattr("ka2budget.steps.examine", lambda _: time.sleep(0.5))
    answer = api.post("/api/check", content=MENTOR.read_bytes(), headers=TOML)
    assert (answer.status_code, answer.json()["detail"]) == (503, "The answer took longer than 0.05 seconds")


def test_a_fault_of_ours_is_a_problem_and_the_log_has_nothing_that_was_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(project: object) -> None:
        raise ZeroDivisionError(f"{project}")

    monkeypatch.setattr("ka2budget.steps.examine", broken)
    with client(tmp_path) as api, caplog.at_level(logging.INFO):
        answer = api.post(
            "/api/check", content=MENTOR.read_bytes(), headers=TOML | {"authorization": f"Bearer {TOKEN}"}
        )
    assert (answer.status_code, answer.json()["type"]) == (500, "urn:ka2budget:problem:internal")
    assert "ZeroDivisionError" in caplog.text
    assert "line" in caplog.text
    for secret in ("Example Adult College", "mentoring", TOKEN):
        assert secret not in caplog.text + answer.text


# The real server.

EVERYWHERE = ".".join("0000")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, int, "subprocess.Popen[str]"]]:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    words = ("serve", "--port", "0", "--store", tmp_path / "grants.sqlite", "--token-file", tmp_path / "token")
    environment = os.environ | {"PYTHONUNBUFFERED": "1", "LC_ALL": "C"}
    with subprocess.Popen(
        [sys.executable, "-m", "ka2budget", *map(str, words)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment,
    ) as running:  # fmt: skip
        assert running.stdout is not None
        line = running.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/ ", line)
        assert found, line
        yield line, int(found[1]), running
        running.kill()


def test_the_server_runs_and_its_output_has_no_token_and_nothing_that_was_sent(
    served: tuple[str, int, "subprocess.Popen[str]"],
) -> None:
    _, port, running = served
    url, known = f"http://127.0.0.1:{port}/api", {"authorization": f"Bearer {TOKEN}"}
    answer = httpx2.post(f"{url}/check", content=MENTOR.read_bytes(), headers=TOML | known)
    assert (answer.status_code, "server" in answer.headers) == (200, False)
    assert httpx2.post(f"{url}/check", content=b"secret = {", headers=TOML | known).status_code == 422
    assert httpx2.get(f"{url}/grants", headers={"authorization": "Bearer wrong token"}).status_code == 401
    running.send_signal(signal.SIGTERM)
    out, err = running.communicate(timeout=20)
    assert running.returncode in {0, -signal.SIGTERM}
    assert err == ""
    for secret in (TOKEN, "wrong token", "secret", "Example"):
        assert secret not in out


@pytest.mark.skipif(shutil.which("curl") is None and not os.environ.get("CI"), reason="needs curl")
def test_what_the_manual_asks_is_answered(served: tuple[str, int, "subprocess.Popen[str]"], tmp_path: Path) -> None:
    page = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    asked = [line for line in page.splitlines() if line.startswith("curl ")]
    assert len(asked) == 5
    for line in asked:
        words = shlex.split(line.replace(":8765", f":{served[1]}").replace("build/", f"{tmp_path}/"))
        token = ["-H", f"Authorization: Bearer {TOKEN}", "--fail-with-body"]
        answer = subprocess.run([*words, *token], capture_output=True, cwd=ROOT, check=False)
        assert answer.returncode == 0, answer.stdout
        assert "-o" in words or json.loads(answer.stdout)
    assert load_workbook(tmp_path / "annex.xlsx").sheetnames


def test_a_body_that_does_not_arrive_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "SECONDS", 0.1)
    app, sent = application(Settings(str(tmp_path / "grants.sqlite"))), []
    scope = {
        "type": "http", "method": "POST", "path": "/api/check", "raw_path": b"/api/check", "query_string": b"",
        "headers": [(b"host", b"127.0.0.1"), (b"content-type", files.TOML.encode())], "http_version": "1.1",
        "scheme": "http", "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1), "root_path": "",
    }  # fmt: skip

    async def never() -> Any:  # noqa: ANN401
        await asyncio.sleep(30)

    async def send(message: Any) -> None:  # noqa: ANN401
        sent.append(message)

    asyncio.run(asyncio.wait_for(app(scope, never, send), 10))
    assert sent[0]["status"] == 408


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--host", EVERYWHERE), "can be reached from other machines, which needs a token"),
        (("--host", "office.example"), "needs a token"),
        (("--token", "short"), "The token has 5 characters; it needs 16"),
        (("--host", EVERYWHERE, "--token", TOKEN), "Say with --name"),
        (("--token-file", "nowhere"), "no such file"),
        (("--host", "192.0.2.1", "--token", TOKEN), "Nobody can listen on 192.0.2.1"),
        (("--port", "70000"), "is not in the range"),
    ],
)
def test_a_server_that_may_not_run_says_why(run: Run, words: tuple[str, ...], says: str) -> None:
    answer = run("serve", *words)
    assert (answer.code, answer.out) == (2, "")
    assert says in answer.err


def test_a_port_that_is_taken_is_told(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        answer = run("serve", "--port", taken.getsockname()[1])
    assert (answer.code, answer.out) == (2, "")
    assert "address already in use" in answer.err
