"""What readers find at ``/answers``, and what they never learn of."""

from __future__ import annotations

import pytest

from .conftest import Library

TOPICS = "/x/knowledge_base/topics"


def test_an_article_is_read_in_two_clicks_and_says_who_keeps_it(library: Library) -> None:
    lead = library.reader("lead")
    assert lead.post(TOPICS, data={"title_en": "Printers", "title_pl": "Drukarki", "position": "1"}).status_code == 303
    library.published("Change the toner", "## Before\n\n1. Open the lid.", category="printers", summary="In a minute.")
    person = library.reader("requester")
    start = person.get("/answers").text
    assert "Printers" in start
    assert "1 article" in start
    shelf = person.get("/answers/printers").text
    assert "In a minute." in shelf
    page = person.get("/answers/a/change-the-toner").text
    assert "<h2>Before</h2>" in page
    assert "<li>Open the lid.</li>" in page
    assert "Plain desk" in page
    person.post("/language/pl")
    assert "Drukarki" in person.get("/answers").text


@pytest.mark.parametrize(
    ("visibility", "readers"),
    [
        ("public", {"nobody", "requester", "agent", "other_agent"}),
        ("staff", {"requester", "agent", "other_agent"}),
        ("internal", {"agent in the workspace", "other_agent in the workspace"}),
        ("desk", {"agent in the workspace"}),
    ],
)
def test_only_those_read_an_article_whom_it_is_for(library: Library, visibility: str, readers: set[str]) -> None:
    slug = library.published("The secret word", "It says xyzzy.", summary="About xyzzy.", visibility=visibility)
    found = set()
    for role in ("nobody", "requester", "agent", "other_agent"):
        client = library.house.app.test_client() if role == "nobody" else library.reader(role)
        answer = client.get(f"/answers/a/{slug}")
        assert (answer.status_code == 200) == ("xyzzy" in answer.text)
        assert ("The secret word" in client.get("/answers").text) == (answer.status_code == 200)
        found |= {role} if answer.status_code == 200 else set()
        answer = client.get(f"/x/knowledge_base/articles/{slug}")
        if answer.status_code == 200 and role not in found:
            found.add(f"{role} in the workspace")
    assert found == readers


def test_a_draft_and_an_archived_article_are_nobodys_to_read(library: Library) -> None:
    draft, old = library.draft("Not yet"), library.published("No longer")
    lead = library.reader("lead")
    lead.post(f"/x/knowledge_base/articles/{old}", data={"action": "archive", "version": "1"})
    for slug in (draft, old):
        assert library.reader("requester").get(f"/answers/a/{slug}").status_code == 404
    start = library.reader("requester").get("/answers").text
    assert "No articles yet" in start


def test_a_reader_sees_each_article_once_in_the_own_language_if_there_is_one(library: Library) -> None:
    library.published("Change the toner", pair="p1")
    library.published("Wymień toner", "1. Otwórz pokrywę.", language="pl", pair="p1")
    library.published("Only in English", pair="p2")
    person = library.reader("requester")
    assert "Wymień toner" not in person.get("/answers").text
    page = person.get("/answers/a/change-the-toner").text
    assert "Czytaj po polsku" in page
    person.post("/language/pl")
    start = person.get("/answers").text
    assert "Wymień toner" in start
    assert "Change the toner" not in start
    assert "Only in English" in start


def test_what_readers_say_reaches_those_who_write_and_counts_once(library: Library) -> None:
    slug = library.published()
    person, url = library.reader("requester"), f"/answers/a/{slug}"
    assert person.post(url, data={"helped": "no", "comment": "x" * 2001}).status_code == 422
    for helped, comment in (("no", "Which lid?"), ("yes", "")):
        assert person.post(url, data={"helped": helped, "comment": comment}).status_code == 303
    assert "You said that it helped." in person.get(url).text
    page = library.reader("agent").get(f"/x/knowledge_base/articles/{slug}").text
    assert "1 yes, 0 no" in page
    assert "Which lid?" in page
    assert "Which lid?" not in library.reader("other_agent").get(f"/x/knowledge_base/articles/{slug}").text


def test_an_article_that_spares_a_request_and_one_that_ends_in_one_are_counted(library: Library) -> None:
    slug = library.published()
    person, url = library.reader("requester"), f"/answers/a/{slug}"
    assert "Yes, that is enough" in person.get(f"{url}?instead=a-service").text
    assert person.post(url, data={"helped": "yes", "instead": "yes"}).status_code == 303
    went_on = person.post(f"{url}/request")
    assert went_on.status_code == 303
    assert "words=Change+the+toner" in went_on.headers["Location"]
    numbers = library.reader("lead").get("/x/knowledge_base/numbers").text
    assert 'Requests that were not needed</dt><dd class="num">1<' in numbers
    assert "Change the toner" in numbers.partition("Articles that end in requests")[2]


def test_views_are_counted_and_so_are_the_words_that_led_there(library: Library) -> None:
    slug = library.published()
    person = library.reader("requester")
    for _turn in range(2):
        person.get(f"/answers/a/{slug}?searched=toner")
    assert library.article(slug).views == 2


def test_beside_an_article_stand_others_of_its_shelf_that_the_reader_may_read(library: Library) -> None:
    library.reader("lead").post(TOPICS, data={"title_en": "Printers", "title_pl": "Drukarki", "position": "1"})
    slug = library.published("Change the toner", category="printers")
    library.published("Clean the rollers", category="printers")
    library.published("Where the spare keys hang", category="printers", visibility="desk")
    library.published("Something else")
    beside = library.reader("requester").get(f"/answers/a/{slug}").text.partition('id="related"')[2]
    assert "Clean the rollers" in beside
    assert "spare keys" not in beside
    assert "Something else" not in beside


def test_strange_addresses_find_nothing_and_break_nothing(library: Library) -> None:
    library.published()
    person = library.reader("requester")
    for path in ("/answers/a/%F0%9F%98%80", "/answers/nothing", "/answers/a/" + "x" * 3000, "/answers/files/x/y"):
        assert person.get(path).status_code == 404
    for page in ("0", "-1", "x", "9" * 40, "99999"):
        assert person.get("/answers", query_string={"page": page, "q": "%_'\""}).status_code == 200
