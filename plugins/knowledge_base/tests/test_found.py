"""With a search beside it: answers come before the request, beside the ticket, and into the reply."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from deskcore_knowledge_base.models import Term
from sqlalchemy import select

from deskcore.plugin import search
from deskcore.testing.house import House, Template, opened, prepare
from deskcore.testing.outbox import delivered
from deskcore.testing.sql import guarded
from deskcore.testing.tickets import opened_ticket

from .conftest import DESK, Library

FORM = f"/services/{DESK}-concern"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return prepare(Path(__file__).parents[1], tmp_path_factory.mktemp("template"), ("search",))


@pytest.fixture
def library(template: Template, tmp_path: Path) -> Iterator[Library]:
    with guarded(), opened(template, tmp_path) as house:
        library = Library(house)
        library.published("Drukarka nie drukuje", "1. Spójrz na wyświetlacz drukarki.", language="pl")
        library.published("The printer does not print", "1. Look at the display of the printer.")
        library.published("How agents mend printers", "With a hammer.", visibility="desk")
        indexed(house)
        yield library
        house.check_failures()


def indexed(house: House) -> None:
    """Let the worker index what has changed; the first search asks for the index."""
    for _turn in range(2):
        house.app.test_client().get("/answers?q=printer")
        delivered(house)


def test_articles_are_found_in_any_form_and_only_by_those_who_may_read_them(library: Library) -> None:
    person = library.reader("requester")
    page = person.get("/answers", query_string={"q": "printers printing"}).text
    assert 'href="/answers/a/the-printer-does-not-print' in page
    assert "hammer" not in page
    assert "mend" not in page
    person.post("/language/pl")
    assert "Drukarka nie drukuje" in person.get("/answers", query_string={"q": "drukarki nie drukuja"}).text
    strangers = library.house.app.test_client().get("/answers?q=printer").text
    assert "The printer does not print" not in strangers
    assert "Some answers are only for those who sign in" in strangers


def test_a_form_offers_answers_without_a_script_and_with_it_and_an_answer_leads_back(library: Library) -> None:
    person = library.reader("requester")
    typed = {"about": "My printer does not print at all", "secret": "hammer"}
    page = person.post(FORM, data={**typed, "_answers": "1"}).text
    link = re.search(r'href="(/answers/a/the-printer-does-not-print\?instead=[^"]+)"', page)
    assert link is not None
    assert "My printer does not print at all" in page
    kept = person.post(f"{FORM}/draft", data={**typed, "_step": "1"}, headers={"Accept": "application/json"})
    assert kept.json["suggested"][0]["title"] == "The printer does not print"
    assert "Does this answer your question?" in person.get(link[1]).text
    went_on = person.post(f"{link[1].partition('?')[0]}/request", data={"service": FORM.rpartition("/")[2]})
    assert went_on.headers["Location"] == FORM
    assert library.article("the-printer-does-not-print").asked == 1


def test_without_a_script_what_was_written_is_there_when_the_answer_was_none(library: Library) -> None:
    person = library.reader("requester")
    person.post(FORM, data={"about": "My printer does not print at all", "_answers": "1", "_step": "0"})
    assert "My printer does not print at all" in person.get(FORM).text


def test_of_two_languages_readers_see_one_and_agents_both(library: Library) -> None:
    pair = ("cleaning-the-printer", "czyszczenie-printer")
    library.published("Cleaning the printer", "With a cloth.", pair="both")
    library.published("Czyszczenie: printer", "Ściereczką.", language="pl", pair="both")
    with library.open():
        search.rebuild("article")
    person = library.reader("requester")
    for spoken, slug in zip(("en", "pl"), pair, strict=True):
        person.post(f"/language/{spoken}")
        page = person.get("/search", query_string={"q": "cleaning printer"}).text
        assert {each for each in pair if f"/answers/a/{each}?" in page} == {slug}
    number = opened_ticket(library.house, None, {"about": "Cleaning: czyszczenie printer"}).number
    beside = library.reader("agent").get(f"/agent/tickets/{number}").text
    assert {each for each in pair if f"/articles/{each}" in beside} == set(pair)


def test_what_was_found_is_narrowed_by_kind_topic_and_language_and_nonsense_narrows_to_nothing(
    library: Library,
) -> None:
    library.reader("lead").post(
        "/x/knowledge_base/topics", data={"title_en": "Rooms", "title_pl": "Sale", "position": "1"}
    )
    library.published("The printer of the small room", category="rooms")
    with library.open():
        search.rebuild("article")
    person = library.reader("requester")

    def found(**narrowed: str) -> set[str]:
        answer = person.get("/search", query_string={"q": "printer drukarka", **narrowed})
        assert answer.status_code == 200
        return set(re.findall(r'href="/answers/a/([^"?]+)', answer.text.partition('id="found"')[2]))

    every = {"drukarka-nie-drukuje", "the-printer-does-not-print", "the-printer-of-the-small-room"}
    assert found() == found(kind="article") == every
    assert found(category="Rooms") == {"the-printer-of-the-small-room"}
    assert found(language="pl") == {"drukarka-nie-drukuje"}
    assert found(kind="service") == set()
    for nonsense in ("<script>", "x" * 5000, "' OR 1=1"):
        assert found(kind=nonsense) == found(desk=nonsense) == found(category=nonsense) == set()
    assert found(desk=DESK) == every


def test_a_lost_article_leads_to_the_nearest_and_tells_nothing_of_one_that_is_hidden(library: Library) -> None:
    person = library.reader("requester")
    for slug in ("printers-that-do-not-print", "how-agents-mend-printers"):
        lost = person.get(f"/answers/a/{slug}")
        assert lost.status_code == 404
        assert 'href="/answers/a/the-printer-does-not-print"' in lost.text
        assert "hammer" not in lost.text


def test_the_most_read_answers_stand_on_the_first_page_for_those_who_may_read_them(library: Library) -> None:
    person = library.reader("requester")
    for slug in ("the-printer-does-not-print", "how-agents-mend-printers"):
        person.get(f"/answers/a/{slug}")
    start = person.get("/").text.partition("Popular answers")[2]
    assert 'href="/answers/a/the-printer-does-not-print"' in start
    assert "How agents mend printers" not in start
    person.post("/language/pl")
    assert "Popularne odpowiedzi" in person.get("/").text


def test_an_agent_puts_an_answer_into_the_reply_but_none_that_the_requester_may_not_read(library: Library) -> None:
    number = opened_ticket(library.house, None, {"about": "The printer does not print"}).number
    agent, url = library.reader("agent"), f"/agent/tickets/{number}"
    page = agent.get(url).text
    assert "How agents mend printers" in page
    offered = re.findall(r'insert=(knowledge_base-answers\.\d\.\d)[^"]*" data-insert="([^"]+)"', page)
    assert not [text for _place, text in offered if "hammer" in text]
    (link, _text), (whole, _more) = (each for each in offered if "the-printer-does-not-print" in each[1])
    reply = (
        agent.get(url, query_string={"insert": link}).text.partition('id="reply-body"')[2].partition("</textarea>")[0]
    )
    assert "http://localhost/answers/a/the-printer-does-not-print" in reply
    assert "Look at the display" in agent.get(url, query_string={"insert": whole}).text.partition('id="reply-body"')[2]
    for place in ("knowledge_base-answers.9.0", "knowledge_base-answers.x.0", "nothing", "a-b.0.0", "."):
        assert agent.get(url, query_string={"insert": place}).status_code == 404


def test_what_people_look_for_is_counted_without_names_and_numbers(library: Library) -> None:
    person = library.reader("requester")
    for words in ("zebra crossing", "zebra crossing", "anna@example.com", "IT-2394", "printer"):
        person.get("/search", query_string={"q": words})
    delivered(library.house)
    with library.open():
        from deskcore.plugin import session

        rows = {term.words: (term.times, term.empty) for term in session().scalars(select(Term))}
    assert rows["zebra crossing"] == (2, 2)
    assert rows["printer"][0] == 1
    assert set(rows) == {"zebra crossing", "printer"}


def test_what_people_often_look_for_stands_below_the_search_in_words_of_the_article(library: Library) -> None:
    """Whatever is typed, nothing gets to the first page that is not in a title which the reader may read."""
    person, title = library.reader("requester"), "the-printer-does-not-print"
    for words in ("prnter printers nonsense", "hammer of the boss"):
        for slug in (title, "drukarka-nie-drukuje", "how-agents-mend-printers"):
            for _often in range(2):
                person.get(f"/answers/a/{slug}", query_string={"searched": words})
    assert "Often searched" not in person.get("/").text
    person.get(f"/answers/a/{title}", query_string={"searched": "prnter printers nonsense"})
    often = person.get("/").text.partition("Often searched:")[2].partition("</div>")[0]
    assert re.findall(r'href="([^"]+)"[^>]*>([^<]+)<', often) == [("/search?q=printer", "printer")]
    person.post("/language/pl")
    assert "Często szukane" not in person.get("/").text


def test_answers_about_a_request_stand_on_the_page_that_says_it_has_come(library: Library) -> None:
    number = opened_ticket(library.house, None, {"about": "The printer does not print"}).number
    page = library.reader("requester").get(f"/requests/{number}/sent").text.partition("Maybe this helps meanwhile")[2]
    assert 'href="/answers/a/the-printer-does-not-print"' in page
    assert "How agents mend" not in page
    other = opened_ticket(library.house, None, {"about": "Zebra crossing"}).number
    assert "Maybe this helps" not in library.reader("requester").get(f"/requests/{other}/sent").text
