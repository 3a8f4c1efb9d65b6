"""Every page can be used by everybody: the rules of axe (WCAG 2.1 A and AA, good practice), and the keyboard alone."""

import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browsing import Server, chromium, needs_chromium
from conftest import EXAMPLES, ROOT
from playwright.sync_api import Browser, Page, expect

pytestmark = needs_chromium

AXE = ROOT / "tests" / "browser" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
TOKEN = "an-example-of-a-token"  # noqa: S105 - known to nobody else
MENTOR = "2025-1-PL01-KA220-ADU-000012345"
STOPS = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")]
    .filter((one) => one.tabIndex >= 0 && !one.disabled && one.type !== "hidden" && one.checkVisibility())"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server without grants."""
    running = Server(tmp_path_factory.mktemp("empty") / "store.sqlite")
    yield running.url
    running.stop()


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that asks for a token."""
    running = Server(tmp_path_factory.mktemp("locked") / "store.sqlite", TOKEN)
    yield running.url
    running.stop()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[str]:
    """A server with a grant that is signed, paid once, passed on in part and corrected."""
    running = Server(tmp_path_factory.mktemp("office") / "store.sqlite")
    with browser.new_context() as context:

        def post(address: str, **fields: Any) -> None:  # noqa: ANN401 - text, and files
            answer = context.request.post(f"{running.url}{address}", multipart={"by": "Ann Example", **fields})
            assert answer.status == 200, answer.text()

        project, agreement = EXAMPLES / "mentor-ka220.toml", EXAMPLES / "mentor-agreement.toml"
        post("/grants", project=project, agreement=agreement)
        post("/grants", project=EXAMPLES / "letters-ka210.toml", reference="2025-2-DE02-KA210-SCH-000001")
        for kind, fields in (
            ("signed", {"happened": "2025-10-01"}),
            ("payment-received", {"happened": "2025-12-10", "amount": "10000"}),
            ("payment-received", {"happened": "2025-12-10", "amount": "100000", "corrects": "3"}),
            ("transfer", {"happened": "2026-01-08", "amount": "21000", "partner": "P2", "why": "first part"}),
        ):
            post(f"/grants/{MENTOR}/record", kind=kind, **fields)
    yield running.url
    running.stop()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(bypass_csp=True, locale="en-GB", viewport={"width": 1280, "height": 900})
    shown = context.new_page()
    shown.set_default_timeout(10_000)
    yield shown
    context.close()


@pytest.fixture(scope="module")
def axe() -> str:
    """Return the rules as a script."""
    if not AXE.is_file():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("run 'npm ci' in tests/browser")
    return AXE.read_text(encoding="utf-8")


def at(address: str) -> Callable[[Page, str], None]:
    """Return what opens an address."""

    def opening(page: Page, url: str) -> None:
        page.goto(f"{url}{address}")

    return opening


def opened(example: str) -> Callable[[Page, str], None]:
    """Return what opens an example as a budget."""

    def opening(page: Page, url: str) -> None:
        page.goto(url)
        page.set_input_files("#file", EXAMPLES / f"{example}.toml")
        page.get_by_role("button", name="Open the file").click()
        expect(page.locator("form[data-live]")).to_be_visible()

    return opening


def begun(of: str) -> Callable[[Page, str], None]:
    """Return what begins an empty budget."""

    def opening(page: Page, url: str) -> None:
        page.goto(url)
        page.get_by_label("Action and call").select_option(of)
        page.get_by_role("button", name="Begin", exact=True).click()
        expect(page.locator("form[data-live]")).to_be_visible()

    return opening


def wrong_upload(page: Page, url: str) -> None:
    page.goto(url)
    page.set_input_files(
        "#file", {"name": "x.toml", "mimeType": "text/plain", "buffer": b'title = "x"\nmonths = "two"'}
    )
    page.get_by_role("button", name="Open the file").click()
    expect(page.get_by_role("alert")).to_contain_text("/months")


def mistaken_event(page: Page, url: str) -> None:
    page.goto(f"{url}/grants/{MENTOR}/record?kind=transfer")
    page.locator('[name="amount"]').fill("1.2.3")
    page.locator('[name="partner"]').select_option("P2")
    page.locator('[name="by"]').fill("Ann Example")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_role("alert").first).to_contain_text("Nothing was recorded")


def mistaken_registration(page: Page, url: str) -> None:
    page.goto(f"{url}/grants")
    page.get_by_label("Project file or Excel form").set_input_files(EXAMPLES / "mentor-mistake.toml")
    page.get_by_label("Recorded by").fill("Ann Example")
    page.get_by_role("button", name="Register").click()
    expect(page.locator(".notice.error").first).to_be_visible()


def wrong_token(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_label("Token of the server").fill("x")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()


PAGES: dict[str, tuple[str, Callable[[Page, str], None]]] = {
    "start": ("office", at("/")),
    "start, with an upload that is wrong": ("office", wrong_upload),
    "budget of activities, empty": ("office", begun("KA210-ADU 2026")),
    "budget of activities": ("office", opened("letters-ka210")),
    "budget of work packages, empty": ("office", begun("KA220-ADU 2026")),
    "budget of work packages": ("office", opened("mentor-ka220")),
    "budget of work packages, with errors": ("office", opened("mentor-mistake")),
    "budget of costs": ("office", opened("crafts-cbvet")),
    "budget of units": ("office", opened("oceans-emjm")),
    "budget that does not exist": ("office", at("/budgets/none")),
    "rules": ("office", at("/rules")),
    "rules, of which none is found": ("office", at("/rules?q=nothing")),
    "rules of a call": ("office", at("/rules/KA220-ADU/2026")),
    "what differs between two calls": ("office", at("/rules/KA220-ADU/2026/against/2021")),
    "rules that do not exist": ("office", at("/rules/KA999/2026")),
    "grants, none": ("empty", at("/grants")),
    "grants": ("office", at("/grants?on=2026-11-25&days=90")),
    "grants, with a budget that has errors": ("empty", mistaken_registration),
    "grant": ("office", at(f"/grants/{MENTOR}?on=2026-11-25")),
    "grant, just registered": ("office", at("/grants/2025-2-DE02-KA210-SCH-000001")),
    "grant that does not exist": ("office", at("/grants/none")),
    "what happened": ("office", at(f"/grants/{MENTOR}/record")),
    "what should stand there": ("office", at(f"/grants/{MENTOR}/record?corrects=4")),
    "event": ("office", at(f"/grants/{MENTOR}/record?kind=assessed")),
    "event, with mistakes": ("office", mistaken_event),
    "sign in": ("locked", at("/login")),
    "sign in, with a wrong token": ("locked", wrong_token),
}


def broken(page: Page, axe: str) -> list[str]:
    """Return which rules a page breaks, and where; what is folded is unfolded."""
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.evaluate(axe)
    found = page.evaluate("(tags) => axe.run(document, { runOnly: tags, resultTypes: ['violations'] })", TAGS)
    assert len(found["passes"]) > 10
    return [
        f"{one['impact']}: {one['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_breaks_no_rule(page: Page, axe: str, request: pytest.FixtureRequest, name: str) -> None:
    server, opening = PAGES[name]
    opening(page, request.getfixturevalue(server))
    assert broken(page, axe) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert broken(page, axe) == []


@pytest.mark.parametrize("name", ["budget of work packages, with errors", "grants", "rules of a call"])
def test_a_page_in_german_breaks_no_rule(page: Page, axe: str, request: pytest.FixtureRequest, name: str) -> None:
    server, opening = PAGES[name]
    url = request.getfixturevalue(server)
    opening(page, url)
    page.context.add_cookies([{"name": "language", "value": "de", "url": url}])
    page.reload()
    assert page.locator("html").get_attribute("lang") == "de"
    assert broken(page, axe) == []


def test_the_rules_find_what_is_wrong(page: Page, axe: str) -> None:
    page.set_content('<!doctype html><html><title>x</title><main><h1>x</h1><input name="x"><img src="x"></main></html>')
    page.evaluate(axe)
    found = page.evaluate("(tags) => axe.run(document, { runOnly: tags })", TAGS)
    assert {"html-has-lang", "label", "image-alt"} <= {one["id"] for one in found["violations"]}


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((ROOT / "tests" / "browser" / "package-lock.json").read_text(encoding="utf-8"))
    (package,) = (one for name, one in lock["packages"].items() if name)
    assert "integrity" in package
    assert "resolved" not in package


def test_the_keyboard_reaches_everything_in_order(page: Page, office: str) -> None:
    opened("mentor-mistake")(page, office)
    page.evaluate("document.activeElement.blur()")
    stops = page.evaluate(f"({STOPS})().length")
    page.evaluate(f"({STOPS})().forEach((one, place) => {{ one.dataset.stop = place; }})")
    reached: list[int] = []
    for _ in range(stops * 4):  # a day is three stops in one field
        page.keyboard.press("Tab")
        here = page.evaluate("Number(document.activeElement.dataset.stop ?? -1)")
        if here == -1:
            break
        if reached[-1:] != [here]:
            reached.append(here)
    assert stops > 50
    assert reached == list(range(stops))


def test_the_first_stop_skips_to_the_content(page: Page, office: str) -> None:
    opened("mentor-mistake")(page, office)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
