"""Whoever stands in for somebody is told of the days, of every change, and when they begin; nobody else is."""

from __future__ import annotations

from datetime import date

from deskcore_notifications.models import News
from sqlalchemy import select

from deskcore import clock
from deskcore.people.absence_models import Absence
from deskcore.people.absences import Days, change_absence, end_absence, plan_absence, seen_of
from deskcore.people.models import Person
from deskcore.people.services import find_person, grant, revoke
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

from .conftest import MONDAY, Desk, Post, address, later, text_of

FIRST, LAST = date(2026, 11, 30), date(2026, 12, 4)


def person(role: str) -> Person:
    found = find_person(address(role))
    assert found is not None
    return found


def plan(desk: Desk, deputy: str = "lead", by: str = "agent", first: date = FIRST) -> str:
    """Let the agent be away for a week."""
    with clock.at(MONDAY), desk.as_(by, "portal"):
        return plan_absence(person("agent"), Days(first, LAST, address(deputy) if deputy else "", "In hospital"))


def change(desk: Desk, token: str, last: date = LAST, deputy: str = "lead") -> None:
    with clock.at(MONDAY), desk.as_("agent", "portal"):
        absence = stored(desk, token)
        days = Days(absence.first_day, last, address(deputy) if deputy else "", "In hospital")
        change_absence(person("agent"), token, days, seen_of(absence))


def stored(desk: Desk, token: str) -> Absence:
    with acting_as(SYSTEM) as session:
        return session.scalars(select(Absence).where(Absence.token == token)).one()


def told(desk: Desk, role: str, at_day: int = 0) -> list[str]:
    """Do what is due, and return of what somebody was told."""
    desk.catch_up(later(days=at_day, minutes=1))
    with desk.house.app.app_context(), acting_as(SYSTEM) as session:
        wanted = select(News).where(News.receiver == address(role), News.event == "deputy").order_by(News.id)
        return [row.title_en for row in session.scalars(wanted)]


def test_a_deputy_is_told_of_the_days_of_changes_and_of_the_end(plain: Desk) -> None:
    token = plan(plain)
    change(plain, token, date(2026, 12, 8))
    with clock.at(MONDAY), plain.as_("agent", "portal"):
        end_absence(person("agent"), token)
    asked, changed, over = told(plain, "lead")
    assert asked == "You stand in for Agata Agent: 30 Nov\u2009–\u20094 Dec 2026"
    assert changed == "The days on which you stand in for Agata Agent changed: 30 Nov\u2009–\u20098 Dec 2026"
    assert over == "You no longer stand in for Agata Agent: 30 Nov\u2009–\u20098 Dec 2026"
    assert told(plain, "agent") == told(plain, "requester") == []
    plain.catch_up(later(days=10))
    assert len(told(plain, "lead", 10)) == 3  # nothing begins that was taken back


def test_when_the_absence_begins_the_deputy_is_led_to_the_tickets(mailing: Desk, post: Post) -> None:
    number = mailing.open()
    mailing.assign(number)
    with clock.at(MONDAY):
        assert mailing.house.as_user("lead").post("/profile/settings", data={"language": "pl"}).status_code == 303
    plan(mailing)
    assert len(told(mailing, "lead")) == 1
    assert len(told(mailing, "lead", 6)) == 1  # not a day too early
    assert len(told(mailing, "lead", 7)) == 2
    mailing.send(at=later(days=7, minutes=5))
    begun = next(letter for letter in post.to("lead") if "zaczęło" in letter["Subject"])
    assert begun["Subject"] == "Zastępstwo się zaczęło: Agata Agent, 30 lis–4 gru 2026"
    assert "bo pełnisz to zastępstwo" in text_of(begun)
    assert "In hospital" not in text_of(begun)
    path = next(word for word in text_of(begun).split() if "/notifications/to/" in word).partition(":8000")[2]
    browser = mailing.house.as_user("lead")
    assert number in browser.get(browser.get(path).location).text


def test_another_deputy_is_asked_and_the_former_one_is_let_go(plain: Desk) -> None:
    with plain.house.app.test_request_context(), acting_as(SYSTEM):
        grant(person("other_requester"), "plain", "agent")
    token = plan(plain)
    change(plain, token, deputy="other_requester")
    assert [title.partition(" stand in")[0] for title in told(plain, "lead")] == ["You", "You no longer"]
    assert [title.partition(" stand in")[0] for title in told(plain, "other_requester")] == ["You"]
    change(plain, token, deputy="")
    assert len(told(plain, "other_requester")) == 2
    assert [title.partition(":")[0] for title in told(plain, "other_requester", 7)[1:]] == [
        "You no longer stand in for Agata Agent"
    ]


def test_an_absence_from_today_on_is_told_once_as_begun(plain: Desk) -> None:
    plan(plain, first=MONDAY.date())
    assert [title.partition(":")[0] for title in told(plain, "lead")] == ["Agata Agent is away and you stand in"]
    assert len(told(plain, "lead", 1)) == 1


def test_nobody_is_told_of_what_he_did_himself(plain: Desk) -> None:
    plan(plain, by="lead")
    assert told(plain, "lead") == []
    assert len(told(plain, "lead", 7)) == 1  # that it begins, nobody did


def test_who_works_on_none_of_the_desks_any_more_stands_in_for_nobody(plain: Desk) -> None:
    plan(plain)
    assert len(told(plain, "lead")) == 1
    with plain.house.app.test_request_context(), acting_as(SYSTEM):
        revoke(person("lead"), "plain")
    assert len(told(plain, "lead", 7)) == 1


def test_other_words_for_colleagues_are_no_news(plain: Desk) -> None:
    token = plan(plain)
    with clock.at(MONDAY), plain.as_("agent", "portal"):
        absence = stored(plain, token)
        days = Days(FIRST, LAST, address("lead"), "In the mountains")
        change_absence(person("agent"), token, days, seen_of(absence))
    assert len(told(plain, "lead")) == 1


def test_the_bell_shows_it_and_each_person_chooses_how(plain: Desk) -> None:
    plan(plain)
    plain.catch_up(later(minutes=1))
    page = plain.house.as_user("lead").get("/x/notifications/inbox").text
    assert "You stand in for Agata Agent" in page
    assert "because you are the deputy" in page
    assert '<span class="dot num">1</span>' in page
    assert "I stand in for somebody who is away" in plain.house.as_user("lead").get("/notifications/settings").text
