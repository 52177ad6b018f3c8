"""Nobody hears of a ticket that he does not see at that moment, and notes never leave to those who ask."""

from __future__ import annotations

from typing import Any

import pytest
from deskcore_notifications.events import EVENTS

from deskcore import clock
from deskcore.people.services import deactivate, find_person, revoke
from deskcore.testing.tickets import opened_ticket
from deskcore.tickets import services
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

from .conftest import MONDAY, Desk, Post, address, later, text_of

#: Words that stand in the ticket, each in one place.
SUBJECT, REPLY, ANSWER, NOTE, SECRET = "Marzanna", "Zubrowka", "Kasztan", "Bursztyn", "Jantar"
EVERYBODY = ("requester", "other_requester", "agent", "lead", "other_agent", "admin", "auditor")


def everything(desk: Desk, number: str, agent: str = "agent", lead: str = "lead") -> None:
    """Let everything happen to a ticket that people are told of."""
    steps: tuple[tuple[str, Any, tuple[Any, ...], str], ...] = (
        (agent, services.add_participant, (number, address("other_requester"), "follower"), "workspace"),
        (agent, services.assign, (number, address(agent)), "workspace"),
        (agent, services.reply, (number, f"A reply with {REPLY}."), "workspace"),
        ("requester", services.reply, (number, f"An answer with {ANSWER}."), "portal"),
        (lead, services.note, (number, f"@Agata Agent, @Ella Elsewhere: a note with {NOTE}."), "workspace"),
        (agent, services.note, (number, f"@Leon Lead: another one with {NOTE}."), "workspace"),
        (agent, services.set_status, (number, "on_hold"), "workspace"),
        (agent, services.set_status, (number, "resolved"), "workspace"),
    )
    for place, (who, act, arguments, area) in enumerate(steps):
        desk.do(who, act, *arguments, at=later(minutes=place), area=area)


def whole(post: Post, role: str) -> str:
    """Return everything that somebody got by mail."""
    letters = post.to(role)
    parts = [text_of(letter, kind) for letter in letters for kind in ("plain", "html")]
    return "\n".join([*parts, *(str(value) for letter in letters for value in letter.values())])


def test_notes_and_sensitive_answers_never_leave_to_those_who_ask(mailing: Desk, post: Post) -> None:
    for role in EVERYBODY:
        _want_everything(mailing, role)
    with clock.at(MONDAY):
        answers = {"about": SUBJECT, "secret": SECRET}
        number = opened_ticket(mailing.house, "concern", answers, desk="plain").number
    everything(mailing, number)
    mailing.send(at=later(hours=1))
    for role in ("requester", "other_requester"):
        assert SUBJECT in whole(post, role)
        assert NOTE not in whole(post, role)
        page = mailing.house.as_user(role).get("/notifications?show=all").text
        assert SUBJECT in page
        assert NOTE not in page
    assert NOTE in whole(post, "agent")
    assert ANSWER in whole(post, "agent")
    assert not any(SECRET in whole(post, role) for role in EVERYBODY)
    for role in ("other_agent", "admin", "auditor"):
        assert (post.to(role), mailing.told(role)) == ([], [])
    assert {row.event for row in mailing.notices()} <= {event.key for event in EVENTS}


def test_of_a_confidential_desk_nothing_is_told_until_its_lead_lets_the_plugin_in(mailing: Desk, post: Post) -> None:
    number = _elsewhere(mailing)
    everything(mailing, number, "other_agent", "other_agent")
    mailing.send(at=later(hours=1))
    assert (mailing.notices(), post.taken) == ([], [])


