"""What an organisation decides holds for everybody; what people chose themselves is neither lost nor overruled."""

from __future__ import annotations

import json
import re

from deskcore_notifications.decisions import all_keys
from deskcore_notifications.events import EVENTS
from deskcore_notifications.models import Choice, Decision
from flask.testing import FlaskClient
from sqlalchemy import select

from deskcore.audit.models import AuditEntry
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

from .conftest import Desk, Post, later

PAGE = "/x/notifications/usual"


def form(browser: FlaskClient, **changes: str | None) -> dict[str, str]:
    """Return what the administrator's form sends as it stands, but for some of its fields; nothing leaves one out."""
    page = browser.get(PAGE).text
    boxes = re.findall(r'type="checkbox" name="([\w.]+)" value="yes" checked', page)
    chosen = re.findall(r'<select class="select" name="([\w.]+)".*?<option value="(\w+)" selected>', page, re.DOTALL)
    seen = re.findall(r'name="seen" value="(\w+)"', page)
    sent: dict[str, str | None] = dict.fromkeys(boxes, "yes") | dict(chosen) | {"seen": seen[0]}
    return {name: value for name, value in (sent | changes).items() if value is not None}


def decide(desk: Desk, **changes: str | None) -> None:
    admin = desk.house.as_user("admin")
    assert admin.post(PAGE, data=form(admin, **changes)).status_code == 303


def kept(desk: Desk) -> list[tuple[str, bool | None, str]]:
    with desk.house.app.app_context(), acting_as(SYSTEM) as session:
        return [(row.event, row.shown, row.mail) for row in session.scalars(select(Choice).order_by(Choice.event))]


def choose(desk: Desk, role: str = "requester", **changes: str) -> None:
    """Let somebody save his form with some changes."""
    browser = desk.house.as_user(role)
    page = browser.get("/notifications/settings").text
    boxes = re.findall(r'type="checkbox" name="([\w.]+)" value="yes" checked', page)
    chosen = re.findall(r'<select class="select" name="([\w.]+)".*?<option value="(\w+)" selected>', page, re.DOTALL)
    sent = dict.fromkeys(boxes, "yes") | dict(chosen) | {"daily_hour": "8"} | changes
    assert browser.post("/notifications/settings", data=sent).status_code == 303


def test_a_default_holds_for_those_who_chose_nothing_and_leaves_the_others(mailing: Desk, post: Post) -> None:
    choose(mailing, "requester", **{"status.mail": "now"})
    decide(mailing, **{"reply.mail": "never", "status.mail": "daily"})
    number = mailing.open()
    mailing.reply(number)
    mailing.send(at=later(minutes=1))
    assert post.to("requester") == []
    assert mailing.told("requester") == [("reply", "asked")]
    page = mailing.house.as_user("requester").get("/notifications/settings").text
    assert re.search(r'name="status\.mail".*?<option value="now" selected>', page, re.DOTALL)
    choose(mailing, "requester")  # what is as it was for everybody is no choice
    assert kept(mailing) == [("status", None, "now")]
    decide(mailing, **{"reply.mail": "now"})
    mailing.reply(number, text="And once more.", at=later(minutes=10))
    mailing.send(at=later(minutes=20))
    assert len(post.to("requester")) == 1


def test_each_way_follows_the_organisation_until_it_is_chosen(plain: Desk) -> None:
    choose(plain, "requester", **{"reply.mail": "daily"})
    decide(plain, **{"reply.shown": None})
    plain.reply(plain.open())
    assert [row.shown for row in plain.notices() if row.event == "reply"] == []
    assert kept(plain) == [("reply", None, "daily")]


def test_what_is_fixed_is_shown_with_the_reason_and_cannot_be_sent(plain: Desk) -> None:
    choose(plain, "requester", **{"reply.mail": "never"})
    decide(plain, **{"reply.shown_fixed": "yes", "reply.mail_fixed": "yes"})
    requester = plain.house.as_user("requester")
    page = requester.get("/notifications/settings").text
    assert "Your organisation decided this for everybody" in page
    assert 'name="reply.mail"' not in page
    assert 'name="reply.shown"' not in page
    forged = {"reply.mail": "never", "daily_hour": "8"}
    assert requester.post("/notifications/settings", data=forged).status_code == 303
    plain.reply(plain.open())
    assert ("reply", "asked") in plain.told("requester")
    decide(plain, **{"reply.mail_fixed": None})
    assert ("reply", None, "never") in kept(plain)  # his own choice is back


def test_leads_have_ways_of_their_own(plain: Desk) -> None:
    decide(plain, **{"new.lead.shown": "yes"})
    plain.open()
    assert ("new", "lead") in plain.told("lead")
    assert plain.told("agent") == []
    assert {key for key, lead in all_keys() if lead} == {event.key for event in EVENTS if event.lead}


def test_what_is_as_the_plugin_has_it_is_no_decision(plain: Desk) -> None:
    decide(plain, **{"reply.mail": "daily"})
    decide(plain, **{"reply.mail": "now"})
    with plain.house.app.app_context(), acting_as(SYSTEM) as session:
        assert session.scalars(select(Decision)).all() == []


def test_a_decision_stands_in_the_log_as_it_was_and_is(plain: Desk) -> None:
    decide(plain, **{"reply.mail": "daily", "reply.mail_fixed": "yes"})
    decide(plain)  # nothing changed, nothing to log
    with plain.house.app.app_context(), acting_as(SYSTEM) as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "plugin.changed")).all()
    shown = {"shown": True, "shown_fixed": False}
    [entry] = entries
    assert json.loads(entry.before) == {"reply": {"mail": "now", "mail_fixed": False} | shown}
    assert json.loads(entry.after) == {"reply": {"mail": "daily", "mail_fixed": True} | shown}


def test_two_administrators_never_overwrite_each_other(plain: Desk) -> None:
    admin = plain.house.as_user("admin")
    first, second = form(admin, **{"reply.mail": "daily"}), form(admin, **{"solved.mail": "never"})
    assert admin.post(PAGE, data=first).status_code == 303
    answer = admin.post(PAGE, data=second)
    assert answer.status_code == 409
    assert "Somebody changed these settings meanwhile." in answer.text
    assert re.search(r'name="solved\.mail".*?<option value="never" selected>', answer.text, re.DOTALL)
    again = admin.get(PAGE).text
    assert re.search(r'name="reply\.mail".*?<option value="daily" selected>', again, re.DOTALL)


def test_only_administrators_decide(plain: Desk) -> None:
    for role in ("requester", "agent", "lead", "auditor"):
        assert plain.house.as_user(role).get(PAGE).status_code == 403
        assert plain.house.as_user(role).post(PAGE, data={}).status_code == 403
