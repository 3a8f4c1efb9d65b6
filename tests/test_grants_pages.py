"""The pages of grants: what is due, the life of a grant, events that people record, correct and look up."""

import html
import importlib.util
import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from conftest import EXAMPLES

if importlib.util.find_spec("fastapi") is None:
    pytest.skip("FastAPI is not installed (pip install ka2budget[web])", allow_module_level=True)

from fastapi.testclient import TestClient
from httpx import Response

from ka2budget import registry, steps
from ka2budget.event import ASKED
from ka2budget.form.writing import report_form
from ka2budget.lifecycle import EVENT_WORDS, RECORDED, STATE_WORDS, EventKind, possible
from ka2budget.store import Store
from ka2budget.text import euro, number
from ka2budget.web import Settings, application

MENTOR = "2025-1-PL01-KA220-ADU-000012345"
LETTERS = "2025-2-DE02-KA210-SCH-000001"
ODD = 'A/B c?d#e+&"<i>ü</i>'


class Office:
    """A browser at the pages of an office."""

    def __init__(self, store: Path) -> None:
        self.store = store
        self.client = TestClient(application(Settings(str(store))), base_url="http://127.0.0.1")

    def get(self, address: str, status: int = 200) -> str:
        answer = self.client.get(address)
        assert answer.status_code == status, answer.text
        return content(answer)

    def register(
        self, project: str = "mentor-ka220", agreement: str | None = "mentor-agreement", **typed: str
    ) -> Response:
        files = {"project": as_file(project), "agreement": as_file(agreement) if agreement else ("", b"")}
        return self.client.post("/grants", data={"by": "Ann Example", **typed}, files=files)

    def record(self, reference: str, kind: str, status: int = 200, **typed: Any) -> str:  # noqa: ANN401 - text, and a file
        document = typed.pop("document", ("", b""))
        data = {"by": "Ann Example", "kind": kind, **typed}
        answer = self.client.post(f"/grants/{quote(reference)}/record", data=data, files={"document": document})
        assert answer.status_code == status, answer.text
        return content(answer)

    def events(self, reference: str) -> tuple[Any, ...]:
        opened = Store.open(str(self.store))
        try:
            return opened.events(reference)
        finally:
            opened.close()


def as_file(example: str) -> tuple[str, bytes]:
    return f"{example}.toml", (EXAMPLES / f"{example}.toml").read_bytes()


def content(answer: Response) -> str:
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text.split("<main", 1)[1].split("</main>", 1)[0]


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "grants.sqlite")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """MENTOR, signed, with pre-financing of which a part is passed on; LETTERS, just registered."""
    made = Office(tmp_path_factory.mktemp("office") / "grants.sqlite")
    assert made.register().status_code == 200
    assert made.register("letters-ka210", None, reference=LETTERS).status_code == 200
    made.record(MENTOR, "signed", happened="2025-10-01")
    made.record(MENTOR, "payment-received", happened="2025-12-10", amount="100.000,00", bank_reference="B-1")
    made.record(MENTOR, "transfer", happened="2026-01-08", amount="21 000", partner="P2", why="first part")
    yield made
    made.client.close()


def test_an_empty_register_says_what_to_do(office: Office) -> None:
    page = office.get("/grants")
    assert "There are no grants yet. Register the first one below" in words(page)
    assert 'name="project" type="file"' in page


def test_a_grant_is_registered_by_upload(office: Office) -> None:
    answer = office.register()
    assert answer.status_code == 200
    assert f"{MENTOR}: recorded as number 1: Registered" in words(content(answer))
    (event,) = office.events(MENTOR)
    assert (event.kind, event.by, event.details.plan.grant) == (EventKind.REGISTERED, "Ann Example", 250_000)
    assert event.details.plan.terms.contacts == ("grants@example.org",)
    assert 'value="Ann Example"' in office.get("/grants")


