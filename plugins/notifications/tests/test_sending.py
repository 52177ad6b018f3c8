"""Letters go out once, in order, whatever the mail server does; what it refuses for good is kept for people to see."""

from __future__ import annotations

from datetime import timedelta

from deskcore_notifications import line, sending
from deskcore_notifications.models import Letter
from sqlalchemy import select

from deskcore import clock
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

from .conftest import MONDAY, SENDER, Desk, Post, address, later, text_of


def states(desk: Desk) -> list[str]:
    return [letter.state for letter in desk.letters()]


def test_a_reply_goes_out_by_mail_once(mailing: Desk, post: Post) -> None:
    number = mailing.open()
    mailing.reply(number, text="Have you tried oil?")
    mailing.send()
    mailing.send(at=later(hours=1))
    [letter] = post.to("requester")
    assert letter["Subject"] == f"[{number}] A noise"
    assert "Have you tried oil?" in text_of(letter)
    assert states(mailing) == ["sent"]


def test_events_of_some_seconds_go_out_in_one_letter(mailing: Desk, post: Post) -> None:
    number = mailing.open()
    mailing.reply(number, text="The first thing.")
    mailing.reply(number, text="The second thing.", at=later(seconds=10))
    mailing.send(at=later(seconds=20))
    assert post.taken == []
    mailing.send(at=later(seconds=40))
    [letter] = post.to("requester")
    assert text_of(letter).index("The first thing.") < text_of(letter).index("The second thing.")


def test_an_hour_without_a_server_delays_and_loses_nothing(mailing: Desk, post: Post) -> None:
    number, other = mailing.open(), mailing.open("A smell")
    post.stop()
    for minute in range(60):
        at = later(minutes=minute)
        if minute % 20 == 0:
            mailing.reply(number, text=f"At minute {minute}.", at=at)
            mailing.reply(other, text=f"A smell at minute {minute}.", at=at)
        mailing.catch_up(at)
    assert mailing.line().away_since is not None
    assert mailing.line().failures < 25  # it is not asked again and again
    assert mailing.house.failures() == []
    post.start()
    for minute in range(60, 66):
        mailing.catch_up(later(minutes=minute))
    texts = [text_of(letter) for letter in post.to("requester")]
    for minute in (0, 20, 40):
        assert sum(f"At minute {minute}." in text for text in texts) == 1
        assert sum(f"A smell at minute {minute}." in text for text in texts) == 1
    assert (mailing.line().away_since, set(states(mailing))) == (None, {"sent"})


def test_a_server_that_goes_away_after_it_has_a_letter_gets_the_same_one_again(mailing: Desk, post: Post) -> None:
    number = mailing.open()
    post.after = "drop"
    mailing.reply(number)
    mailing.send()
    post.after = ""
    mailing.send(at=later(minutes=10))
    first, second = (letter for _receiver, letter in post.seen)
    assert first["Message-ID"] == second["Message-ID"]
    assert text_of(first) == text_of(second)
    assert (len(post.taken), states(mailing)) == (1, ["sent"])


def test_what_comes_later_is_not_sent_before(mailing: Desk, post: Post) -> None:
    number = mailing.open()
    post.says = {address("requester"): "451 come back later"}
    mailing.reply(number, text="The first thing.")
    mailing.send()
    post.says = {}
    mailing.reply(number, text="The second thing.", at=later(seconds=70))
    mailing.send(at=later(seconds=100))
    assert post.taken == []
    for minute in (5, 6, 7):
        mailing.send(at=later(minutes=minute))
    texts = [text_of(letter) for letter in post.to("requester")]
    assert ["first" in text for text in texts] == [True, False]