def test_of_a_confidential_desk_a_letter_says_only_that_there_is_something(mailing: Desk, post: Post) -> None:
    mailing.give_desk("elsew")
    number = _elsewhere(mailing)
    everything(mailing, number, "other_agent", "other_agent")
    mailing.send(at=later(hours=1))
    letters = whole(post, "requester")
    assert post.to("requester")
    for word in (SUBJECT, REPLY, NOTE, SECRET, number, "Elsewhere", "Gdzie indziej", "Raise a concern", "ELSEW"):
        assert word not in letters
    assert {letter["Subject"] for letter in post.to("requester")} == {"News about one of your tickets"}
    link = text_of(post.to("requester")[0]).partition("Open it: ")[2].split()[0]
    path = link.removeprefix("http://127.0.0.1:8000")
    assert mailing.house.as_user("requester").get(path).headers["Location"] == f"/requests/{number}"
    assert mailing.house.as_user("other_agent").get(path).status_code == 404
    for role in ("agent", "lead", "admin", "auditor"):
        assert (post.to(role), mailing.told(role)) == ([], [])
    page = mailing.house.as_user("admin").get("/x/notifications/mail").text
    assert address("requester") not in page


def test_what_was_refused_about_a_confidential_desk_no_administrator_sees(mailing: Desk, post: Post) -> None:
    mailing.give_desk("elsew")
    post.says = {"": "550 no such mailbox"}
    number = _elsewhere(mailing)
    mailing.do("other_agent", services.reply, number, "A reply.")
    mailing.send()
    assert "550" not in mailing.house.as_user("admin").get("/x/notifications/mail").text
    assert "550" in mailing.house.as_user("requester").get("/notifications/settings").text


@pytest.mark.parametrize("how", ["grant withdrawn", "left", "taken off", "the plugin may no more"])
def test_rights_are_those_of_the_moment_when_a_letter_goes_out(mailing: Desk, post: Post, how: str) -> None:
    mailing.give_desk("elsew")
    number = _elsewhere(mailing) if how == "the plugin may no more" else mailing.open(SUBJECT)
    agent = "other_agent" if how == "the plugin may no more" else "agent"
    mailing.do(agent, services.add_participant, number, address("other_requester"), "follower")
    mailing.do(agent, services.reply, number, REPLY)
    role = "other_requester"
    if how == "grant withdrawn":
        mailing.assign(number)
        role = "agent"
    with mailing.house.app.test_request_context(), acting_as(SYSTEM):
        if how == "grant withdrawn":
            person = find_person(address("agent"))
            assert person is not None
            revoke(person, "plain")
        elif how == "left":
            person = find_person(address("other_requester"))
            assert person is not None
            deactivate(person)
    if how == "taken off":
        with mailing.as_("agent", "workspace"):
            services.remove_participant(number, address("other_requester"))
    elif how == "the plugin may no more":
        mailing.give_desk("elsew", given=False)
    mailing.send()
    assert post.to(role) == []
    assert "dropped" in {letter.state for letter in mailing.letters() if letter.receiver == address(role)}


def test_a_link_leads_nobody_but_its_receiver(plain: Desk) -> None:
    number = plain.open()
    plain.reply(number)
    [notice] = plain.notices()
    assert plain.house.as_user("requester").get(f"/notifications/to/{notice.token}").status_code == 303
    for role in ("other_requester", "agent", "admin"):
        assert plain.house.as_user(role).get(f"/notifications/to/{notice.token}").status_code == 404
        plain.house.as_user(role).post("/notifications/read", data={"token": notice.token})
    assert [row.read_at for row in plain.notices()] == [None]
    assert plain.house.as_user("agent").get(f"/x/notifications/to/{notice.token}").status_code == 404


def _elsewhere(desk: Desk) -> str:
    """Open a ticket on the confidential desk."""
    with clock.at(MONDAY):
        answers = {"about": SUBJECT, "secret": SECRET}
        return opened_ticket(desk.house, "concern", answers, desk="elsew").number


def _want_everything(desk: Desk, role: str) -> None:
    form = {f"{event.key}.shown": "yes" for event in EVENTS} | {f"{event.key}.mail": "now" for event in EVENTS}
    assert desk.house.as_user(role).post("/notifications/settings", data=form).status_code == 303
