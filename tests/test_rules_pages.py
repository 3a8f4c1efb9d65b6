"""The pages of the rules: the catalogue, one call with its sources and doubts, what differs between two."""

import html
import importlib.util
import re
from collections.abc import Iterator

import pytest

if importlib.util.find_spec("fastapi") is None:
    pytest.skip("FastAPI is not installed (pip install ka2budget[web])", allow_module_level=True)

from fastapi.testclient import TestClient

from ka2budget.catalogue import calls_of, catalogue, platforms, rules_for
from ka2budget.rules.statements import changes, stated
from ka2budget.web import Settings, application


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    store = tmp_path_factory.mktemp("web") / "grants.sqlite"
    with TestClient(application(Settings(str(store))), base_url="http://127.0.0.1") as found:
        yield found


def content(client: TestClient, address: str, status: int = 200) -> str:
    """Return what a page says, without its frame."""
    answer = client.get(address)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text.split("<main", 1)[1].split("</main>", 1)[0]


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


@pytest.mark.parametrize(("language", "title"), [("en", "Rules"), ("de", "Regeln"), ("pl", "Zasady")])
def test_the_catalogue_shows_every_code_in_every_call(client: TestClient, language: str, title: str) -> None:
    page = content(client, f"/rules?language={language}")
    assert title in words(page)
    links = set(re.findall(r'href="/rules/([^"/]+)/(\d+)"', page))
    assert links == {(code, str(one.call)) for one in catalogue() for code in one.codes}


def test_platforms_are_shown_as_without_grants(client: TestClient) -> None:
    said = words(content(client, "/rules"))
    for one in platforms():
        assert f"{one.title} no grant" in said
    assert f"{platforms()[0].title} no grant" not in words(content(client, "/rules?managed=na"))


def test_the_catalogue_is_narrowed_by_a_form_that_needs_no_script(client: TestClient) -> None:
    page = content(client, "/rules?q=ka220&call=2026&managed=na")
    assert set(re.findall(r'href="/rules/([^"/]+)/(\d+)"', page)) == {
        (code, "2026") for code in ("KA220-SCH", "KA220-VET", "KA220-ADU", "KA220-YOU", "KA220-HED")
    }
    assert 'name="q" type="search" maxlength="100" value="ka220"' in page
    assert '<option value="2026" selected>' in page


def test_a_title_is_found_in_the_readers_language(client: TestClient) -> None:
    assert "KA220-ADU" in content(client, "/rules?q=kooperationspartnerschaften&language=de")
    assert "KA220-ADU" not in content(client, "/rules?q=kooperationspartnerschaften&language=pl")


def test_a_search_that_finds_nothing_says_what_would(client: TestClient) -> None:
    assert "A code begins like KA220" in words(content(client, "/rules?q=%3Cscript%3Ealert(1)%3C/script%3E"))
    assert "<script>alert" not in client.get("/rules?q=%3Cscript%3Ealert(1)%3C/script%3E").text


@pytest.mark.parametrize(("code", "call"), [("KA220-ADU", 2026), ("KA203", 2018), ("ERASMUS-EDU-PEX-COVE", 2025)])
@pytest.mark.parametrize("language", ["en", "de", "el"])
def test_every_rule_stands_with_its_source_and_its_doubt(
    client: TestClient, code: str, call: int, language: str
) -> None:
    rules = rules_for(code, call)
    page = content(client, f"/rules/{code}/{call}?language={language}")
    said = words(page)
    for one in stated(rules):
        if one.path in {"action", "call", "codes", "read_on", "managed_by"}:
            continue
        assert " ".join(one.value.say(language).split()) in said, one.path
        assert one.source is None or " ".join(one.source.split()) in said
    for doubt in rules.every_doubt:
        assert " ".join(doubt.reason.say(language).split()) in said
    assert page.count('class="doubted"') == sum(1 for one in stated(rules) if one.doubt)


def test_the_counts_are_those_of_the_catalogue(client: TestClient) -> None:
    entry = next(one for one in catalogue() if one.call == 2026 and "KA220-ADU" in one.codes)
    said = words(content(client, "/rules/KA220-ADU/2026"))
    assert f"Confirmed {entry.confirmed} In doubt {entry.in_doubt} Not known {entry.unknown}" in said
    assert entry.in_doubt > 0


def test_what_is_not_known_says_what_is(client: TestClient) -> None:
    entry = next(one for one in catalogue() if one.unknown)
    rules = rules_for(entry.codes[0], entry.call)
    said = words(content(client, f"/rules/{entry.codes[0]}/{entry.call}"))
    for one in rules.every_unknown:
        assert " ".join(str(one.known).split()) in said


@pytest.mark.parametrize("language", ["en", "fr", "tr"])
def test_two_calls_are_compared(client: TestClient, language: str) -> None:
    page = content(client, f"/rules/KA220-ADU/2025/against/2026?language={language}")
    said = words(page)
    found = list(changes(rules_for("KA220-ADU", 2025), rules_for("KA220-ADU", 2026)))
    assert page.count("<tr>") == len(found) + 1
    for one in found:
        for phrase in (one.what, one.before, one.after):
            assert phrase is None or " ".join(phrase.say(language).split()) in said


def test_the_call_to_compare_with_is_chosen_in_a_form(client: TestClient) -> None:
    page = content(client, "/rules/KA220-ADU/2025")
    offered = re.findall(r'<option value="(\d+)"', page)
    assert sorted(map(int, offered)) == [year for year in calls_of("KA220-ADU") if year != 2025]
    answer = client.get("/rules/KA220-ADU/2025?other=2026", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/rules/KA220-ADU/2025/against/2026")
    assert "Nothing differs" in words(content(client, "/rules/KA220-ADU/2025/against/2025"))


@pytest.mark.parametrize(
    ("address", "status", "sentence"),
    [
        ("/rules/KA999/2026", 404, "There is no action 'KA999'"),
        ("/rules/KA220-ADU/2014", 404, "it has them for 2021, 2022"),
        ("/rules/KA220-ADU/2026/against/2014", 404, "it has them for 2021, 2022"),
        ("/rules/ETWINNING/2020", 422, "eTwinning gives no grants"),
        ("/rules/KA220-ADU/never", 422, "not one of this server"),
        ("/rules/KA220-ADU/99999", 422, "not one of this server"),
        ("/rules/%3Cimg%20src=x%3E/2026", 404, "There is no action '<img src=x>'"),
        ("/rules?language=xx", 404, "There is no language 'xx'"),
    ],
)
def test_what_there_is_not_gets_a_page_that_says_so(
    client: TestClient, address: str, status: int, sentence: str
) -> None:
    page = content(client, address, status)
    assert sentence in words(page)
    assert "<img" not in page
