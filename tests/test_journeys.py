"""What a person does in a browser, from the first page to the annex: the whole way for KA210 and for KA220."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import Server, chromium, needs_chromium
from conftest import EXAMPLES, ROOT
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect

from ka2budget import steps

SCREENS = ROOT / "build" / "screens"

pytestmark = needs_chromium


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path / "store.sqlite")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def window(browser: Browser, *, width: int = 1280, scripts: bool = True) -> Page:
    """Return a window in which every word on the console, every script that fails and every far address is a fault."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, java_script_enabled=scripts, accept_downloads=True, locale="en-GB"
    )
    page = context.new_page()
    page.set_default_timeout(10_000)
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda asked: None if "//127.0.0.1:" in asked.url else faults.append(asked.url))
    page.faults = faults  # type: ignore[attr-defined]
    return page


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    shown = window(browser)
    yield shown
    assert shown.faults == []  # type: ignore[attr-defined]
    shown.context.close()


def screen(page: Page, name: str) -> None:
    """Keep what the page looks like, in the widths of a phone, a tablet and a desk; none scrolls sideways."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    for width in (390, 820, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.screenshot(path=SCREENS / f"{name}-{width}.png", full_page=True)


def begin(page: Page, server: Server, of: str) -> None:
    page.goto(server.url)
    page.get_by_label("Action and call").select_option(of)
    page.get_by_label("an empty budget").check()
    page.get_by_role("button", name="Begin", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Budget without a title")


def put(page: Page, **entries: str) -> None:
    """Type into fields as a person does, one after the other, without waiting for the server."""
    for name, text in entries.items():
        field = page.locator(f'[name="{name.replace("__", "/")}"]:not([type=hidden])')
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(text)
        else:
            field.fill(text)
            field.press("Tab")


def press(page: Page, name: str) -> None:
    """Press a button once nothing moves any more."""
    if page.evaluate("Boolean(document.querySelector('form[data-live]'))"):
        expect(page.locator(".state")).not_to_have_text("Saving ...")
    page.get_by_role("button", name=name).click()


def settled(page: Page) -> None:
    expect(page.locator(".state")).to_have_text("Saved")


def annex(page: Page, folder: Path) -> Path:
    """Return the annex as the browser saved it."""
    with page.expect_download() as download:
        page.get_by_role("link", name="Budget annex (Excel)").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def numbers(path: Path) -> set[float]:
    """Return every number in a workbook."""
    book = load_workbook(path, data_only=True)
    return {
        cell.value for sheet in book for row in sheet.iter_rows() for cell in row if type(cell.value) in {int, float}
    }


def test_a_small_scale_partnership_from_the_first_page_to_the_annex(page: Page, server: Server, tmp_path: Path) -> None:
    begin(page, server, "KA210-ADU 2026")
    screen(page, "ka210-empty")
    put(page, __title="Example: letters across borders", __acronym="LETTERS", __start="2026-10-01", __months="12")
    put(page, __lump_sum="30000.00", __estimated_cost="31500")
    put(page, __partners__0__name="Example Library", __partners__0__country="PL")
    press(page, "+ Add a partner")
    put(page, __partners__1__name="Example Club", __partners__1__country="PT")
    put(page, __activities__0__title="Example workshop", __activities__0__amount="18.000,00")
    put(page, __activities__0__start="2026-11-10", __activities__0__end="2026-11-12")
    press(page, "+ Add an activity")
    put(page, __activities__1__title="Example exhibition", __activities__1__amount="11000", __activities__1__lead="P2")
    put(page, __activities__1__start="2027-03-01", __activities__1__end="2027-03-05")
    settled(page)
    expect(page.locator(".bar-top")).to_contain_text("Left to share out: €1,000.00")
    expect(page.locator(".bar-top")).to_contain_text("Errors: 1")
    put(page, __activities__1__amount="12000")
    put(page, **{"/activities/0/shares/P1": "10000", "/activities/0/shares/P2": "8000"})
    settled(page)
    expect(page.locator(".bar-top")).to_contain_text("No errors")
    expect(page.locator("main")).to_contain_text("€20,000.00 · 66.67%")
    screen(page, "ka210-done")
    path = annex(page, tmp_path)
    assert path.name == "LETTERS-annex.xlsx"
    assert {30_000, 20_000, 10_000, 18_000, 12_000} <= numbers(path)


def test_a_cooperation_partnership_from_the_first_page_to_the_annex(
    page: Page, server: Server, browser: Browser, tmp_path: Path
) -> None:
    begin(page, server, "KA220-ADU 2026")
    put(page, __title="Example: mentoring for digital skills", __acronym="MENTOR", __start="2026-11-01", __months="24")
    put(page, __lump_sum="120000.00", __estimated_cost="130.000,00")
    put(page, __partners__0__name="Example Adult College", __partners__0__country="PL")
    for place, country in ((1, "PT"), (2, "DE")):
        press(page, "+ Add a partner")
        name = f"/partners/{place}"
        put(page, **{f"{name}/name": f"Example organisation {place + 1}", f"{name}/country": country})
    put(page, __work_packages__0__title="Project management")
    press(page, "+ Add a work package")
    put(page, __work_packages__1__title="Example course", __work_packages__1__lead="P2")
    for place, amounts in enumerate((("14000", "8000", "8000"), ("40000", "30000", "20.000,00"))):
        put(page, **{f"/work_packages/{place}/shares/P{number}": text for number, text in enumerate(amounts, 1)})
    settled(page)
    expect(page.locator("main")).to_contain_text("Project management: €30,000.00 of at most €24,000.00")
    expect(page.locator('[id="said/work_packages/0"]')).to_contain_text("at most €24,000.00 is allowed")
    screen(page, "ka220-above-the-cap")
    put(page, **{"/work_packages/0/shares/P1": "8000"})
    settled(page)
    expect(page.locator(".bar-top")).to_contain_text("Left to share out: €6,000.00")
    put(page, **{"/work_packages/1/shares/P2": "36 000"})
    settled(page)
    expect(page.locator(".bar-top")).to_contain_text("No errors")

    page.locator("#why-P1 summary").click()
    expect(page.locator("#why-P1")).to_contain_text("Example course40,000.00")
    press(page, "Undo")
    expect(page.locator(".bar-top")).to_contain_text("Left to share out: €6,000.00")
    press(page, "Redo")
    expect(page.locator(".bar-top")).to_contain_text("No errors")

    server.stop()
    put(page, **{"/acronym": "MENTORS"})
    expect(page.locator(".state")).to_contain_text("Not saved")
    expect(page.locator('[name="/acronym"]')).to_have_value("MENTORS")
    page.faults.clear()  # type: ignore[attr-defined] - the browser says that the server is gone
    server.start()
    press(page, "Save and work out")
    settled(page)
    page.reload()
    expect(page.locator('[name="/acronym"]')).to_have_value("MENTORS")
    expect(page.locator('[name="/work_packages/1/shares/P2"]')).to_have_value("36 000")
    screen(page, "ka220-done")

    _change_in_two_windows(browser, page)
    path = annex(page, tmp_path)
    assert path.name == "FIRST-annex.xlsx"
    assert {120_000, 24_000, 96_000, 48_000, 44_000, 28_000} <= numbers(path)
    with page.expect_download() as download:
        page.get_by_role("link", name="TOML", exact=True).click()
    examined = steps.examine(steps.project_of(download.value.path().read_bytes(), Path("x.toml")))
    assert (examined.errors, examined.budget.left) == ((), 0)


def _change_in_two_windows(browser: Browser, page: Page) -> None:
    """The second window is told of the change in the first."""
    late = window(browser)
    late.goto(page.url)
    put(page, **{"/acronym": "FIRST"})
    settled(page)
    put(late, **{"/acronym": "LATE"})
    expect(late.get_by_role("alert")).to_contain_text("changed in another window; nothing was overwritten")
    expect(late.locator('[name="/acronym"]')).to_have_value("FIRST")
    screen(late, "ka220-two-windows")
    late.context.close()


def test_the_same_way_goes_without_scripts(browser: Browser, server: Server, tmp_path: Path) -> None:
    page = window(browser, scripts=False)
    page.goto(server.url)
    page.set_input_files("#file", EXAMPLES / "mentor-mistake.toml")
    page.get_by_role("button", name="Open the file").click()
    expect(page.locator(".bar-top")).to_contain_text("Errors: 2")
    page.locator('[name="/work_packages/0/shares/P1"]').fill("23000")
    page.locator('[name="/work_packages/0/shares/P1"]').press("Enter")
    expect(page.locator(".bar-top")).to_contain_text("No errors")
    press(page, "+ Add a partner")
    expect(page.locator('[name="/partners/4/name"]')).to_have_count(1)
    press(page, "Undo")
    expect(page.locator('[name="/partners/4/name"]')).to_have_count(0)
    assert {250_000, 50_000} <= numbers(annex(page, tmp_path))
    page.context.close()


def test_focus_and_what_is_typed_meanwhile_stay(page: Page, server: Server) -> None:
    begin(page, server, "KA220-ADU 2026")
    page.locator('[name="/title"]').fill("Example")
    page.keyboard.press("Tab")
    page.keyboard.type("MENTOR", delay=30)
    settled(page)
    assert page.evaluate("document.activeElement.name") == "/acronym"
    page.keyboard.press("Tab")
    settled(page)
    page.reload()
    expect(page.locator('[name="/acronym"]')).to_have_value("MENTOR")
    page.locator('[name="/acronym"]').fill("IN THE MIDDLE")
    address = page.url
    page.goto(server.url)
    until = time.monotonic() + 10  # what is sent while a page closes has no answer to wait for
    while time.monotonic() < until and page.locator('[name="/acronym"][value="IN THE MIDDLE"]').count() == 0:
        page.goto(address)
    expect(page.locator('[name="/acronym"]')).to_have_value("IN THE MIDDLE")


def test_a_wrong_upload_and_the_first_page(page: Page, server: Server, tmp_path: Path) -> None:
    page.goto(server.url)
    screen(page, "start")
    wrong = tmp_path / "wrong.toml"
    wrong.write_text((EXAMPLES / "mentor-ka220.toml").read_text().replace("months = 24", 'months = "two years"'))
    page.set_input_files("#file", wrong)
    page.get_by_role("button", name="Open the file").click()
    expect(page.get_by_role("alert")).to_contain_text("/months")
    screen(page, "start-wrong-upload")
    page.faults.clear()  # type: ignore[attr-defined] - the browser tells the status of the answer
    page.set_input_files("#file", EXAMPLES / "crafts-cbvet.toml")
    page.get_by_role("button", name="Open the file").click()
    screen(page, "detailed-budget")


def test_a_grant_is_registered_followed_and_corrected(page: Page, server: Server) -> None:
    page.goto(server.url)
    page.get_by_role("navigation").get_by_role("link", name="Grants").click()
    expect(page.get_by_text("There are no grants yet.")).to_be_visible()
    page.get_by_label("Project file or Excel form").set_input_files(EXAMPLES / "mentor-ka220.toml")
    page.get_by_label("What the agreement says").set_input_files(EXAMPLES / "mentor-agreement.toml")
    page.get_by_label("Recorded by").fill("Ann Example")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("status")).to_contain_text("The grant is now: selected for funding")

    def record(event: str, day: str, **typed: str) -> None:
        page.get_by_role("link", name="Record an event").click()
        page.get_by_label("Event").select_option(label=event)
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_label("Recorded by")).to_have_value("Ann Example")
        put(page, happened=day, **typed)
        page.get_by_role("button", name="Record").click()

    record("Grant agreement signed by the last party", "2025-10-01")
    record("Payment received from the agency", "2025-12-10", amount="1.2.3", why="the first instalment")
    expect(page.get_by_text("'1.2.3' is not a number")).to_be_visible()
    expect(page.get_by_label("Why")).to_have_value("the first instalment")
    (told,) = page.faults  # type: ignore[attr-defined]
    assert "422" in told  # which the browser notes of every page that was refused
    page.faults.clear()  # type: ignore[attr-defined]
    screen(page, "grants-refused")
    put(page, amount="10 000")
    page.get_by_label("Document").set_input_files({"name": "statement.pdf", "mimeType": "text/html", "buffer": b"<b>"})
    page.get_by_role("button", name="Record").click()
    page.get_by_role("link", name="To the grant").click()
    expect(page.get_by_text("€10,000.00").first).to_be_visible()
    with page.expect_download() as download:
        page.locator("li", has_text="Payment received").get_by_role("link", name="Document").click()
    assert download.value.path().read_bytes() == b"<b>"

    page.locator("li", has_text="Payment received").get_by_role("link", name="Correct").click()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_label("Amount in EUR")).to_have_value("10000.00")
    put(page, amount="100,000.00", why="a zero was lost")
    page.get_by_role("button", name="Record").click()
    page.get_by_role("link", name="To the grant").click()
    expect(page.get_by_text("corrected by number 4")).to_be_visible()
    expect(page.locator(".facts > div", has_text="Received")).to_contain_text("€100,000.00")
    screen(page, "grant")
    page.get_by_role("navigation").get_by_role("link", name="Grants").click()
    expect(page.get_by_role("link", name="2025-1-PL01-KA220-ADU-000012345").first).to_be_visible()
    screen(page, "grants")


def test_the_rules_of_a_call_are_found_and_compared(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/rules")
    screen(page, "rules")
    page.get_by_label("Code or title").fill("KA220")
    page.get_by_label("Call", exact=True).select_option("2026")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="KA220-ADU", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cooperation Partnerships: KA220-ADU, Call 2026")
    screen(page, "rules-of-a-call")
    page.get_by_label("Compare with the call").select_option("2025")
    page.get_by_role("button", name="Show what differs").click()
    expect(page.get_by_role("table", name="What differs")).to_be_visible()
    screen(page, "rules-difference")
