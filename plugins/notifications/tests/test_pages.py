"""The pages: what one was told, read and unread, one's choices, and what the administrator sees."""

from __future__ import annotations

from deskcore_notifications import stopping
from deskcore_notifications.events import EVENTS, REASONS
from deskcore_notifications.models import Choice
from sqlalchemy import select

from deskcore import clock
from deskcore.testing import Pages
from deskcore.testing.outbox import delivered
from deskcore.tickets import services
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

from .conftest import MONDAY, Desk, Post, address, later, text_of


def test_the_bell_counts_what_is_unread_with_one_statement(plain: Desk, query_budget, plugin_enabled) -> None:  # type: ignore[no-untyped-def]
    requester = plain.house.as_user("requester")
    assert 'class="dot num"' not in requester.get("/services").text
    number = plain.open()
    for place in range(3):
        plain.reply(number, text=f"Answer {place}.", at=later(minutes=place))
    requester.get("/services")
    with query_budget(99) as with_bell:
        assert '<span class="dot num">3</span>' in requester.get("/services").text
    with plugin_enabled("notifications", False):
        requester.get("/services")
        with query_budget(99) as without:
            assert 'class="dot num"' not in requester.get("/services").text
    assert len(with_bell) - len(without) == 1


def test_everybody_reads_why_and_marks_as_read(plain: Desk) -> None:
    number = plain.open("A noise in the lift")
    plain.reply(number)
    requester = plain.house.as_user("requester")
    page = requester.get("/notifications").text
    for words in ("New reply", "Agata Agent", "A noise in the lift", f"because {number} is your request"):
        assert words in page
    [notice] = plain.notices()
    assert requester.post("/notifications/read", data={"token": notice.token}).status_code == 303
    assert "You're up to date" in requester.get("/notifications").text
    assert "A noise in the lift" in requester.get("/notifications?show=all").text


def test_opening_one_marks_it_as_read_later_and_changes_nothing_by_itself(plain: Desk) -> None:
    number = plain.open()
    plain.reply(number)
    [notice] = plain.notices()
    answer = plain.house.as_user("requester").get(f"/notifications/to/{notice.token}")
    assert answer.headers["Location"] == f"/requests/{number}"
    assert plain.notices()[0].read_at is None
    delivered(plain.house)
    assert plain.notices()[0].read_at is not None


def test_an_administrator_who_sees_pages_as_somebody_else_neither_opens_nor_reads_for_them(plain: Desk) -> None:
    number = plain.open()
    plain.reply(number)
    [notice] = plain.notices()
    admin = plain.house.as_user("admin")
    assert admin.post(f"/admin/people/{address('requester')}/see-as").status_code == 303
    assert "Rita Requester" in admin.get("/").text
    for path in (f"/notifications/to/{notice.token}", "/notifications", f"/x/notifications/to/{notice.token}"):
        assert admin.get(path).status_code == 403
    assert admin.post("/notifications/read", data={"token": notice.token}).status_code == 403
    admin.get("/requests")
    delivered(plain.house)
    assert plain.notices()[0].read_at is None


def test_agents_have_their_own_page_and_each_area_its_own_rights(plain: Desk) -> None:
    number = plain.open("A noise in the lift")
    plain.assign(number)
    plain.reply(number, by="requester", text="It is back.")
    agent = plain.house.as_user("agent")
    page = agent.get("/x/notifications/inbox").text
    assert "Assigned to you" in page
    assert "New answer" in page
    assert "A noise in the lift" not in agent.get("/notifications?show=all").text
    assert agent.post("/x/notifications/inbox/read").status_code == 303
    assert "A noise in the lift" not in agent.get("/x/notifications/inbox").text
    assert plain.house.as_user("requester").get("/x/notifications/inbox").status_code in (403, 404)


def test_lists_ask_the_database_little_and_are_paged(plain: Desk, query_budget) -> None:  # type: ignore[no-untyped-def]
    number = plain.open("A noise in the lift")
    for place in range(27):
        plain.reply(number, text=f"Answer {place}.", at=later(minutes=place))
    requester = plain.house.as_user("requester")
    requester.get("/notifications")
    with query_budget(11):
        page = requester.get("/notifications").text
    assert page.count("because ") == 25
    assert requester.get("/notifications?page=2").text.count("because ") == 2
    assert len(page.encode()) < 60_000


