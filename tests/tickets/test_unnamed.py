"""Who sends a ticket without a name is nowhere, and neither are the files as they were sent."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from io import BytesIO

import pytest
import sqlalchemy as sa

from deskcore.clock import now
from deskcore.errors import NotFound, Refused
from deskcore.extensions import db
from deskcore.hooks.contributions import Field, Text
from deskcore.people import administration
from deskcore.people.models import STAND_IN, Person
from deskcore.people.services import create_person, find_person, get_person
from deskcore.tickets.attachments import store_upload, stored_path
from deskcore.tickets.conversation_models import StoredFile, Upload
from deskcore.tickets.opening import NewTicket
from deskcore.tickets.unnamed import forget, sender_of, without_files, without_name
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

ANNA, JAN = "anna.kowalska@meridian.example", "jan.wojcik@meridian.example"
FIELDS = (Field("what", "text", Text("What?", "Co?")), Field("proof", "file", Text("Proof", "Dowód")))
WORDS = b"\xef\xbb\xbfSeen twice."
As = Callable[..., AbstractContextManager[object]]


def ticket(email: str = ANNA, *tokens: str, channel: str = "portal") -> NewTicket:
    answers = {"what": "Seen", "proof": list(tokens)}
    person = get_person(email).id
    return NewTicket("it", "question", "Seen", "", person, channel, answers=answers, uploads=tokens)


def stand_in() -> Person:
    return db.session.scalars(sa.select(Person).where(Person.email == STAND_IN)).one()


def uploads() -> list[str]:
    with acting_as(SYSTEM) as session:
        return list(session.scalars(sa.select(Upload.name).order_by(Upload.name)))


def hashes() -> set[str]:
    return set(db.session.scalars(sa.select(StoredFile.sha256)))


def test_one_person_without_access_stands_for_everybody(act: As) -> None:
    with act("anna.kowalska"):
        first = without_name(ticket(), FIELDS)
    with act("jan.wojcik"):
        second = without_name(ticket(JAN), FIELDS)
        nobody = stand_in()
    assert first.requester_id == second.requester_id == sender_of(first).person_id == nobody.id
    assert not nobody.active
    assert nobody.password_hash is None


def test_files_get_other_tokens_and_those_that_were_sent_go(act: As) -> None:
    with act("anna.kowalska"):
        token = store_upload(BytesIO(WORDS), "Anna.txt")
        (sent,) = hashes()
        new = without_name(ticket(ANNA, token), FIELDS)
        assert list(new.uploads) == new.answers["proof"] != [token]
        assert "proof" not in without_files(new, FIELDS).answers
        with unit_of_work() as session:
            forget(session, [token], "")
        assert not stored_path(sent).exists()
        assert [upload.name for upload in db.session.scalars(sa.select(Upload))] == ["1.txt"]
        with unit_of_work() as session:
            forget(session, list(new.uploads), "")
        assert hashes() == set()


def test_a_file_that_somebody_else_has_too_stays(act: As) -> None:
    with act("jan.wojcik"):
        store_upload(BytesIO(WORDS), "mine.txt")
    with act("anna.kowalska"):
        token = store_upload(BytesIO(WORDS), "Anna.txt")
        with unit_of_work() as session:
            forget(session, [token], "")
        assert all(stored_path(name).read_bytes() == WORDS for name in hashes())
        assert len(hashes()) == 1


def test_nobody_forgets_what_another_person_sent(act: As) -> None:
    with act("jan.wojcik"):
        token = store_upload(BytesIO(WORDS), "mine.txt")
    with act("anna.kowalska"):
        with unit_of_work() as session:
            forget(session, [token], "")
        assert len(hashes()) == 1


@pytest.mark.parametrize("channel", ["phone", "api", "mail"])
def test_elsewhere_than_in_the_portal_it_is_refused(act: As, channel: str) -> None:
    with act("anna.kowalska"), pytest.raises(Refused, match="in the portal"):
        without_name(ticket(channel=channel), FIELDS)


def test_nobody_sends_it_in_the_place_of_another_person(act: As) -> None:
    with act("jan.wojcik"), pytest.raises(Refused, match="in the portal"):
        without_name(ticket(ANNA), FIELDS)


def test_where_one_file_would_tell_no_copy_of_the_others_is_stored_and_that_one_goes(act: As) -> None:
    with act("anna.kowalska"):
        tokens = [store_upload(BytesIO(WORDS), "seen.txt"), store_upload(BytesIO(b"%PDF-1.7 (Anna)"), "Anna.pdf")]
        with pytest.raises(Refused, match=r"Anna\.pdf"):
            without_name(ticket(ANNA, *tokens), FIELDS)
        assert uploads() == ["seen.txt"]
        assert [stored_path(name).read_bytes() for name in hashes()] == [WORDS]
        assert db.session.scalar(sa.select(Person.id).where(Person.email == STAND_IN)) is None


def test_the_copies_are_sent_by_nobody(act: As) -> None:
    with act("anna.kowalska"):
        token = store_upload(BytesIO(WORDS), "Anna.txt")
        (copy,) = without_name(ticket(ANNA, token), FIELDS).uploads
        assert db.session.get_one(Upload, copy).person_id == stand_in().id


def test_files_of_earlier_attempts_go_too(act: As) -> None:
    with act("jan.wojcik"):
        store_upload(BytesIO(WORDS), "of Jan.txt")
    with act("anna.kowalska"):
        store_upload(BytesIO(WORDS), "taken out again.txt")
        with unit_of_work() as session:
            forget(session, [], "")
        assert uploads() == ["of Jan.txt"]


def test_files_in_tables_are_exchanged_too(act: As) -> None:
    columns = (Field("seen", "file", Text("Seen", "Widziane")), Field("day", "text", Text("Day", "Dzień")))
    fields = (Field("rows", "lines", Text("Rows", "Wiersze"), columns=columns),)
    with act("anna.kowalska"):
        token = store_upload(BytesIO(WORDS), "Anna.txt")
        sent = NewTicket(
            "it", "question", "Seen", "", get_person(ANNA).id, "portal",
            answers={"rows": [{"seen": [token], "day": "Monday"}, {"day": "Friday"}]}, uploads=[token],
        )  # fmt: skip
        new = without_name(sent, fields)
        assert new.answers["rows"] == [{"seen": list(new.uploads), "day": "Monday"}, {"day": "Friday"}]
        assert new.uploads != [token]
        assert without_files(new, fields).answers["rows"] == [{"day": "Monday"}, {"day": "Friday"}]


def test_files_are_counted_in_the_order_in_which_they_were_sent(act: As) -> None:
    with act("anna.kowalska"):
        tokens = [store_upload(BytesIO(b"%d" % number), f"{number}.txt") for number in range(4)]
        with unit_of_work() as session:  # the last is the oldest
            for age, token in enumerate(tokens):
                session.get_one(Upload, token).at = now() - timedelta(minutes=age)
        new = without_name(ticket(ANNA, *tokens), FIELDS)
        names = dict(db.session.execute(sa.select(Upload.token, Upload.name)).all())
        assert [names[token] for token in new.uploads] == ["4.txt", "3.txt", "2.txt", "1.txt"]


def test_nobody_becomes_the_one_who_stands_for_all(act: As) -> None:
    with act("anna.kowalska"):
        without_name(ticket(), FIELDS)
        assert find_person(STAND_IN) is None
        with pytest.raises(NotFound):
            administration.reactivate(STAND_IN)
        with pytest.raises(Refused, match="Nobody can have"):
            create_person(STAND_IN, "Adam")
        assert not any(person.email == STAND_IN for person in administration.list_people("", "all", 500))
        assert administration.list_people(STAND_IN, "closed", 10) == []
        assert not stand_in().active


def test_somebody_who_had_that_address_before_is_never_the_sender_and_can_be_found_to_be_closed(act: As) -> None:
    with act("anna.kowalska"):
        with unit_of_work() as session:
            session.add(Person(email=STAND_IN, name="Adam"))
        with pytest.raises(Refused, match="close it first"):
            without_name(ticket(), FIELDS)
        assert get_person(STAND_IN).name == "Adam"
