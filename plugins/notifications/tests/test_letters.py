"""Letters are messages as they should be, in both languages, and nothing that people write breaks one."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path

import pytest
from deskcore_notifications.composing import one_line
from sqlalchemy import update

from deskcore.people.models import Person
from deskcore.people.services import find_person, update_profile
from deskcore.tickets import services
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

from .conftest import MONDAY, SENDER, Desk, Post, address, later, text_of

HOSTILE = (
    "Hello\r\nBcc: victim@victim.example\r\n\r\nbody",
    "Hello\nSubject: another",
    "a\x00b\x0bc\u2028d\u202ee",
    "half \ud83d of a character",
    "=?utf-8?q?=0d=0aBcc:_victim@victim.example?=",
    '"quoted", <angle@brackets.example>; and: a group:;',
    "Zażółć gęślą jaźń " * 12,
    "<script>alert(1)</script>",
    "\U0001f469\u200d\U0001f4bb \U0001f389 done",
    "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd",
    "Wolfeschlegelsteinhausenbergerdorff" * 6,
    'Anna", <victim@victim.example>, "x',
)


def letter_about(desk: Desk, post: Post, text: str) -> None:
    number = desk.open()
    desk.reply(number, text=text)
    desk.send()


def test_a_letter_has_every_header_that_it_should(mailing: Desk, post: Post) -> None:
    number = mailing.open()
    mailing.reply(number, at=MONDAY)
    mailing.send(at=later(minutes=1))
    mailing.reply(number, text="And once more.", at=later(minutes=2))
    mailing.send(at=later(minutes=3))
    first, second = post.to("requester")
    for letter in (first, second):
        assert [str(each) for each in letter["To"].addresses] == [f"Rita Requester <{address('requester')}>"]
        assert letter["From"].addresses[0].addr_spec == SENDER
        assert letter["Auto-Submitted"] == "auto-generated"
        assert letter["List-Id"] == "<notifications.organisation.example>"
        assert len(letter["Message-ID"]) < 250
        assert letter["References"] == letter["In-Reply-To"] == first["References"]
        assert f"because {number} is your request" in text_of(letter)
        assert "/notifications/settings" in text_of(letter)
        assert letter["Precedence"] is None  # it is for programs of the time before RFC 3834
    assert first["Message-ID"] != second["Message-ID"]


def test_both_halves_of_a_letter_say_the_same(mailing: Desk, post: Post) -> None:
    letter_about(mailing, post, "Have you tried <oil> & grease?")
    [letter] = post.to("requester")
    assert "> Have you tried <oil> & grease?" in text_of(letter)
    assert "<blockquote>Have you tried &lt;oil&gt; &amp; grease?</blockquote>" in text_of(letter, "html")
    for words in ("New reply – Agata Agent", "Open it", "Nobody reads replies to this message"):
        assert words in text_of(letter)
        assert words in text_of(letter, "html")


def test_a_letter_is_in_the_language_of_its_receiver(mailing: Desk, post: Post) -> None:
    with mailing.as_("requester", "portal"):
        person = find_person(address("requester"))
        assert person is not None
        update_profile(person, {"language": "pl"})
    number = mailing.open()
    mailing.reply(number, text="Zażółć gęślą jaźń.")
    mailing.send()
    [letter] = post.to("requester")
    text = text_of(letter)
    assert f"To powiadomienie trafia do Ciebie, bo {number} to Twoje zgłoszenie." in text
    assert "Zażółć gęślą jaźń." in text
    assert '<html lang="pl">' in text_of(letter, "html")
    assert not any(words in text for words in ("You are", "Open it", "because"))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_that_people_write_breaks_a_letter(mailing: Desk, post: Post, hostile: str) -> None:
    _send_hostile(mailing, post, hostile)


def test_the_collection_of_bad_inputs_breaks_no_letter(mailing: Desk, post: Post) -> None:
    shared = Path(os.environ.get("DESKCORE_SHARED", "/nowhere")) / "bad_inputs.json"
    if not shared.is_file():
        pytest.skip("the collection is not here")
    found = [case["payload"] for case in json.loads(shared.read_text(encoding="utf-8")) if case.get("payload")]
    texts = [plain for text in found if isinstance(text, str) and (plain := whole(text))]
    assert len(texts) > 20
    for place, text in enumerate(texts):
        number = mailing.open(about=text[:120])
        mailing.do("agent", services.reply, number, text, at=later(seconds=place))
    mailing.send(at=later(hours=1))
    assert len(post.to("requester")) == len(post.seen) == len(texts)
    for letter, raw in zip(post.to("requester"), post.raw, strict=True):
        check(letter, raw)


def whole(text: str) -> str:
    """Return a text as a form sends it, in one line."""
    return " ".join(text.encode("utf-8", "replace").decode().replace("\x00", "").split())


def check(letter: EmailMessage, raw: bytes) -> None:
    """Check that a letter has one receiver, the headers that all have, and no line that a server would cut."""
    assert set(letter.keys()) == {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress"),
        *("List-Id", "In-Reply-To", "References", "MIME-Version", "Content-Type"),
    }
    assert [each.addr_spec for each in letter["To"].addresses] == [address("requester")]
    assert [each.addr_spec for each in letter["From"].addresses] == [SENDER]
    assert letter.defects == []
    raw.partition(b"\r\n\r\n")[0].decode("ascii")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert "<script" not in text_of(letter, "html")


def _send_hostile(desk: Desk, post: Post, hostile: str) -> None:
    with desk.house.app.app_context(), acting_as(SYSTEM), unit_of_work() as session:
        called = update(Person).where(Person.email.in_([address("agent"), address("requester")]))
        session.execute(called.values(name=whole(hostile)[:200]), execution_options={"synchronize_session": False})
    number = desk.open(about=whole(hostile)[:120])
    desk.do("agent", services.reply, number, hostile.encode("utf-8", "replace").decode().replace("\x00", ""))
    desk.send()
    [letter] = post.to("requester")
    assert [receiver for receiver, _letter in post.seen] == [address("requester")]
    check(letter, post.raw[0])
    # Read by the oldest of the parsers: the newer one puts blanks between the parts of a long name.
    receiver = str(make_header(decode_header(message_from_bytes(post.raw[0])["To"])))
    assert parseaddr(receiver) == (one_line(whole(hostile)[:200])[:100].strip(), address("requester"))


def test_who_chose_no_language_is_written_to_in_that_of_the_organisation(
    mailing: Desk, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = mailing.house.app.extensions["deskcore"]
    monkeypatch.setattr(parts, "config", replace(parts.config, default_language="pl"))
    letter_about(mailing, post, "Zażółć gęślą jaźń.")
    [letter] = post.to("requester")
    assert "Nowa odpowiedź" in text_of(letter)
    assert '<html lang="pl">' in text_of(letter, "html")
    monkeypatch.setattr(parts, "look", replace(parts.look, language="en"))  # what an administrator chose since
    letter_about(mailing, post, "And once more.")
    assert "New reply" in text_of(post.to("requester")[1])
