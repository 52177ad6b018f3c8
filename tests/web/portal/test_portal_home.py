"""The first page, the search and the list of services."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from deskcore.tickets import services

Acting = Callable[..., AbstractContextManager[Any]]
POLISH = {"Accept-Language": "pl"}


def test_the_greeting_uses_the_first_name_in_english_and_no_name_in_polish(anna: Any) -> None:
    assert anna.open("/").headings == ["How can we help, Anna?"]
    assert anna.open("/", headers=POLISH).headings == ["W\u00a0czym możemy pomóc?"]


def test_a_question_waits_on_the_home_page_with_its_words(anna: Any, asked: str) -> None:
    page = anna.open("/")
    assert "Marek Nowak asks: Which tray jams, the upper one or the lower one?" in page.text
    assert page.link("Answer") == f"/requests/{asked}#answer"


def test_nothing_waits_and_nothing_is_listed_for_somebody_new(jan: Any, asked: str) -> None:
    page = jan.open("/")
    assert "Waiting for you" not in page.text
    assert "My requests" not in page.text.partition("Popular services")[2]
    assert asked not in page.source


def test_a_question_is_answered_in_two_clicks(anna: Any, asked: str, tickets: Callable[[], list[Any]]) -> None:
    anna.open("/")
    anna.click("Answer")
    page = anna.send(f"/requests/{asked}/reply", body="The lower one")
    assert "The lower one" in page.text
    assert [ticket.status_category for ticket in tickets()] == ["open"]
    assert "Waiting for you" not in anna.open("/").text


def test_my_newest_three_requests_stand_there_with_their_status(anna: Any, opened: Callable[..., str]) -> None:
    numbers = [opened(subject=f"Fault {place}") for place in range(4)]
    page = anna.open("/")
    shown = [number for number in numbers if f"/requests/{number}" in page.source]
    assert shown == numbers[1:]
    assert "Received" in page.text


def test_somebody_who_follows_is_not_told_that_it_waits_for_him(
    anna: Any, jan: Any, asked: str, acting: Acting
) -> None:
    with acting("anna.kowalska"):
        services.add_participant(asked, "jan.wojcik@meridian.example")
    assert "Waiting for you" not in jan.open("/").text
    assert "Waiting for requester" in jan.open("/requests?state=followed").text
    assert "Waiting for you" in anna.open("/requests").text


SEARCHES = (
    ("drukarka nie dziala", "it-incident"),
    ("no sound in Teams", "it-incident"),
    ("VPN", "it-incident"),
    ("nie pamiętam HASŁA", "it-password-reset"),
    ("forgot my password", "it-password-reset"),
    ("nowy laptop", "it-hardware-request"),
    ("second monitor", "it-hardware-request"),
    ("słuchawki", "it-hardware-request"),
    ("sluchawki", "it-hardware-request"),
    ("podejrzany mail", "it-suspicious-email"),
    ("phishing", "it-suspicious-email"),
    ("install software", "it-software-install"),
)


def test_a_search_finds_the_service_first(anna: Any) -> None:
    for words, service in SEARCHES:
        page = anna.open("/search", query_string={"q": words})
        found = [href for href, _ in page.links if href.startswith("/services/it-")]
        assert found[0].partition("?")[0] == f"/services/{service}", words


def test_a_search_finds_own_requests_by_number_and_subject_only(
    anna: Any, jan: Any, opened: Callable[..., str]
) -> None:
    number = opened(subject="Beamer in the attic")
    for words in (number, number.lower(), "beamer", "the attic"):
        assert f"/requests/{number}" in anna.open(f"/search?q={words}").source
        assert f"/requests/{number}" not in jan.open(f"/search?q={words}").source


def test_a_search_without_a_result_carries_the_words_on(anna: Any) -> None:
    page = anna.open("/search?q=qwertyzxcv")
    assert "Nothing found for “qwertyzxcv”." in page.text
    assert page.link("Describe it in your own words") == "/services/other?words=qwertyzxcv"


def test_a_search_takes_anything(anna: Any) -> None:
    for words in ("%", "_", "'; DROP TABLE ticket; --", "<script>", "\u202e\u0301", "a" * 5000):
        page = anna.open("/search", query_string={"q": words})
        assert anna.status == 200, words
        assert "<script>" not in page.source


def test_services_stand_in_groups_or_from_a_to_z(anna: Any) -> None:
    page = anna.open("/services")
    assert page.source.index("Something doesn&#39;t work") < page.source.index("Lost or stolen device")
    page = anna.open("/services?sort=az")
    names = [href for href, _ in page.links if href.startswith("/services/it-")]
    assert names[0] == "/services/it-access-request"


def test_each_of_three_doors_shows_its_services(anna: Any) -> None:
    for door in ("broken", "need", "process"):
        page = anna.open(f"/services/door/{door}")
        assert anna.status == 200, door
        assert any(href.startswith("/services/it-") for href, _ in page.links), door
    anna.open("/services/door/back")
    assert anna.status == 404