def test_what_somebody_chose_is_kept_where_it_differs_and_followed(plain: Desk) -> None:
    requester = plain.house.as_user("requester")
    form = {"status.mail": "daily", "solved.shown": "yes", "solved.mail": "now", "daily_hour": "6"}
    assert requester.post("/notifications/settings", data=form).status_code == 303
    page = requester.get("/notifications/settings").text
    assert '<option value="6" selected>06:00</option>' in page
    number = plain.open()
    plain.reply(number)
    assert plain.told("requester") == []
    with plain.house.app.app_context(), acting_as(SYSTEM) as session:
        kept = set(session.scalars(select(Choice.event)))
    assert "reply" in kept
    assert "solved" not in kept  # as usual


def test_wrong_quiet_hours_come_back_with_what_to_correct(plain: Desk) -> None:
    requester = plain.house.as_user("requester")
    for begin, end in (("25:00", "07:00"), ("22:00", ""), ("22:00", "22:00"), ("x" * 5000, "1")):
        answer = requester.post("/notifications/settings", data={"quiet_from": begin, "quiet_until": end})
        assert answer.status_code == 422
        assert "There is" in answer.text or "There are" in answer.text
    form = {"quiet_from": "22:00", "quiet_until": "7:00", "daily_hour": "99"}
    assert requester.post("/notifications/settings", data=form).status_code == 303
    assert 'value="07:00"' in requester.get("/notifications/settings").text


def test_a_daily_summary_gathers_what_was_not_read(mailing: Desk, post: Post) -> None:
    form = {"reply.shown": "yes", "reply.mail": "daily", "solved.mail": "daily", "daily_hour": "8"}
    assert mailing.house.as_user("requester").post("/notifications/settings", data=form).status_code == 303
    first, second = mailing.open("A noise"), mailing.open("A smell")
    mailing.reply(first)
    mailing.reply(second)
    mailing.send(at=later(hours=12))
    assert post.to("requester") == []
    replies = [row for row in mailing.notices() if row.event == "reply"]
    read = next(row for row in replies if row.ticket_id == mailing.ticket_id(second))
    with clock.at(later(hours=13)):
        answer = mailing.house.as_user("requester").post("/notifications/read", data={"token": read.token})
        assert answer.headers["Location"] == "/notifications"
    mailing.send(at=later(hours=24))
    [letter] = post.to("requester")
    assert letter["Subject"] == "Your daily summary: 1 notification"
    assert "A noise" in text_of(letter)
    assert "A smell" not in text_of(letter)


def test_the_password_of_the_server_is_stored_sealed_and_never_shown(plain: Desk) -> None:
    from deskcore.hooks.models import PluginSetting
    from deskcore.plugin import setting

    plain.give("password", "Tajne-hasło-1")
    with plain.house.app.app_context(), acting_as(SYSTEM) as session:
        stored = session.scalar(select(PluginSetting.value).where(PluginSetting.key == "password"))
        assert setting("notifications", "password") == "Tajne-hasło-1"
    assert "Tajne" not in str(stored)
    page = plain.house.as_user("admin").get("/admin/plugins/notifications")
    assert page.status_code == 200
    assert "Tajne" not in page.text


def test_pages_are_as_they_should_be(mailing: Desk, post: Post, pages: Pages) -> None:
    number = mailing.open("A noise")
    mailing.assign(number)
    mailing.do("agent", services.reply, number, "Have you tried oil?", at=MONDAY)
    mailing.reply(number, by="requester", text="Yes.")
    post.says = {address("requester"): "550 no such mailbox"}
    mailing.send()
    tokens = {row.area: row.token for row in mailing.notices()}
    [letter, *_others] = [each for each in mailing.letters() if each.receiver == address("requester")]
    with mailing.house.app.app_context():
        signed = stopping.sign(letter.token)
    # Texts that have their Polish half in the code.
    said = [event.line.pl for event in EVENTS]
    said += [part.strip() for reason in REASONS.values() for part in reason.pl.split("{it}")]
    typed = ["A noise", "550 no such mailbox", *said]
    pages.check(token=tokens["portal"], handle=tokens["workspace"], signed=signed, typed=typed)