@pytest.mark.parametrize("language", ["en", "de", "el"])
def test_the_page_for_monday_tells_what_is_late_and_due(running: Office, language: str) -> None:
    page = running.get(f"/grants?on=2026-11-25&days=30&language={language}")
    late, _, due = page.partition('id="due"')
    assert STATE_WORDS["ongoing"].say(language) in words(page)
    assert 'datetime="2026-05-31"' in late
    assert 'datetime="2026-11-30"' not in late
    assert 'datetime="2026-11-30"' in due
    assert f'href="/grants/{MENTOR}"' in page
    assert number(Decimal(48_000), language) in html.unescape(page)


def test_the_days_ahead_are_chosen(running: Office) -> None:
    assert 'datetime="2026-11-30"' in running.get("/grants?on=2026-11-25&days=5")
    assert 'datetime="2026-11-30"' not in running.get("/grants?on=2026-11-25&days=4")
    assert "Nothing is late, and nothing is due" in words(running.get("/grants?on=2025-01-01&days=0"))
    running.get("/grants?days=-1", 422)
    running.get("/grants?on=yesterday", 422)


@pytest.mark.parametrize("language", ["en", "de", "pl"])
def test_a_grant_shows_its_money_its_partners_and_its_life(running: Office, language: str) -> None:
    page = running.get(f"/grants/{MENTOR}?on=2026-11-25&language={language}")
    said = words(page)
    amounts = html.unescape(page)
    opened = Store.open(str(running.store))
    try:
        grant, account, dates = registry.look_up(opened, MENTOR, date(2026, 11, 25))
    finally:
        opened.close()
    assert euro(account.grant, language) in amounts
    assert euro(account.received, language) in amounts
    for key, partner in account.partners.items():
        row = next(one for one in page.split("<tr>") if f"{key} <span" in one)
        figures = re.findall(r'class="number">([^<]*)<', row)
        owed = (partner.share, partner.final, partner.due, partner.paid, partner.to_pay, partner.to_return)
        assert [html.unescape(one) for one in figures] == ["" if one is None else number(one, language) for one in owed]
    for event in running.events(MENTOR):
        assert EVENT_WORDS[event.kind].say(language) in said
    for due in dates:
        if due.done is None and not due.is_past(date(2026, 11, 25)):
            assert " ".join(due.what.say(language).split()) in said
            assert " ".join(due.reason.say(language).split()) in said
    links = re.findall(r"record\?kind=([a-z-]+)", page)
    assert links == [one.value for one in possible(grant.position, grant.plan.terms.kind)]


def test_the_life_is_one_list_in_the_order_of_days(running: Office) -> None:
    page = running.get(f"/grants/{MENTOR}?on=2026-11-25").partition('class="timeline"')[2]
    days = re.findall(r'<p><time datetime="([0-9-]+)"', page)
    assert days == sorted(days)
    assert page.index("Payment received from the agency") < page.index("Interim report due")
    assert "first part" in page


@pytest.mark.parametrize("kind", RECORDED)
def test_the_form_of_every_event_asks_for_what_it_has_to_say(running: Office, kind: EventKind) -> None:
    page = running.get(f"/grants/{MENTOR}/record?kind={kind.value}")
    names = {one.partition(".")[0] for one in re.findall(r' name="([^"]+)"', page)}
    asked = ASKED.get(kind)
    fields = () if asked is None else (*asked.needed, *asked.optional)
    expected = {"kind", "happened", "document", "why", "by"} | {one for one in fields if one not in {"plan", "annex"}}
    assert names == expected | ({"agreement"} if asked and asked.document == "project" else set())
    labels = set(re.findall(r'<label for="([^"]+)"', page))
    assert set(re.findall(r'<(?:input|select|textarea) id="([^"]+)"', page)) == labels


def test_what_happened_is_chosen_first(running: Office) -> None:
    page = running.get(f"/grants/{MENTOR}/record")
    now, later = page.split("<optgroup")[1:]
    assert 'value="interim-report"' in now
    assert 'value="assessed"' in later
    assert 'method="get"' in page