def test_one_refused_address_is_kept_to_be_seen_and_holds_nobody_up(mailing: Desk, post: Post) -> None:
    number = mailing.open()
    mailing.do("agent", _follow, number)
    post.says = {address("requester"): "550 no such mailbox"}
    mailing.reply(number)
    for minute in (1, 2, 60):
        mailing.send(at=later(minutes=minute))
    assert len(post.to("other_requester")) >= 1
    [refused] = [letter for letter in mailing.letters() if letter.state == "refused"]
    assert (refused.receiver, refused.answer, refused.attempts) == (address("requester"), "550 no such mailbox", 1)
    page = mailing.house.as_user("admin").get("/x/notifications/mail").text
    assert "550 no such mailbox" in page
    assert number not in page
    assert "550 no such mailbox" in mailing.house.as_user("requester").get("/notifications/settings").text
    post.says = {}
    form = {"token": refused.token}
    with clock.at(later(hours=2)):
        assert mailing.house.as_user("admin").post("/x/notifications/mail/again", data=form).status_code == 303
        assert mailing.house.as_user("admin").post("/x/notifications/mail/again", data=form).status_code == 404
    mailing.send(at=later(hours=2, minutes=1))
    assert len(post.to("requester")) == 1


def _follow(number: str) -> None:
    from deskcore.tickets import services

    services.add_participant(number, address("other_requester"), "follower")


def test_a_letter_that_nobody_takes_is_given_up_after_days(mailing: Desk, post: Post) -> None:
    number = mailing.open()
    post.says = {"": "451 come back later"}
    mailing.reply(number)
    for hours in (1, 24, 48, 80):
        mailing.send(at=later(hours=hours))
    assert states(mailing) == ["failed"]
    before = len(post.seen)
    mailing.send(at=later(hours=100))
    assert len(post.seen) == before


def test_a_server_that_does_not_let_the_helpdesk_in_is_away_and_no_letter_is_charged(mailing: Desk, post: Post) -> None:
    mailing.give("security", "starttls")
    mailing.reply(mailing.open())
    mailing.send()
    [letter] = mailing.letters()
    assert (letter.state, letter.attempts) == ("waiting", 0)
    assert "STARTTLS" in mailing.line().error
    mailing.give("security", "none")
    mailing.house.as_user("admin").post("/x/notifications/mail/now")
    mailing.send(at=later(minutes=2))
    assert states(mailing) == ["sent"]
    assert post.taken


def test_a_worker_that_died_is_followed_by_another_with_the_same_letter(mailing: Desk, post: Post) -> None:
    mailing.reply(mailing.open(), text="Have you tried oil?")
    with mailing.house.app.app_context(), acting_as(SYSTEM), clock.at(later(minutes=1)):
        with unit_of_work() as session:
            letter = session.scalars(select(Letter).where(Letter.thread != "")).one()
            # As it stands after a hand-over that was not recorded.
            letter.state, letter.attempts, token = "sending", 1, letter.token
        assert line.take()
        assert line.take() == ""
    mailing.send(at=later(minutes=2))
    assert post.taken == []  # the one that died may still be at it
    mailing.send(at=later(minutes=4))
    [sent] = post.to("requester")
    assert sent["Message-ID"] == f"<notice.{token}@{SENDER.partition('@')[2]}>"


def test_without_a_server_nothing_waits_for_one(plain: Desk) -> None:
    plain.reply(plain.open())
    assert plain.letters() == []
    assert plain.told("requester") == [("reply", "asked")]


def test_many_letters_go_over_one_connection(mailing: Desk, post: Post) -> None:
    with mailing.house.app.app_context(), acting_as(SYSTEM), unit_of_work() as session:
        for place in range(20):
            session.add(Letter(receiver=address("agent"), thread=f"t{place}", due_at=MONDAY))
    mailing.send()
    assert set(states(mailing)) == {"dropped"}  # there was nothing to say in them
    assert sending.LEFT == ("waiting", "sending")
    assert post.seen == []


def test_a_letter_to_an_administrator_shows_that_mail_goes_out(mailing: Desk, post: Post) -> None:
    admin = mailing.house.as_user("admin")
    assert admin.post("/x/notifications/mail/test").status_code == 303
    assert len(post.to("admin")) == 1
    post.says = {"": "550 not from here"}
    answer = admin.post("/x/notifications/mail/test")
    assert answer.status_code == 422
    assert "550 not from here" in answer.text
    assert timedelta(0) <= line.FIRST_PAUSE
