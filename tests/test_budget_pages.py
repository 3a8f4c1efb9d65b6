"""The pages to begin and to type a budget: what is shown beside what, what is kept, and what is refused how."""

import json
import re
from collections.abc import Callable, Iterator
from html import unescape
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from conftest import EXAMPLES
from openpyxl import load_workbook
from starlette.testclient import TestClient

from ka2budget import steps
from ka2budget.catalogue import rules_for
from ka2budget.project import Project
from ka2budget.web import Settings, application
from ka2budget.web.pages.taking import take
from ka2budget.web.pages.typed import put, typed, with_row, without_row

PROJECTS = sorted(
    path for path in EXAMPLES.glob("*.toml") if "lump_sum" in path.read_text() or "[[partners]]" in path.read_text()
)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(application(Settings(str(tmp_path / "store.sqlite"))), base_url="http://127.0.0.1") as found:
        yield found


Open = Callable[[str], "Page"]


class Form(HTMLParser):
    """What the form of a budget sends."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[str, str] = {}
        self._inside, self._name, self._text = False, "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = "data-live" in has
        if not self._inside:
            return
        if tag == "input" and "name" in has and (has.get("type") != "checkbox" or "checked" in has):
            self.entries[has["name"]] = has.get("value", "")
        elif tag in {"select", "textarea"}:
            self._name, self._text = has["name"], tag == "textarea"
            self.entries[self._name] = ""
        elif tag == "option" and "selected" in has:
            self.entries[self._name] = has["value"]

    def handle_data(self, data: str) -> None:
        if self._text:
            self.entries[self._name] += data

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self._text = False


class Page:
    """One page of a budget, as a person without JavaScript has it."""

    def __init__(self, client: TestClient, html: str, path: str, status: int = 200) -> None:
        self.client, self.html, self.path, self.status = client, html, path, status

    @property
    def text(self) -> str:
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.html)).split())

    @property
    def entries(self) -> dict[str, str]:
        """What the form would send as it stands."""
        form = Form()
        form.feed(self.html)
        return form.entries

    def send(self, do: str = "save", /, **entries: str) -> "Page":
        typed_ = {name.replace("__", "/"): value for name, value in entries.items()}
        return self.post({**self.entries, **typed_, "do": do})

    def post(self, entries: dict[str, str]) -> "Page":
        answer = self.client.post(self.path, data=entries)
        return Page(self.client, answer.text, answer.url.path, answer.status_code)

    def said_beside(self, pointer: str) -> str:
        found = re.search(rf'id="said{re.escape(pointer)}".*?</p>', self.html, re.DOTALL)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", found[0].partition(">")[2])).split()) if found else ""


@pytest.fixture
def opened(client: TestClient) -> Open:
    def open_(name: str) -> Page:
        answer = client.post("/open", files={"file": (name, (EXAMPLES / name).read_bytes())})
        assert answer.url.path.startswith("/budgets/"), answer.text
        return Page(client, answer.text, answer.url.path)

    return open_


def begun(client: TestClient, of: str, from_: str = "nothing") -> Page:
    answer = client.post("/budgets", data={"of": of, "from": from_})
    return Page(client, answer.text, answer.url.path, answer.status_code)


@pytest.mark.parametrize("language", ["en", "de", "pt"])
@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.stem)
def test_what_a_project_holds_is_typed_and_read_the_same_in_each_language(path: Path, language: str) -> None:
    try:
        project = steps.read_project(path)
    except steps.Unreadable:
        pytest.skip("no project")
    taken = take(typed(project, language))
    assert (taken.project, taken.problems) == (project, {})


@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.stem)
def test_sending_a_page_as_it_stands_changes_nothing(client: TestClient, path: Path) -> None:
    answer = client.post("/open", files={"file": (path.name, path.read_bytes())})
    if not answer.url.path.startswith("/budgets/"):
        pytest.skip("no project")
    page = Page(client, answer.text, answer.url.path)
    before = client.get(f"{page.path}/project.json").json()
    again = page.send("save")
    assert client.get(f"{page.path}/project.json").json() == before
    assert again.entries == {**page.entries, "version": again.entries["version"]}


def test_the_start_page_sets_both_kinds_of_partnership_side_by_side(client: TestClient) -> None:
    page = Page(client, client.get("/").text, "/")
    for code in ("KA210-ADU", "KA220-ADU"):
        rules = rules_for(code, 2026)
        months = rules.limits.months
        assert f"{months.min} to {months.max} months" in page.text
        for amount in rules.lump_sums:
            assert f"€{amount:,.2f}" in page.text
    assert "at least 2 organisations from 2 countries" in page.text
    assert "at least 3 organisations from 3 countries" in page.text


@pytest.mark.parametrize("of", ["KA220-ADU 2025", "KA210-SCH 2026", "ERASMUS-EDU-CB-VET-WB 2026", "KA204 2018"])
def test_an_example_has_no_errors_and_an_empty_budget_says_what_is_needed(client: TestClient, of: str) -> None:
    assert "No errors" in begun(client, of, "example").text
    empty = begun(client, of)
    assert "is needed" in empty.said_beside("/title")
    assert "No errors" not in empty.text


def test_what_has_no_rules_is_refused_on_the_page(client: TestClient) -> None:
    page = begun(client, "KA299 2025")
    assert page.status == 422
    assert "There is no action 'KA299'" in page.text


def test_a_draft_of_a_browser_is_listed_and_there_after_a_restart(client: TestClient, tmp_path: Path) -> None:
    page = begun(client, "KA220-ADU 2025").send(__title="Łódź & <b>Köln</b>", __months="x")
    with TestClient(application(Settings(str(tmp_path / "store.sqlite"))), base_url="http://127.0.0.1") as restarted:
        answer = restarted.get(page.path)
        assert 'value="x"' in answer.text
        assert "Łódź &amp; &lt;b&gt;Köln&lt;/b&gt;" in answer.text
        assert page.path in restarted.get("/").text


def test_a_wrong_entry_stays_where_it_was_typed_with_the_sentence_beside_it(opened: Open) -> None:
    page = opened("mentor-ka220.toml").send(__months="two years", __partners__0__name="")
    assert page.entries["/months"] == "two years"
    assert "'two years' is not a number" in page.said_beside("/months")
    assert page.said_beside("/partners/0/name") == "error: is needed"
    assert "Entries to put right: 2" in page.text
    assert "Shared out 250,000.00" in page.text  # sums count what can be read


def test_amounts_are_read_as_people_type_them_and_one_in_doubt_is_told(opened: Open) -> None:
    page = opened("mentor-ka220.toml")
    cell = next(name for name in page.entries if name.endswith("/shares/P1"))
    same = page.post({**page.entries, cell: "1.234,56"})
    assert same.entries[cell] == "1.234,56"
    assert not same.said_beside(cell)
    doubtful = same.post({**same.entries, cell: "18.000"})
    assert "can mean 18000 or 18.000" in doubtful.said_beside(cell)
    assert doubtful.entries[cell] == "18.000"


def test_findings_stand_beside_what_they_mean_and_management_has_its_bar(opened: Open) -> None:
    page = opened("mentor-mistake.toml")
    assert "above 20.00% of the lump sum" in page.said_beside("/work_packages/0")
    assert "They have to make it exactly" in page.said_beside("/work_packages")
    assert "Errors: 2" in page.text
    assert "Project management: €50,000.01 of at most €50,000.00 above the cap" in page.text
    assert "Left to share out: -€0.01" in page.text


def test_every_figure_is_explained_with_its_source(opened: Open) -> None:
    page = opened("mentor-ka220.toml")
    for what in ("grant", "own-part", "WP1", "P1", "management-cap"):
        assert f'id="why-{what}"' in page.html
    assert "Source: Erasmus+ Programme Guide 2025, p. 255" in page.text
    assert set(re.findall(r'href="#(why-[^"]*)"', page.html)) <= set(re.findall(r'id="(why-[^"]*)"', page.html))


def test_partners_and_work_packages_come_and_go(opened: Open) -> None:
    page = opened("mentor-ka220.toml")
    more = page.send("add:/partners").send("add:/work_packages")
    assert more.entries["/partners/4/name"] == ""
    assert more.entries["/work_packages/4/shares/P5"] == ""
    less = more.send("remove:/partners/4").send("remove:/work_packages/4")
    without = {name: value for name, value in less.entries.items() if name != "version"}
    assert without == {name: value for name, value in page.entries.items() if name != "version"}


def test_a_partner_that_goes_takes_its_shares_along(ka220: Project) -> None:
    texts = without_row(typed(ka220, "en"), "/partners/1")
    assert [row["id"] for row in texts["partners"]] == ["P1", "P3", "P4"]
    assert all("P2" not in row.get("shares", {}) and row.get("lead") != "P2" for row in texts["work_packages"])
    assert with_row(texts, "/partners")["partners"][-1]["id"] == "P5"


@pytest.mark.parametrize(
    "pointer",
    ["/nothing", "/partners/9/name", "/partners/x/name", "/partners", "/", "", "/action", "/call", "/partners/0/name/x",
     "/work_packages/0/shares/no id", "/partners/0/shares/P1", "/work_packages/0/shares"],
)  # fmt: skip
def test_entries_that_no_form_has_are_left_alone(ka220: Project, pointer: str) -> None:
    texts = typed(ka220, "en")
    put(texts, pointer, "x")
    assert texts == typed(ka220, "en")


def test_undo_and_redo(opened: Open) -> None:
    page = opened("mentor-ka220.toml")
    changed = page.send(__title="Another title")
    back = changed.send("undo")
    assert back.entries["/title"] == page.entries["/title"]
    assert back.send("redo").entries["/title"] == "Another title"
    assert back.send("redo").send("undo", __title="Typed and not saved").entries["/title"] == "Another title"


def test_a_save_of_an_older_page_is_told_with_what_differs(opened: Open) -> None:
    page = opened("mentor-ka220.toml")
    page.send(__title="Typed in the other window")
    late = page.send(__title="Typed in this window", __acronym="LATE")
    assert late.status == 409
    assert "changed in another window; nothing was overwritten" in late.text
    assert "Project title Typed in this window Typed in the other window" in late.text
    assert "Acronym LATE MENTOR" in late.text
    assert late.entries["/title"] == "Typed in the other window"
    assert late.send(__acronym="LATE").entries["/acronym"] == "LATE"


def test_a_deleted_budget_is_gone(client: TestClient, opened: Open) -> None:
    page = opened("mentor-ka220.toml")
    assert page.send("delete").path == "/"
    for answer in (
        client.get(page.path),
        client.post(page.path, data={"version": "1"}),
        client.get(f"{page.path}/annex.xlsx"),
    ):
        assert answer.status_code == 404
        assert "it was deleted" in answer.text


def test_a_copy_goes_its_own_way(opened: Open) -> None:
    page = opened("mentor-ka220.toml")
    answer = page.client.post(f"{page.path}/copy")
    copy = Page(page.client, answer.text, answer.url.path)
    assert copy.path != page.path
    copy.send(__title="The other way")
    assert page.client.get(page.path).text.count("The other way") == 0


@pytest.mark.parametrize("name", ["mentor-ka220.toml", "letters-ka210.toml", "crafts-cbvet.toml", "bridges-ka204.toml"])
def test_files_hold_the_budget(client: TestClient, opened: Open, name: str, tmp_path: Path) -> None:
    page, project = opened(name), steps.read_project(EXAMPLES / name)
    for ending in ("toml", "json"):
        answer = client.get(f"{page.path}/project.{ending}")
        written = steps.project_of(answer.content, Path(f"x.{ending}"))
        assert written == project
    form = client.get(f"{page.path}/form.xlsx")
    again = client.post("/open", files={"file": ("form.xlsx", form.content)})
    assert client.get(f"{again.url.path}/project.json").json() == client.get(f"{page.path}/project.json").json()
    annex = client.get(f"{page.path}/annex.xlsx")
    assert annex.headers["content-disposition"].startswith('attachment; filename="')
    (tmp_path / "direct").mkdir()
    assert load_workbook(BytesIO(annex.content)).sheetnames
    steps.write_budget_annex(steps.examine(written), tmp_path / "direct" / "a.xlsx", steps.date.today())
    assert annex.content == (tmp_path / "direct" / "a.xlsx").read_bytes()


@pytest.mark.parametrize("file", ["annex.xlsx", "form.xlsx", "project.json", "project.toml"])
def test_a_file_of_what_cannot_be_read_is_refused_with_the_reason(client: TestClient, opened: Open, file: str) -> None:
    page = opened("mentor-ka220.toml").send(__months="soon")
    answer = client.get(f"{page.path}/{file}")
    assert answer.status_code == 422
    assert "The file is made as soon as these entries are right" in answer.text
    assert "'soon' is not a number" in unescape(answer.text)


def test_an_unknown_kind_of_file_is_refused(client: TestClient, opened: Open) -> None:
    assert client.get(f"{opened('mentor-ka220.toml').path}/project.exe").status_code == 422


WRONG = {
    "nothing.toml": (b"", "the file is empty"),
    "picture.png": (b"\x89PNG", "neither .toml nor .json"),
    "old.xls": (b"\xd0\xcf\x11\xe0", "save it as an Excel workbook"),
    "broken.xlsx": (b"PK\x03\x04 and no more", ""),
    "text.xlsx": (b"not a workbook", ""),
    "latin.toml": ("title = 'Köln'".encode("latin-1"), "not UTF-8"),
    "half.json": (b'{"action": ', "not well-formed JSON"),
    "list.json": (b"[]", "one JSON object"),
    "deep.json": (b"[" * 100_000, ""),
    "other.toml": (b"[tool.x]\na = 1\n", "does not look like a project file"),
    "agreement.toml": ((EXAMPLES / "mentor-agreement.toml").read_bytes(), ""),
    "report.toml": ((EXAMPLES / "mentor-report.toml").read_bytes(), ""),
    "action.json": (json.dumps({"action": "KA999", "call": 2025, "title": "x", "start": "2025-09-01", "months": 12,
                                "partners": [{"id": "P1", "name": "x", "country": "PL"}]}).encode(), "KA999"),
    "huge.toml": (b"#" * 5_100_000, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_upload_gets_a_page_that_says_what_is_wrong(client: TestClient, name: str) -> None:
    content, says = WRONG[name]
    answer = client.post("/open", files={"file": (name, content)})
    page = Page(client, answer.text, answer.url.path, answer.status_code)
    assert page.status == 422
    told = re.search(r'<section class="notice error".*?</section>', page.html, re.DOTALL)
    assert told is not None
    said = unescape(re.sub(r"<[^>]+>", " ", told[0]))
    assert says in said
    assert len(said.split()) > 6
    assert "<table" not in told[0]


def test_an_upload_with_many_mistakes_tells_them_all(client: TestClient) -> None:
    content = (
        (EXAMPLES / "mentor-ka220.toml")
        .read_text()
        .replace('country = "', 'country = "x')
        .replace("months = 24", 'months = "a"')
    )
    page = Page(client, client.post("/open", files={"file": (r"C:\mine\m.toml", content.encode())}).text, "/open")
    assert "This is wrong with m.toml" in page.text
    for place in ("/months", "/partners/P1/country", "/partners/P4/country"):
        assert f"{place} :" in page.text


def test_no_file_at_all_is_told(client: TestClient) -> None:
    for answer in (client.post("/open"), client.post("/open", files={"file": ("", b"")})):
        assert (answer.status_code, "No file was chosen" in answer.text) == (422, True)


def test_pages_ask_for_nothing_that_a_strict_policy_forbids(opened: Open) -> None:
    for name in ("mentor-mistake.toml", "crafts-cbvet.toml"):
        html = opened(name).html
        assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?![^>]*\ssrc=\"/static/)", html)
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', html)


def test_every_entry_has_a_label_and_every_id_is_there_once(opened: Open) -> None:
    for name in ("mentor-mistake.toml", "letters-ka210.toml", "crafts-cbvet.toml", "bridges-ka204.toml"):
        html = opened(name).html
        ids = re.findall(r'\sid="([^"]*)"', html)
        assert len(ids) == len(set(ids))
        labelled = set(re.findall(r'<label[^>]* for="([^"]*)"', html))
        for tag in re.findall(r"<(?:input|select|textarea)\s[^>]*>", html):
            if 'type="hidden"' not in tag:
                own = re.search(r'\sid="([^"]*)"', tag)
                assert "aria-label=" in tag or (own and own[1] in labelled), tag
        for described in re.findall(r'aria-describedby="([^"]*)"', html):
            assert set(described.split()) <= set(ids)


@pytest.mark.parametrize("language", ["de", "el"])
def test_pages_speak_the_language_asked_for(client: TestClient, opened: Open, language: str) -> None:
    page = opened("mentor-mistake.toml")
    answer = client.get(page.path, headers={"accept-language": language})
    assert answer.headers["content-language"] == language
    assert "250.000,00" in answer.text


def test_the_form_of_one_partner_alone_is_refused(client: TestClient, tmp_path: Path, ka220: Project) -> None:
    path = tmp_path / "part.xlsx"
    steps.write_new_form(path, ka220.action, ka220.call, "en", ka220, "P2")
    answer = client.post("/open", files={"file": (path.name, path.read_bytes())})
    assert answer.status_code == 422
    assert "This is the part of P2 alone" in answer.text