def test_an_event_is_recorded_with_its_document(office: Office) -> None:
    office.register()
    letter = b"<script>alert(1)</script>"
    office.record(MENTOR, "awarded", happened="2025-09-01", document=("letter.html", letter))
    page = office.get(f"/grants/{MENTOR}")
    digest = office.events(MENTOR)[1].document
    address = f"/grants/{MENTOR}/documents/{digest}"
    assert f'href="{address}"' in page
    answer = office.client.get(address)
    assert answer.content == letter
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith('attachment; filename="letter.html"')
    assert answer.headers["x-content-type-options"] == "nosniff"
    office.get(f"/grants/{MENTOR}/documents/{'0' * 64}", 404)


def test_a_name_of_a_file_breaks_no_header(office: Office) -> None:
    office.register()
    office.record(MENTOR, "note", why="x", document=('a"b\r\nSet-Cookie: x=1/../\u20ac.pdf', b"x"))
    digest = office.events(MENTOR)[1].document
    answer = office.client.get(f"/grants/{MENTOR}/documents/{digest}")
    assert "set-cookie" not in answer.headers
    assert answer.headers["content-disposition"].count('"') == 2


def test_a_report_is_read_and_settled(office: Office) -> None:
    office.register()
    office.record(MENTOR, "signed", happened="2025-10-01")
    office.record(MENTOR, "payment-received", happened="2025-12-10", amount="200000")
    office.record(MENTOR, "final-report", happened="2026-06-01")
    office.record(MENTOR, "assessed", happened="2026-10-01", document=as_file("mentor-report"))
    page = words(office.get(f"/grants/{MENTOR}"))
    assert office.events(MENTOR)[-1].details.final == Decimal("223750.00")
    assert f"Final grant {euro(office.events(MENTOR)[-1].details.final)}" in page


def test_everything_that_is_wrong_is_told_beside_its_field_and_nothing_typed_is_lost(running: Office) -> None:
    before = len(running.events(MENTOR))
    page = running.record(
        MENTOR, "transfer", 422, happened="2026-13-01", amount="1.2.3", partner="", why="keep <me>", by="Bo"
    )
    for name, sentence in (
        ("happened", "2026-13-01 is not a date"), ("amount", "is not a number"), ("partner", "is needed")
    ):  # fmt: skip
        (told,) = re.findall(rf'id="{name}-error">([^<]*)<', page)
        assert sentence in html.unescape(told)
        assert re.search(rf'id="{name}"[^>]*aria-invalid="true"[^>]*aria-describedby="{name}-error', page)
    assert 'value="1.2.3"' in page
    assert 'value="Bo"' in page
    assert "keep &lt;me&gt;</textarea>" in page
    assert len(running.events(MENTOR)) == before


def test_what_a_model_refuses_stands_beside_its_field_too(running: Office) -> None:
    page = running.record(MENTOR, "transfer", 422, amount="-5", partner="P2", happened="2026-02-01")
    assert "is not an amount in EUR" in html.unescape(re.findall(r'id="amount-error">([^<]*)<', page)[0])
    page = running.record(MENTOR, "assessed", 422, happened="2026-02-01")
    assert "needs final" in html.unescape(re.findall(r'id="final-error">([^<]*)<', page)[0])
    page = running.record(MENTOR, "note", 422, by=" ")
    assert "is needed" in re.findall(r'id="by-error">([^<]*)<', page)[0]


def test_an_event_that_is_not_possible_is_refused_with_what_is(running: Office) -> None:
    page = running.record(MENTOR, "claim-refused", 409, happened="2026-02-01", why="kept")
    assert "Nothing was recorded." in words(page)
    assert (
        "Claim refused is not possible while the state of the grant is 'ongoing'; possible is Payment received"
        in words(page)
    )
    assert "kept</textarea>" in page


def test_what_has_not_come_cannot_be_recorded(running: Office) -> None:
    tomorrow = (date.today() + timedelta(days=2)).isoformat()  # noqa: DTZ011 - the day of the machine
    assert "has not come yet" in words(running.record(MENTOR, "note", 422, happened=tomorrow, why="x"))


