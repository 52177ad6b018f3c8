"""Every letter can be ended with one click, also by a mail program; nobody learns anything from the link."""

from __future__ import annotations

import re
from dataclasses import replace
from email.message import EmailMessage

import pytest
from deskcore_notifications import decisions, wishes
from deskcore_notifications.decisions import Usual
from deskcore_notifications.events import EVENTS, Way
from deskcore_notifications.models import Letter
from deskcore_notifications.wishes import Wish, Wishes
from sqlalchemy import delete

from deskcore import clock
from deskcore.people.services import deactivate, find_person
from deskcore.testing.tickets import opened_ticket
from deskcore.tickets import services
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

from .conftest import MONDAY, PUBLIC, Desk, Post, address, later, text_of

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def path_of(letter: EmailMessage) -> str:
    """Return the path to which a letter leads those who want no more of it."""
    found = re.fullmatch(rf"<{PUBLIC}(/x/notifications/stop/[\w.-]+)>", letter["List-Unsubscribe"])
    assert found is not None
    return found[1]


def first_letter(desk: Desk, post: Post, subject: str = "A noise") -> tuple[str, EmailMessage]:
    """Let an agent answer; return the number of the ticket, and the letter to who asked."""
    number = desk.open(subject)
    desk.reply(number)
    desk.send(at=later(minutes=1))
    return number, post.to("requester")[0]


def click(desk: Desk, path: str, *, days: int = 0) -> str:
    """Do what a mail program does: no cookie, no page before; return what it is answered."""
    with clock.at(later(days=days, minutes=5)):
        answer = desk.house.app.test_client().post(path, data=ONE_CLICK)
    assert answer.status_code == 200
    return answer.text


def read(desk: Desk, path: str, status: int = 200, role: str = "", at_minute: int = 5) -> str:
    """Open the page as somebody, or as nobody."""
    browser = desk.house.as_user(role) if role else desk.house.app.test_client()
    with clock.at(later(minutes=at_minute)):
        answer = browser.get(path)
    assert answer.status_code == status
    return answer.text


def decide(desk: Desk, event: str, usual: Usual) -> None:
    with desk.house.app.test_request_context(), acting_as(SYSTEM):
        decisions.decide({(event, False): usual}, decisions.fingerprint(decisions.decided()))


def test_a_mail_program_ends_e_mail_of_that_kind_with_one_click(public: Desk, post: Post) -> None:
    number, letter = first_letter(public, post)
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"{PUBLIC}{path_of(letter)}" in text_of(letter)
    for _again in range(2):  # mail programs repeat themselves
        assert "You get no e-mail any more about:" in click(public, path_of(letter))
    public.reply(number, text="And once more.", at=later(minutes=10))
    public.do("agent", services.set_status, number, "resolved", at=later(minutes=20))
    public.send(at=later(hours=1))
    assert [text.count("Solved") for text in map(text_of, post.to("requester")[1:])] == [1]
    page = public.house.as_user("requester").get("/notifications").text
    assert page.count("New reply") == 2  # in the browser all is as before


def test_opening_the_link_says_what_would_end_and_ends_nothing(public: Desk, post: Post) -> None:
    number, letter = first_letter(public, post)
    page = read(public, path_of(letter))
    assert "You will get no e-mail any more about:" in page
    assert "A reply to my request" in page
    assert "A noise" not in page
    with public.house.app.test_client() as browser, clock.at(later(minutes=5)):
        assert "You will get" in browser.post(path_of(letter)).text  # not what either of them sends
    public.reply(number, text="And once more.", at=later(minutes=10))
    public.send(at=later(hours=1))
    assert len(post.to("requester")) == 2
    with clock.at(later(minutes=5)):
        button = public.house.as_user("requester").post(path_of(letter), data={"confirmed": "yes"})
    assert "You get no e-mail any more about:" in button.text


def test_what_waits_to_be_sent_is_ended_too(public: Desk, post: Post) -> None:
    number, letter = first_letter(public, post)
    public.reply(number, text="And once more.", at=later(minutes=4))
    click(public, path_of(letter))
    public.send(at=later(hours=1))
    assert len(post.to("requester")) == 1


def test_whoever_follows_a_ticket_ends_that_following_and_hears_of_others(public: Desk, post: Post) -> None:
    first, second = public.open("A noise"), public.open("A smell")
    for number in (first, second):
        public.do("agent", services.add_participant, number, address("other_requester"), "follower")
        public.reply(number)
    public.send(at=later(minutes=1))
    letter = next(each for each in post.to("other_requester") if first in each["Subject"])
    page = read(public, path_of(letter))
    assert f"You will no longer follow {first}" in page
    assert "Where you only followed it" in page
    assert f"You no longer follow {first}" in click(public, path_of(letter))
    click(public, path_of(letter))
    for number in (first, second):
        public.reply(number, text="And once more.", at=later(minutes=10))
    public.send(at=later(hours=1))
    assert [second in each["Subject"] for each in post.to("other_requester")[2:]] == [True]
    assert public.house.as_user("other_requester").get(f"/requests/{first}").status_code == 404


def test_the_link_of_a_summary_ends_summaries_and_leaves_the_rest(public: Desk, post: Post) -> None:
    with public.house.app.test_request_context(), acting_as(SYSTEM):
        wishes.save(address("requester"), Wishes({"reply": Wish(mail="daily")}), lead=False)
    number = public.open()
    public.reply(number)
    public.send(at=later(days=1))
    [summary] = post.to("requester")
    assert "You get no daily summary any more" in click(public, path_of(summary), days=1)
    public.reply(number, text="And once more.", at=later(days=1, minutes=10))
    public.do("agent", services.set_status, number, "resolved", at=later(days=1, minutes=20))
    public.send(at=later(days=3))
    assert ["Solved" in text_of(each) for each in post.to("requester")[1:]] == [True]


