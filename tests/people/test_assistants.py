"""Assistants: an administrator says for whom somebody may ask without leading that person; desks keep their say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore import audit
from deskcore.errors import NotAllowed, Problem, Refused
from deskcore.extensions import db
from deskcore.people import assistants, services
from deskcore.people.assistant_models import Assistant
from deskcore.people.assistants import asks_for, assistants_of, name_assistant, withdraw_assistant
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.managers import check_may_send
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work
from tests.tickets.test_managers import let

PIOTR, OLA = "piotr.zielinski@meridian.example", "ola.mazur@meridian.example"
Named = Callable[[str], Person]


def administrator() -> Any:
    admin = services.get_person("admin@meridian.example")
    return acting_as(Viewer(admin.id, "portal", administrator=True))


def problem(call: Callable[[], object]) -> Problem:
    with pytest.raises(Refused) as refused:
        call()
    [found] = refused.value.problems
    return found


def test_an_administrator_names_somebody_and_takes_it_back(app_context: Flask, person_named: Named) -> None:
    jan, piotr = person_named("jan.wojcik"), person_named("piotr.zielinski")
    with administrator():
        for _again in range(2):
            assert name_assistant(jan, PIOTR).id == piotr.id
        name_assistant(jan, OLA)
        assert [each.email for each in asks_for(jan)] == [OLA, PIOTR]
        assert [each.email for each in assistants_of(piotr)] == [jan.email]
        assert asks_for(piotr) == assistants_of(jan) == []
        for _again in range(2):
            withdraw_assistant(jan, PIOTR)
        withdraw_assistant(jan, "nobody@meridian.example")
        assert [each.email for each in asks_for(jan)] == [OLA]
        # In the log is who may ask for whom, once each.
        entries = audit.read_entries(db.session, audit.Wanted(what="assistant"), 10)
        said = [(entry.action, entry.subject, entry.before, entry.after) for entry in reversed(entries)]
        assert said == [
            ("assistant.named", jan.email, {}, {"asks_for": PIOTR}),
            ("assistant.named", jan.email, {}, {"asks_for": OLA}),
            ("assistant.withdrawn", jan.email, {"asks_for": PIOTR}, {}),
        ]


def test_nobody_but_an_administrator_decides_it(
    app_context: Flask, person_named: Named, viewer_named: Callable[..., Viewer]
) -> None:
    jan = person_named("jan.wojcik")
    for name in ("jan.wojcik", "piotr.zielinski", "ola.mazur"):
        with acting_as(viewer_named(name)):
            for change in (name_assistant, withdraw_assistant):
                with pytest.raises(NotAllowed, match="by an administrator"):
                    change(jan, PIOTR)
    assert db.session.scalars(sa.select(Assistant)).all() == []


def test_what_makes_no_sense_is_refused_at_its_field(
    app_context: Flask, person_named: Named, monkeypatch: pytest.MonkeyPatch
) -> None:
    jan = person_named("jan.wojcik")
    services.deactivate(person_named("ola.mazur"))
    monkeypatch.setattr(assistants, "MOST", 1)
    with administrator():
        for email in ("", "nonsense", "nobody@meridian.example", OLA, "anonymous@deskcore.invalid", "a\0b@x.example"):
            found = problem(lambda email=email: name_assistant(jan, email))
            assert (found.field, found.message) == ("for", "We know nobody with this address who has access")
        assert "Everybody asks for themselves" in problem(lambda: name_assistant(jan, jan.email)).message
        name_assistant(jan, PIOTR)
        assert problem(lambda: name_assistant(jan, "marek.nowak@meridian.example")).message == (
            "One person may ask for 1 others at most"
        )


def test_one_asks_for_whom_one_was_named_where_the_desk_allows_it_and_as_long_as_both_have_access(
    app_context: Flask, person_named: Named
) -> None:
    jan, ola, marek = (person_named(name) for name in ("jan.wojcik", "ola.mazur", "marek.nowak"))
    with administrator():
        name_assistant(jan, OLA)
    with pytest.raises(Refused, match="for yourself only"):
        check_may_send(runtime().catalogue.types["it", "incident"], jan, ola)
    let(send=True)
    incident = runtime().catalogue.types["it", "incident"]
    check_may_send(incident, jan, ola)
    # Not the other way round, and for nobody else.
    anna = person_named("anna.kowalska")
    for sender, other in ((ola, jan), (jan, anna), (jan, marek), (marek, ola), (jan, None)):
        with pytest.raises(Refused, match="You can ask for yourself") as refused:
            check_may_send(incident, sender, other)
        assert refused.value.problems[0].field == "requester"
    # A confidential desk asks nobody: what people ask it is between them and the desk.
    private = replace(incident, desk=replace(incident.desk, confidential=True))
    with pytest.raises(Refused, match="for yourself only"):
        check_may_send(private, jan, ola)
    with acting_as(SYSTEM):
        services.deactivate(jan)
    assert assistants_of(ola) == []
    with acting_as(SYSTEM):
        services.deactivate(ola)
    with pytest.raises(Refused, match="You can ask for yourself"):
        check_may_send(incident, jan, ola)


def test_nothing_is_left_of_somebody_who_is_deleted(app_context: Flask, person_named: Named) -> None:
    with administrator():
        director = services.create_person("director@meridian.example", "Director")
        helper = services.create_person("helper@meridian.example", "Helper")
        name_assistant(helper, director.email)
        name_assistant(director, PIOTR)
        name_assistant(person_named("jan.wojcik"), OLA)
    with unit_of_work() as session:
        session.execute(sa.delete(Person).where(Person.id == director.id))
    assert [each.email for each in asks_for(person_named("jan.wojcik"))] == [OLA]
    assert len(db.session.scalars(sa.select(Assistant)).all()) == 1
