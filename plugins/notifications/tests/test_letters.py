"""Letters are messages as they should be, in both languages, and nothing that people write breaks one."""

from __future__ import annotations

import json
import os
from email.headerregistry import Address
from pathlib import Path

import pytest
from deskcore_notifications.composing import clean, one_line

from deskcore.people.services import find_person, update_profile
from deskcore.tickets import services

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
        assert "/notifications/settings" in letter["List-Unsubscribe"]
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
    texts = [text for text in found if isinstance(text, str)]
    assert len(texts) > 20
    for text in texts:
        assert "\r" not in one_line(text)
        assert "\n" not in one_line(text)
        Address(display_name=one_line(text)[:100], addr_spec=SENDER)
        clean(text).encode()


def _send_hostile(desk: Desk, post: Post, hostile: str) -> None:
    whole = hostile.encode("utf-8", "replace").decode().replace("\x00", "")
    with desk.as_("agent", "portal"):
        person = find_person(address("agent"))
        assert person is not None
        update_profile(person, {"name": " ".join(whole.split())[:200]})
    number = desk.open(about=" ".join(whole.split())[:120])
    desk.do("agent", services.reply, number, whole)
    desk.send()
    [letter] = post.to("requester")
    assert set(letter.keys()) == {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress"),
        *("List-Id", "List-Unsubscribe", "In-Reply-To", "References", "MIME-Version", "Content-Type"),
    }
    assert [receiver for receiver, _letter in post.seen] == [address("requester")]
    assert "<script" not in text_of(letter, "html")
    assert letter.defects == []