def test_what_the_organisation_sends_to_everybody_has_no_such_link(public: Desk, post: Post) -> None:
    _number, letter = first_letter(public, post)
    decide(public, "reply", Usual(Way(True, "now"), mail_fixed=True))
    page = click(public, path_of(letter))
    assert "Your organisation decided that everybody gets e-mail about:" in page
    public.reply(public.open("A smell"), at=later(minutes=10))
    public.send(at=later(hours=1))
    second = post.to("requester")[1]
    assert second["List-Unsubscribe"] is second["List-Unsubscribe-Post"] is None
    assert "/stop/" not in text_of(second)


def test_a_helpdesk_that_nobody_else_reaches_promises_no_link(mailing: Desk, post: Post) -> None:
    _number, letter = first_letter(mailing, post)
    assert letter["List-Unsubscribe"] is letter["List-Unsubscribe-Post"] is None


def test_without_tls_a_letter_names_the_address_and_promises_no_single_click(
    mailing: Desk, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = mailing.house.app.extensions["deskcore"]
    monkeypatch.setattr(parts, "config", replace(parts.config, base_url="http://help.organisation.example"))
    _number, letter = first_letter(mailing, post)
    assert letter["List-Unsubscribe"].startswith("<http://help.organisation.example/x/notifications/stop/")
    assert letter["List-Unsubscribe-Post"] is None


def test_a_forged_link_ends_nothing_and_says_so(public: Desk, post: Post) -> None:
    number, letter = first_letter(public, post)
    path = path_of(letter)
    for forged in (path[:-3] + "xyz", path[:-30], f"{path[:-50]}.x"):
        assert "This link is not complete, or was changed." in read(public, forged, 404)
        assert public.house.app.test_client().post(forged, data=ONE_CLICK).status_code == 404
    public.reply(number, text="And once more.", at=later(minutes=10))
    public.send(at=later(hours=1))
    assert len(post.to("requester")) == 2


def test_a_link_for_somebody_else_or_one_that_is_too_old_ends_nothing(public: Desk, post: Post) -> None:
    number, letter = first_letter(public, post)
    path = path_of(letter)
    assert "This link was made for somebody else." in read(public, path, 403, "other_requester")
    with clock.at(later(minutes=5)):
        assert public.house.as_user("agent").post(path, data={"confirmed": "yes"}).status_code == 403
    assert "This link is too old." in read(public, path, 410, at_minute=31 * 24 * 60)
    public.reply(number, text="And once more.", at=later(minutes=10))
    public.send(at=later(hours=1))
    assert len(post.to("requester")) == 2
    with public.house.app.app_context(), acting_as(SYSTEM), unit_of_work() as session:
        session.execute(delete(Letter), execution_options={"synchronize_session": False})
    assert "This link is too old." in read(public, path, 410)


def test_the_page_names_no_ticket_to_who_has_no_right_to_it_any_more(public: Desk, post: Post) -> None:
    number = public.open("A noise")
    public.do("agent", services.add_participant, number, address("other_requester"), "follower")
    public.reply(number)
    public.send(at=later(minutes=1))
    [letter, *_others] = post.to("other_requester")
    with public.as_("agent", "workspace"):
        services.remove_participant(number, address("other_requester"))
    for page in (read(public, path_of(letter)), click(public, path_of(letter))):
        assert "follow what the message was about" in page
        assert number not in page
        assert "A noise" not in page
    with public.house.app.test_request_context(), acting_as(SYSTEM):
        person = find_person(address("other_requester"))
        assert person is not None
        deactivate(person)
    assert "This link is too old." in read(public, path_of(letter), 410)


def test_the_link_of_a_confidential_ticket_says_nothing_of_it(public: Desk, post: Post) -> None:
    public.give_desk("elsew")
    with clock.at(MONDAY):
        number = opened_ticket(public.house, "concern", {"about": "Marzanna"}, desk="elsew").number
    public.do("other_agent", services.add_participant, number, address("other_requester"), "follower")
    public.do("other_agent", services.reply, number, "A reply.")
    public.send(at=later(minutes=1))
    [letter, *_others] = post.to("other_requester")
    page = read(public, path_of(letter))
    for word in (number, "Marzanna", "Elsewhere"):
        assert word not in page
    click(public, path_of(letter))
    assert public.house.as_user("other_requester").get(f"/requests/{number}").status_code == 404


def test_everything_that_goes_by_mail_can_be_ended(public: Desk, post: Post) -> None:
    """Whatever of several reasons is named, ending its e-mail ends the letters for it."""
    with public.house.app.test_request_context(), acting_as(SYSTEM):
        wanted = {event.key: Wish(mail="never") for event in EVENTS} | {"note": Wish(mail="now")}
        wishes.save(address("agent"), Wishes(wanted), lead=False)
    number = public.open()
    public.assign(number)
    public.do("lead", services.note, number, "@Agata Agent: look at it.")
    public.send(at=later(minutes=1))
    [letter] = post.to("agent")
    click(public, path_of(letter))
    public.do("lead", services.note, number, "@Agata Agent: once more.", at=later(minutes=10))
    public.send(at=later(hours=1))
    assert len(post.to("agent")) == 1
