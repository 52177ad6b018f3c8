"""Rating in the portal: in two clicks, with a comment, changed within a week, and by nobody else."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask.testing import FlaskClient

from deskcore import clock
from deskcore.testing import Statements
from deskcore.tickets import services

from .conftest import Asking, address, later

User = Callable[[str], FlaskClient]


def rate(client: FlaskClient, number: str, rating: int | str, comment: str = "", version: int = 1) -> int:
    form = {"rating": str(rating), "comment": comment, "version": str(version)}
    return client.post(f"/ratings/{number}", data=form).status_code


def test_the_portal_asks_on_the_first_page_and_on_the_request(asking: Asking, as_user: User) -> None:
    number = asking.asked(about="The door squeaks")
    client = as_user("requester")
    with clock.at(later(hours=4)):
        home = client.get("/").text
        assert "How did we do? – The door squeaks" in home
        assert f'href="/ratings/{number}"' in home
        page = client.get(f"/requests/{number}").text
        for rating, word in enumerate(("Very bad", "Bad", "All right", "Good", "Very good"), start=1):
            assert re.search(rf'href="/ratings/{number}\?rating={rating}"[^>]*>{word}<', page), word
        form = client.get(f"/ratings/{number}?rating=4").text
        assert re.findall(r'value="(\d)" checked', form) == ["4"]
        assert client.get(f"/ratings/{number}").text.count(" checked") == 0
        assert rate(client, number, 4, "Thank you") == 303
        assert "How did we do?" not in client.get("/").text
        page = client.get(f"/requests/{number}").text
        assert "Change it (7 days left)" in page
        survey = asking.last(number)
    assert (survey.rating, survey.comment, survey.rated_at) == (4, "Thank you", later(hours=4))


def test_a_rating_is_changed_within_a_week_and_not_after(asking: Asking, as_user: User) -> None:
    number = asking.asked()
    client = as_user("requester")
    with clock.at(later(hours=4)):
        assert rate(client, number, 2, "It squeaks again") == 303
    with clock.at(later(days=7, hours=3)):
        client = as_user("requester")
        assert "You can change it for 1 more day." in client.get(f"/ratings/{number}").text
        assert rate(client, number, 5, "Better now", version=2) == 303
        assert rate(client, number, 5, "Better now", version=2) == 303  # the same once more
    with clock.at(later(days=7, hours=5)):
        assert "It can no longer be changed." in client.get(f"/ratings/{number}").text
        answer = client.post(f"/ratings/{number}", data={"rating": "1", "comment": "", "version": "3"})
        assert answer.status_code == 422
        assert "It is too late to rate this." in answer.text
    assert (asking.last(number).rating, asking.last(number).version) == (5, 3)


def test_a_question_is_answered_within_some_weeks_and_not_after(asking: Asking, as_user: User) -> None:
    number = asking.asked()
    with clock.at(later(days=31)):
        client = as_user("requester")
        assert "How did we do?" not in client.get("/").text
        assert "This can no longer be rated" in client.get(f"/ratings/{number}").text
        assert rate(client, number, 5) == 422
    assert asking.last(number).rating is None


def test_what_was_sent_comes_back_with_what_to_correct(asking: Asking, as_user: User) -> None:
    number = asking.asked()
    client = as_user("requester")
    with clock.at(later(hours=4)):
        for rating in ("", "0", "6", "x", "4.5"):
            answer = client.post(f"/ratings/{number}", data={"rating": rating, "comment": "A <b>word", "version": "1"})
            assert answer.status_code == 422, rating
            assert "Choose one of the five answers." in answer.text
            assert "A &lt;b&gt;word" in answer.text
        answer = client.post(f"/ratings/{number}", data={"rating": "4", "comment": "x" * 2001, "version": "1"})
        assert answer.status_code == 422
        assert "x" * 2001 in answer.text
        assert rate(client, number, 4, "First") == 303
        late = client.post(f"/ratings/{number}", data={"rating": "1", "comment": "Second", "version": "1"})
        assert late.status_code == 409
        assert "First" in late.text
        assert "Second" in late.text
        assert re.search(r'name="version" value="2"', late.text)
    assert (asking.last(number).rating, asking.last(number).comment) == (4, "First")


def test_nobody_else_rates_a_request(asking: Asking, as_user: User) -> None:
    number = asking.asked()
    asking.do(
        "requester", services.add_participant, number, address("other_requester"), area="portal", at=later(hours=4)
    )
    with clock.at(later(hours=5)):
        for role in ("other_requester", "agent", "lead", "admin", "other_agent"):
            client = as_user(role)
            assert client.get(f"/ratings/{number}").status_code == 404, role
            assert rate(client, number, 1) == 404, role
            assert "How did we do?" not in client.get("/").text
        assert "/ratings/" not in as_user("other_requester").get(f"/requests/{number}").text
        assert as_user("requester").get("/ratings/PLAIN-999").status_code == 404
    assert asking.last(number).rating is None


def test_the_desk_reads_ratings_on_its_timeline_once(asking: Asking, as_user: User) -> None:
    number = asking.asked()
    client = as_user("requester")
    with clock.at(later(hours=4)):
        rate(client, number, 4)
    asking.work(later(hours=4))
    with clock.at(later(hours=5)):
        rate(client, number, 2, "I was wrong", version=2)
    asking.work(later(hours=5))
    asking.work(later(hours=6))
    assert asking.said(number)[1:] == [("Rated: Good", False), ("Low rating: Bad", False)]


def test_pages_ask_the_database_a_few_times(
    asking: Asking, as_user: User, query_budget: Callable[[int], Statements]
) -> None:
    asking.give("pause_days", 0)
    numbers = [asking.finished(f"Number {place}") for place in range(5)]
    asking.ask()
    client = as_user("requester")
    with clock.at(later(hours=4)):
        client.get("/")
        with query_budget(14):
            assert client.get("/").text.count('href="/ratings/') == 5
        with query_budget(9):
            client.get(f"/ratings/{numbers[0]}")
        with query_budget(20):
            client.get(f"/requests/{numbers[0]}")
