"""Sensitive answers: sealed for one ticket and one field, shown on purpose and on the record."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from deskcore import audit
from deskcore.answer_keys import FILE, read_keys
from deskcore.desks.administration import add_desk
from deskcore.desks.editing import create, save
from deskcore.desks.services import refresh
from deskcore.errors import ConfigurationError, NotAllowed, NotFound
from deskcore.events.jobs import run_next
from deskcore.extensions import db
from deskcore.fsck import check_all
from deskcore.hooks.contributions import Field, RequestType, Text
from deskcore.hooks.freezing import Discreet, for_plugin
from deskcore.hooks.migrations import Migrations
from deskcore.people.services import find_person, grant
from deskcore.runtime import runtime
from deskcore.tickets import opening, sealing_stored
from deskcore.tickets.loading import find_ticket, ticket_view
from deskcore.tickets.models import Ticket
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.revealing import reveal
from deskcore.tickets.sealing_stored import rotate, seal_stored, used_keys
from deskcore.tickets.sensitive import Locked, has_clear, stored
from deskcore.tickets.services import escalate
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

Act = Callable[..., AbstractContextManager[None]]
WORDS = Text("Words", "Słowa")
FIELDS = (
    Field("about", "text", WORDS),
    Field("pesel", "text", WORDS, sensitive=True),
    Field("iban", "text", WORDS, sensitive=True),
    Field("people", "lines", WORDS, columns=(Field("name", "text", WORDS), Field("pay", "int", WORDS, sensitive=True))),
)
ANSWERS = {"about": "Pay", "pesel": "85010112345", "iban": "PL61", "people": [{"name": "Jan", "pay": 7000}]}
HIDDEN = {"about": "Pay", "pesel": None, "iban": None, "people": [{"name": "Jan", "pay": None}]}


@pytest.fixture
def desk(app_context: Flask) -> None:
    """Add a service with sensitive fields to the IT desk."""
    with acting_as(SYSTEM):
        create(RequestType("pay", "it", WORDS, WORDS, fields=FIELDS), "admin@meridian.example")
    refresh()


@pytest.fixture
def number(desk: None, act: Act) -> str:
    """Anna asks for something in which she answers sensitive questions."""
    return opened_by_anna(act)


def opened_by_anna(act: Act, **answers: Any) -> str:
    anna = find_person("anna.kowalska@meridian.example")
    assert anna is not None
    with act("anna.kowalska"):
        return open_ticket(NewTicket("it", "pay", "Pay", "", anna.id, "portal", {**ANSWERS, **answers}))


def stored_ticket(number: str) -> Ticket:
    with acting_as(SYSTEM) as session:
        return session.scalars(select(Ticket).where(Ticket.number == number)).one()


def rewrite(number: str, **values: Any) -> None:
    with acting_as(SYSTEM), unit_of_work() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.number == number)).one()
        for name, value in values.items():
            setattr(ticket, name, value)


def revealed(act: Act, number: str, field: str) -> Any:
    with act("marek.nowak", "workspace"):
        return reveal(number, field)


def test_an_agent_of_the_desk_has_an_answer_shown_and_the_log_says_so(act: Act, number: str) -> None:
    assert revealed(act, number, "pesel") == "85010112345"
    assert revealed(act, number, "people") == [{"name": "Jan", "pay": 7000}]
    with acting_as(SYSTEM) as session:
        entries = list(audit.walk(session, audit.Wanted(what="answer")))
    assert [(entry.actor, entry.subject, entry.after) for entry in entries] == [
        ("marek.nowak@meridian.example", number, {"field": "people"}),
        ("marek.nowak@meridian.example", number, {"field": "pesel"}),
    ]


def test_what_is_stored_is_what_was_answered_but_for_what_is_sensitive(number: str) -> None:
    ticket = stored_ticket(number)
    assert ticket.answers["about"] == "Pay"
    assert ticket.answers["people"][0]["name"] == "Jan"
    assert not any(secret in str(ticket.answers) for secret in ("85010112345", "PL61", "7000"))


def test_plugins_see_that_there_is_an_answer_and_not_what_it_says(act: Act, number: str) -> None:
    with act("marek.nowak", "workspace"):
        assert ticket_view(find_ticket(number)).answers == HIDDEN


def test_an_answer_opens_for_its_ticket_and_its_field_only(act: Act, number: str) -> None:
    other, mine = opened_by_anna(act), stored_ticket(number).answers
    rewrite(other, answers=mine)
    rewrite(number, answers={**mine, "iban": mine["pesel"]})
    for ticket in (number, other):
        with pytest.raises(Locked):
            revealed(act, ticket, "iban")


def test_a_yes_is_as_long_as_a_no(app_context: Flask) -> None:
    paid = Field("paid", "bool", WORDS, sensitive=True)
    lengths = {
        len(str(stored((paid, FIELDS[1]), {"paid": said, "pesel": "8"})["answers"][key]))
        for said in (True, False)
        for key in ("paid", "pesel")
    }
    assert len(lengths) == 1


def test_what_only_looks_as_if_it_were_sealed_is_an_answer(act: Act, desk: None) -> None:
    sent = {"$sealed": "AAAAAA=="}
    number = opened_by_anna(act, pesel=sent, about=sent)
    assert (revealed(act, number, "pesel"), revealed(act, number, "about")) == (sent, sent)
    with acting_as(SYSTEM) as session:
        assert used_keys(session).keys() == read_keys(runtime().config.instance).ids


def test_nobody_else_has_an_answer_shown(act: Act, number: str) -> None:
    with act("anna.kowalska"), pytest.raises(NotAllowed):
        reveal(number, "pesel")
    with act("kasia.dabrowska", "workspace"), pytest.raises(NotFound):
        reveal(number, "pesel")
    with act("marek.nowak", "workspace"), pytest.raises(NotFound):
        reveal(number, "about")
    with acting_as(SYSTEM) as session:
        assert list(audit.walk(session, audit.Wanted(what="answer"))) == []


def test_the_keys_lie_in_a_file_of_their_own_that_only_its_owner_reads(app: Flask, number: str) -> None:
    path = Path(runtime().config.instance, FILE)
    assert path.stat().st_mode & 0o777 == 0o600
    assert stored_ticket(number).sealed_with == read_keys(path.parent).keys[0].id
    assert read_keys(path.parent).keys[0].secret not in repr(read_keys(path.parent))


def test_without_the_keys_the_ticket_is_of_use_and_its_answer_is_not(act: Act, number: str) -> None:
    path = Path(runtime().config.instance, FILE)
    kept = path.read_text()
    for lost in ("", "no keys at all"):
        path.unlink(missing_ok=True)
        if lost:
            path.write_text(lost)
        with act("marek.nowak", "workspace"):
            assert ticket_view(find_ticket(number)).answers == HIDDEN
        with pytest.raises(Locked, match="cannot be opened"):
            revealed(act, number, "pesel")
        with pytest.raises(Locked, match="cannot be stored"):
            opened_by_anna(act)
    opened_by_anna(act, pesel=None, iban=None, people=[])
    path.write_text(kept)
    assert revealed(act, number, "pesel") == "85010112345"


def test_a_rotation_seals_everything_anew_and_can_be_stopped(
    act: Act, desk: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing_stored, "BATCH", 2)
    numbers, instance = [opened_by_anna(act) for _ in range(5)], runtime().config.instance
    before = read_keys(instance).keys[0].id

    def stop(count: int) -> None:
        raise KeyboardInterrupt

    with acting_as(SYSTEM), pytest.raises(KeyboardInterrupt):
        rotate(stop)
    with acting_as(SYSTEM) as session:
        key = read_keys(instance).keys[0].id
        assert used_keys(session) == {before: 3, key: 2}
    assert revealed(act, numbers[-1], "iban") == "PL61"
    with acting_as(SYSTEM) as session:
        done = rotate()
        assert (done.key.id, done.continued, done.tickets, done.lost) == (key, True, 3, 0)
        assert used_keys(session) == {key: 5}
        assert not rotate().continued
        assert check_all(session).findings == []
    assert [revealed(act, each, "people") for each in numbers] == [ANSWERS["people"]] * 5
    assert {stored_ticket(each).version for each in numbers} == {1}


def test_what_cannot_be_opened_is_named_and_keeps_nobody_from_going_on(act: Act, number: str) -> None:
    Path(runtime().config.instance, FILE).unlink()
    lost = str(stored_ticket(number).sealed_with)
    with acting_as(SYSTEM) as session:
        done = rotate()
        assert (done.tickets, done.lost) == (1, 3)
        findings = [(found.check, found.where) for found in check_all(session).findings]
        assert findings == [("sealed", number)] * 3
        assert lost in check_all(session).findings[0].message
    assert revealed(act, opened_by_anna(act), "pesel") == "85010112345"


def test_what_was_stored_in_clear_is_sealed_in_batches(act: Act, desk: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing_stored, "BATCH", 2)
    numbers = [opened_by_anna(act) for _ in range(3)]
    for each in numbers:
        rewrite(each, answers=ANSWERS, sealed_as=None, sealed_with=None)
    with act("marek.nowak", "workspace"):
        assert ticket_view(find_ticket(numbers[0])).answers == HIDDEN
    with acting_as(SYSTEM) as session:
        assert [(found.check, found.where) for found in check_all(session).findings] == [
            ("sealed", each) for each in numbers
        ]
        assert (seal_stored(), seal_stored()) == (3, 0)
        assert check_all(session).findings == []
    assert revealed(act, numbers[2], "people") == ANSWERS["people"]


def test_a_field_that_becomes_sensitive_seals_what_was_answered_before(act: Act, number: str) -> None:
    entry = runtime().catalogue.request_type("it", "pay")
    fields = tuple(replace(field, sensitive=True) if field.key == "about" else field for field in entry.type.fields)
    with acting_as(SYSTEM):
        save(entry, replace(entry.type, fields=fields), entry.revision, "admin@meridian.example")
    refresh()
    assert run_next()
    assert "Pay" not in str(stored_ticket(number).answers)
    assert revealed(act, number, "about") == "Pay"
    assert revealed(act, number, "pesel") == "85010112345"


def test_a_ticket_that_moves_takes_its_answers_along(act: Act, number: str) -> None:
    with acting_as(SYSTEM):
        add_desk("FAC", {"en": "Facilities", "pl": "Obsługa budynku"}, confidential=False)
        kasia = find_person("kasia.dabrowska@meridian.example")
        assert kasia is not None
        grant(kasia, "fac", "agent")
    refresh()
    with act("marek.nowak", "workspace"):
        escalate(number, "fac", "")
    with act("kasia.dabrowska", "workspace"):
        assert reveal(number, "pesel") == "85010112345"
    with act("marek.nowak", "workspace"), pytest.raises(NotFound):
        reveal(number, "iban")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_plugin_checks_sensitive_answers_to_its_own_questions_only(act: Act, desk: None) -> None:
    anna = find_person("anna.kowalska@meridian.example")
    assert anna is not None
    new = NewTicket("it", "pay", "Pay", "", anna.id, "portal", ANSWERS)
    entry = runtime().catalogue.request_type("it", "pay")
    with act("anna.kowalska"):
        draft = opening._draft(new, entry)
    owned = replace(entry, plugin="it_desk")
    assert opening._seen_by(draft, owned, "it_desk").answers == ANSWERS
    assert opening._seen_by(draft, owned, "another").answers == HIDDEN
    assert for_plugin(Discreet(lambda plugin: [plugin]), "another") == ("another",)


def test_an_update_seals_what_an_older_version_stored_and_cannot_be_taken_back(
    act: Act, app: Flask, number: str
) -> None:
    rewrite(number, answers=ANSWERS, sealed_as=None, sealed_with=None)
    db.session.remove()
    migrations = Migrations(db.engine, {})
    migrations._move(None, "0014_plugin_health", down=True)
    migrations.upgrade_core()
    assert run_next()
    assert not has_clear(stored_ticket(number).answers, FIELDS)
    assert revealed(act, number, "people") == ANSWERS["people"]
    db.session.remove()
    with pytest.raises(ConfigurationError, match="an older version could not open them"):
        migrations._move(None, "0014_plugin_health", down=True)