def test_a_report_with_errors_shows_its_findings(office: Office) -> None:
    office.register()
    office.record(MENTOR, "signed", happened="2025-10-01")
    office.record(MENTOR, "payment-received", happened="2025-12-10", amount="100000")
    office.record(MENTOR, "final-report", happened="2026-06-01")
    report = b'[[work_packages]]\nid = "WP2"\nscore = 82\n'
    page = office.record(MENTOR, "assessed", 422, happened="2026-10-01", document=("report.toml", report))
    assert "error: " in words(page)
    assert "A file has to be chosen again." in words(page)
    assert len(office.events(MENTOR)) == 4


def test_the_report_form_of_another_project_is_refused(office: Office) -> None:
    office.register()
    office.record(MENTOR, "signed", happened="2025-10-01")
    office.record(MENTOR, "payment-received", happened="2025-12-10", amount="100000")
    letters = steps.examine(steps.read_project(EXAMPLES / "letters-ka210.toml"))
    form = report_form(letters.project, letters.rules, letters.budget)
    page = office.record(MENTOR, "final-report", 422, happened="2026-06-01", document=("report.xlsx", form))
    assert "was made for KA210-SCH, 2026; this project is one of KA220-ADU, 2025" in words(page)
    assert len(office.events(MENTOR)) == 3


def test_a_mistaken_event_is_corrected_and_stays_to_be_seen(office: Office) -> None:
    office.register()
    office.record(MENTOR, "signed", happened="2025-10-01")
    office.record(MENTOR, "payment-received", happened="2025-12-10", amount="10000", bank_reference="B-7")
    assert f'href="/grants/{MENTOR}/record?corrects=3"' in office.get(f"/grants/{MENTOR}")
    choice = office.get(f"/grants/{MENTOR}/record?corrects=3")
    assert '<option value="payment-received" selected>' in choice
    assert 'value="cancelled"' in choice
    form = office.get(f"/grants/{MENTOR}/record?corrects=3&kind=payment-received")
    for value in ("2025-12-10", "10000", "B-7"):
        assert f'value="{value}' in form
    office.record(
        MENTOR, "payment-received", happened="2025-12-10", amount="100000", bank_reference="B-7", corrects="3"
    )
    page = office.get(f"/grants/{MENTOR}")
    assert "corrected by number 4" in words(page)
    assert f'href="/grants/{MENTOR}/record?corrects=3"' not in page
    assert f"Received {euro(office.events(MENTOR)[3].details.amount)}" in words(page)
    office.record(MENTOR, "cancelled", corrects="4", happened="2025-12-10", why="another project's money")
    assert "The grant is then: ongoing" not in words(office.get(f"/grants/{MENTOR}"))
    assert "There is no entry 9" in words(office.get(f"/grants/{MENTOR}/record?corrects=9", 422))
    assert "There is no entry 3 to be corrected" in words(
        office.record(MENTOR, "cancelled", 422, corrects="3", why="x")
    )


def test_the_same_twice_is_recorded_once(office: Office) -> None:
    office.register()
    for told in ("recorded as number 2", "is recorded already as number 2"):
        assert told in words(office.record(MENTOR, "awarded", happened="2025-09-01"))
    assert len(office.events(MENTOR)) == 2


