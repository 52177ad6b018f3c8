"""What no ticket is about is told like the rest: once, where and how each person wants it, also by e-mail."""

from __future__ import annotations

from typing import Any

from deskcore_notifications import centre, news, wishes
from deskcore_notifications.wishes import Wish, Wishes

from deskcore import clock
from deskcore.plugin import ViewerView
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

from .conftest import MONDAY, Desk, Post, address, later, text_of

RITA = ViewerView(address("requester"), "Rita Requester", "portal")


def told(what: str, key: str = "abc/1", *receivers: str, **more: Any) -> dict[str, Any]:
    """Return what the plugin hears of a notice."""
    titles = {"title_en": "E-mail is slow", "title_pl": "Poczta działa wolno"}
    of_it = {"moment": MONDAY.isoformat(), "area": "portal", "path": "/status/abc"}
    return {"what": what, "key": key, "receivers": list(receivers or (RITA.email,)), **of_it, **titles, **more}


def hear(desk: Desk, *news_of: dict[str, Any]) -> None:
    with clock.at(MONDAY), desk.house.app.test_request_context(), acting_as(SYSTEM):
        for each in news_of:
            news.heard_of_notice(each)


def test_a_notice_comes_by_mail_once_and_leads_to_its_page(mailing: Desk, post: Post) -> None:
    hear(mailing, told("updated"), told("updated"), told("updated", "abc/1", "nobody@organisation.example"))
    mailing.send(at=later(minutes=2))
    [letter] = post.to("requester")
    text = text_of(letter)
    assert letter["Subject"] == "E-mail is slow"
    assert "How it goes on" in text
    assert "because you said that it affects you" in text
    link = next(word for word in text.split() if "/notifications/to/" in word)
    browser = mailing.house.as_user("requester")
    assert "E-mail is slow" in browser.get("/notifications").text
    path = "/notifications/" + link.partition("/notifications/")[2]
    assert browser.get(path).location == "/status/abc"
    assert mailing.house.as_user("other_requester").get(path).status_code == 404
    mailing.catch_up(later(minutes=3))
    assert "E-mail is slow" not in browser.get("/notifications").text


def test_what_follows_one_notice_stands_in_one_letter_and_in_one_thread(mailing: Desk, post: Post) -> None:
    hear(mailing, told("updated", "abc/1"), told("resolved", "abc/2"))
    mailing.send(at=later(minutes=2))
    hear(mailing, told("updated", "abc/3"), told("updated", "other/1", title_en="Lifts stand still"))
    mailing.send(at=later(minutes=4))
    first, *others = post.to("requester")
    assert "It is over" in text_of(first)
    threads = {str(letter["Subject"]): letter["References"] for letter in others}
    assert threads["E-mail is slow"] == first["References"] != threads["Lifts stand still"]


def test_everybody_is_told_as_he_wants_and_nobody_of_old_news(mailing: Desk, post: Post) -> None:
    app = mailing.house.app
    with app.test_request_context(), acting_as(SYSTEM):
        wishes.save(
            RITA.email, Wishes({"notice_new": Wish(False, "never"), "notice_over": Wish(True, "daily")}), lead=False
        )
    hear(mailing, told("published"), told("resolved"), told("updated", moment="2026-11-01T09:00:00+00:00"))
    mailing.send(at=later(minutes=2))
    assert post.to("requester") == []
    with app.test_request_context(), acting_as(SYSTEM):
        rows = centre.listed(RITA, "pl", unread_only=True, page=1).rows
        assert [(row.line, row.subject) for row in rows] == [("To już koniec", "Poczta działa wolno")]
    mailing.send(at=later(days=1))
    [summary] = post.to("requester")
    assert "E-mail is slow" in text_of(summary)