@pytest.mark.parametrize(
    ("name", "hostile", "sentence"),
    [
        ("project.toml", b"\x00\xff", "cannot be read"),
        ("project.toml", b'title = "<img src=x onerror=alert(1)>"', "cannot be read"),
        ("project.xlsx", b"PK\x03\x04 no workbook", "cannot be read"),
        ("<img src=x>.exe", b"MZ", "cannot be read"),
        ("../../etc/passwd", b"root", "cannot be read"),
        ("project.json", b"[" * 100_000, "cannot be read"),
        ("project.toml", b"", "cannot be read"),
        ("", b"", "Choose the project file"),
    ],
)
def test_hostile_uploads_get_a_page_that_says_what_is_wrong(
    office: Office, name: str, hostile: bytes, sentence: str
) -> None:
    answer = office.client.post(
        "/grants", data={"by": "<b>Ann</b>", "reference": "R<1>"}, files={"project": (name, hostile)}
    )
    assert answer.status_code == 422
    page = content(answer)
    assert sentence in words(page)
    assert "<img" not in page
    assert 'value="R&lt;1&gt;"' in page
    assert 'value="&lt;b&gt;Ann&lt;/b&gt;"' in page
    assert "There are no grants yet" in words(page)


def test_a_budget_with_errors_is_not_registered(office: Office) -> None:
    page = content(office.register("mentor-mistake", None, reference="R1"))
    assert "error: " in words(page)
    assert "There are no grants yet" in words(page)


def test_a_grant_is_registered_once(running: Office) -> None:
    answer = running.register("letters-ka210", None, reference=MENTOR)
    assert answer.status_code == 409
    assert MENTOR in words(content(answer))


def test_references_with_odd_characters_have_pages_of_their_own(office: Office) -> None:
    answer = office.register("letters-ka210", None, reference=ODD, by="<b>Ann</b>")
    assert answer.status_code == 200
    address = f"/grants/{quote(ODD)}"
    assert f'href="{address}"' in office.get("/grants")
    page = office.get(address)
    assert "<i>ü" not in page
    assert "&lt;b&gt;Ann" in page
    assert f'href="{address}/record"' in page
    assert "Application withdrawn" in words(office.get(f"{address}/record"))
    office.record(ODD, "awarded", happened="2026-01-10")
    assert len(office.events(ODD)) == 2
    answer = office.client.get(f"{address}/calendar.ics")
    assert answer.status_code == 200
    assert answer.text.startswith("BEGIN:VCALENDAR")


def test_calendars_of_one_grant_and_of_all(running: Office) -> None:
    one = running.client.get(f"/grants/{MENTOR}/calendar.ics")
    every = running.client.get("/grants.ics")
    assert one.headers["content-type"] == every.headers["content-type"] == "text/calendar; charset=utf-8"
    assert f'filename="{MENTOR}.ics"' in one.headers["content-disposition"]
    assert one.text.count("BEGIN:VEVENT") < every.text.count("BEGIN:VEVENT")


@pytest.mark.parametrize("language", ["en", "de", "tr"])
def test_a_grant_there_is_not_gets_a_page_that_says_so(running: Office, language: str) -> None:
    for rest in ("", "/record", "/record?kind=note", "/calendar.ics", f"/documents/{'0' * 64}"):
        join = "&" if "?" in rest else "?"
        page = running.get(f"/grants/NONE%3Cb%3E{rest}{join}language={language}", 404)
        assert "NONE<b>" in words(page)
        assert "<b>" not in page
    assert running.client.post(
        "/grants/NONE/record", data={"kind": "note", "by": "A", "why": "x"}, files={"document": ("", b"")}
    ).status_code == 404  # fmt: skip
    assert "There is no event" in words(running.get(f"/grants/{MENTOR}/record?kind=end-passed", 422))


def test_another_site_can_record_nothing(running: Office) -> None:
    answer = running.client.post(
        f"/grants/{MENTOR}/record", data={"kind": "note", "by": "A", "why": "x"}, files={"document": ("", b"")},
        headers={"Origin": "http://evil.example"},
    )  # fmt: skip
    assert answer.status_code == 403


def test_no_page_has_a_script_or_style_of_its_own(running: Office) -> None:
    for address in ("/grants", f"/grants/{MENTOR}", f"/grants/{MENTOR}/record", f"/grants/{MENTOR}/record?kind=signed"):
        page = running.client.get(address).text
        assert not re.search(r"<style|\sstyle=|<script|\son[a-z]+=", page)
        assert not re.search(r'(?:src|href)="https?:', page)
