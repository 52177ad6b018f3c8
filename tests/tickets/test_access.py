"""Who sees which ticket, by every way of asking; and that each line of the policy is needed."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import aliased, joinedload

from deskcore.extensions import DeskSession, db
from deskcore.people.models import Person
from deskcore.tickets import access
from deskcore.tickets.access import FEW, UnfilteredQuery
from deskcore.tickets.conversation_models import TICKET_SCOPED, Attachment, Message, Note
from deskcore.tickets.models import Ticket, TicketLink, TicketTag
from deskcore.viewer import SYSTEM, NoViewer
from deskcore.work import acting_as, unit_of_work

ALL = {"plain", "named", "named_with_marek", "followed", "expired", "current", "hr", "of_marek", "hr_of_kasia"}


def expected(world: Any) -> list[tuple[Any, set[str]]]:
    """Return viewers of the world and the tickets that each of them sees."""
    return [
        (world.portal("anna"), {"plain", "named", "current"}),
        (world.portal("jan"), {"named_with_marek", "followed", "expired", "current", "hr"}),
        (world.portal("marek"), {"followed", "of_marek", "hr"}),
        (world.portal("kasia"), {"hr_of_kasia"}),
        (world.workspace("marek", "it"), {"plain", "named_with_marek", "expired", "current", "of_marek"}),
        (world.workspace("kasia", "hr"), {"hr"}),
        (world.workspace("kasia"), set()),
        (world.workspace("marek", "it", "hr"), ALL - {"named", "followed"}),
        (world.plugin("it"), {"plain", "expired", "current", "of_marek"}),
        (world.plugin(), set()),
        (SYSTEM, ALL),
    ]


def check_everybody(world: Any) -> None:
    """Compare what everybody sees with what they should, ticket by ticket and table by table."""
    for viewer, tickets in expected(world):
        for model in (Ticket, *TICKET_SCOPED):
            assert world.seen(viewer, model) == tickets, (viewer, model)
            assert world.seen(viewer, model, **{FEW: True}) == tickets, (viewer, model)


def test_everybody_sees_their_tickets_and_no_others(world: Any) -> None:
    check_everybody(world)


def test_the_policy_reaches_every_form_of_a_query(world: Any) -> None:
    other = aliased(Ticket)
    ids = {world.tickets[name] for name in ("plain", "named", "current")}
    some = sa.select(Ticket.id).subquery()
    with acting_as(world.portal("anna")) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Ticket)) == 3
        assert set(session.scalars(sa.select(other.id))) == ids
        assert set(session.scalars(sa.select(some.c.id))) == ids
        assert set(session.scalars(sa.select(Message.ticket_id).join(Ticket, Ticket.id == Message.ticket_id))) == ids
        assert set(session.scalars(sa.select(Ticket.id).union_all(sa.select(Ticket.id)))) == ids
        assert session.get(Ticket, world.tickets["hr"]) is None
        assert session.get(Ticket, world.tickets["plain"]) is not None
        assert session.scalar(sa.select(sa.exists().where(Ticket.id == world.tickets["hr"]))) is False
        with_anna = (
            sa.select(Person.name).where(sa.exists().where(Ticket.requester_id == Person.id)).order_by(Person.name)
        )
        assert list(session.scalars(with_anna)) == ["Anna Kowalska", "Jan Wójcik"]
        names = session.scalars(sa.select(Ticket).options(joinedload(Ticket.requester))).all()
        assert {ticket.requester.name for ticket in names} == {"Anna Kowalska", "Jan Wójcik"}


def test_the_policy_follows_an_alias_in_either_area(world: Any) -> None:
    other = aliased(Ticket)
    joined = sa.select(other.id).join(TicketLink, TicketLink.other_id == other.id)
    with acting_as(world.workspace("kasia", "hr")) as session:
        assert list(session.scalars(sa.select(other.id))) == [world.tickets["hr"]]
        assert list(session.scalars(joined)) == []
    with acting_as(world.portal("kasia")) as session:
        assert list(session.scalars(sa.select(other.id))) == [world.tickets["hr_of_kasia"]]


def test_the_policy_limits_what_an_update_or_delete_reaches(world: Any) -> None:
    loose = {"synchronize_session": False}
    with acting_as(world.workspace("kasia", "hr")) as session, unit_of_work():
        session.execute(sa.update(Ticket).values(subject="changed"), execution_options=loose)
        session.execute(sa.delete(TicketTag), execution_options=loose)
    with acting_as(SYSTEM) as session:
        changed = session.scalars(sa.select(Ticket.id).where(Ticket.subject == "changed"))
        assert set(changed) == {world.tickets["hr"]}
        assert world.tickets["hr"] not in set(session.scalars(sa.select(TicketTag.ticket_id)))
        assert session.scalar(sa.select(sa.func.count()).select_from(TicketTag)) == 8


def test_copying_from_a_select_copies_only_what_is_seen(world: Any) -> None:
    check_copying(world)


def check_copying(world: Any) -> None:
    """Let somebody tag all tickets through a SELECT, and look which were."""
    with acting_as(world.portal("marek")) as session, unit_of_work():
        copied = sa.select(Message.ticket_id, sa.literal("copied"))
        session.execute(sa.insert(TicketTag).from_select(["ticket_id", "tag"], copied))
    with acting_as(SYSTEM) as session:
        tagged = session.scalars(sa.select(TicketTag.ticket_id).where(TicketTag.tag == "copied"))
        assert set(tagged) == {world.tickets[name] for name in ("followed", "of_marek", "hr")}


@pytest.mark.parametrize(
    "statement",
    [
        sa.select(Ticket.__table__.c.id),
        sa.select(sa.func.count()).select_from(Ticket.__table__),
        sa.select(Ticket.__table__.alias("t").c.id),
        sa.text("SELECT id FROM ticket"),
        sa.select(sa.literal_column("(SELECT count(*) FROM note)")),
        sa.select(sa.text("subject")).select_from(sa.text("ticket")),
        sa.select(sa.column("subject")).select_from(sa.table("ticket")),
        sa.select(Person).where(Person.id.in_(sa.select(Ticket.__table__.c.requester_id))),
        sa.insert(TicketTag).from_select(["ticket_id", "tag"], sa.select(Note.__table__.c.ticket_id, sa.literal("x"))),
        sa.select(Person).where(Ticket.__table__.c.requester_id == Person.id),
        sa.select(Ticket).where(Ticket.id.in_(sa.select(Ticket.__table__.c.id))),
        sa.select(Ticket).where(sa.exists().where(Ticket.__table__.alias("t").c.subject == "x")),
        sa.update(Ticket.__table__).values(subject="x"),
        sa.delete(Message.__table__),
    ],
    ids=str,
)
def test_a_statement_that_cannot_be_filtered_is_refused(world: Any, statement: Any) -> None:
    with acting_as(world.workspace("marek", "it")) as session, pytest.raises(UnfilteredQuery):
        session.execute(statement)


def test_many_threads_at_once_see_no_more_than_one(app: Flask, world: Any) -> None:
    seen: set[frozenset[int]] = set()

    def look() -> None:
        with app.app_context(), acting_as(world.portal("marek")) as session:
            for _ in range(50):
                seen.add(frozenset(session.scalars(sa.select(Ticket.id))))

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {frozenset(world.tickets[name] for name in ("followed", "of_marek", "hr"))}


_FRESH = """
import sys
import sqlalchemy as sa
from deskcore.app import create_app
from deskcore.tickets.models import Ticket
from deskcore.viewer import Viewer
from deskcore.work import acting_as

app = create_app({"instance": sys.argv[1], "database_url": sys.argv[2], "worker_threads": 0})
with app.app_context(), acting_as(Viewer(int(sys.argv[3]), "portal")) as session:
    print(session.scalar(sa.select(sa.func.count()).select_from(Ticket)))
"""


def test_a_fresh_process_has_the_policy_without_asking_for_it(
    world: Any, app: Flask, database_url: str, tmp_path: Path
) -> None:
    db.session.remove()
    command = [sys.executable, "-c", _FRESH, str(tmp_path), database_url, str(world.people["kasia"])]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.stdout.strip() == "1", answer.stderr


def test_without_a_policy_no_session_answers(app_context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DeskSession, "policy", None)
    with pytest.raises(RuntimeError, match="no access policy"):
        db.session.scalar(sa.select(Person.id).limit(1))


def test_a_session_without_a_viewer_gets_no_tickets(app_context: Flask) -> None:
    with pytest.raises(NoViewer):
        db.session.scalars(sa.select(Ticket)).all()


def test_a_session_without_a_viewer_may_read_other_tables(app_context: Flask) -> None:
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Person)) > 0


def test_the_guard_catches_what_goes_around_the_session(app_context: Flask) -> None:
    with db.engine.connect() as connection, pytest.raises(AssertionError, match="went around the access policy"):
        connection.execute(sa.select(Ticket.__table__.c.id))


def test_a_note_that_a_desk_kept_is_for_that_desk_alone(world: Any) -> None:
    check_kept_notes(world)


def check_kept_notes(world: Any) -> None:
    """Let HR keep the note of a ticket that is on another desk now, with its file, and look at both as everybody."""
    with acting_as(SYSTEM) as session, unit_of_work():
        note = session.scalars(sa.select(Note).where(Note.ticket_id == world.tickets["plain"])).one()
        note.kept_by = world.desks["hr"]
        file = sa.update(Attachment).where(Attachment.ticket_id == note.ticket_id).values(note_id=note.id)
        session.execute(file, execution_options={"synchronize_session": False})
    seen = {desks: world.seen(world.workspace("marek", *desks), Note) for desks in (("it",), ("it", "hr"))}
    assert "plain" not in seen["it",]
    assert {"current", "expired"} <= seen["it",]
    assert "plain" in seen["it", "hr"]
    assert "plain" not in world.seen(world.workspace("marek", "it"), Attachment)
    assert "plain" in world.seen(world.workspace("marek", "it", "hr"), Attachment)
    assert "current" in world.seen(world.workspace("marek", "it"), Attachment)
    with acting_as(world.workspace("marek", "it", "hr")) as session:
        assert session.scalars(sa.select(Note.body).where(Note.ticket_id == world.tickets["plain"])).one() == "text"


# -- Every line of the policy is needed -----------------------------------------------------------------------------

#: Function, what stands in it, and what a careless change would leave of it.
MUTATIONS = [
    ("_participations", "_PARTICIPANT.c.person_id == _PERSON, roles", "roles"),
    ("_participations", "_PARTICIPANT.c.person_id == _PERSON, roles", "_PARTICIPANT.c.person_id == _PERSON"),
    ("_current_participations", ".where(current)", ""),
    ("_of_desks", "sa.or_(~_is_one_of(ticket.desk_id, sight.confidential), ~asked_myself)", "sa.true()"),
    ("_of_desks", "~_is_one_of(ticket.desk_id, sight.confidential)", "sa.false()"),
    ("_of_desks", "~asked_myself", "sa.false()"),
    ("visible", "if model is Note:", "if False:"),
    ("visible", "if model is Attachment:", "if False:"),
    ("visible", "Note.kept_by.is_(None)", "sa.false()"),
    ("visible", "_is_one_of(Note.kept_by, sight.desks)", "sa.false()"),
    ("visible", "~_is_one_of(_NOTE.c.kept_by, sight.desks)", "sa.true()"),
    ("visible", "Attachment.note_id.is_(None)", "sa.false()"),
    ("_of_desks", "sa.and_(on_my_desks, sa.or_(open_to_the_desk, named))", "sa.or_(open_to_the_desk, named)"),
    ("_of_desks", "sa.and_(on_my_desks, sa.or_(open_to_the_desk, named))", "on_my_desks"),
    ("_of_desks", "sa.or_(open_to_the_desk, named)", "open_to_the_desk"),
    ("_of_desks", "sa.or_(open_to_the_desk, named)", "named"),
    ("_asked_by_me", "_PARTICIPANT.c.role == _REQUESTER", "sa.true()"),
    ("_asked_by_me", "_PARTICIPANT.c.role == _REQUESTER", "_PARTICIPANT.c.role != _MEMBER"),
    ("_asked_by_me", "_PARTICIPANT.c.role == _REQUESTER", "sa.false()"),
    ("_named_to_me", "_PARTICIPANT.c.role.in_(_NAMED)", "sa.true()"),
    ("_as_its_ticket", 'if sight.area == "portal"', 'if sight.area == "nowhere"'),
    ("_as_its_ticket", "mine.is_(sa.true())", "sa.true()"),
    ("_as_its_ticket", "belongs, _of_desks", "_of_desks"),
    ("_as_its_ticket", ".where(belongs, _of_desks(sight, _VISIBLE.c))", ".where(belongs)"),
    ("_as_its_ticket", "_PARTICIPANT.c.role != _MEMBER", "sa.true()"),
    ("_apply_policy", "_filtered(kept, sight, state.statement)", "_marked(state.statement)"),
    ("_filtered", "kept.by_sight.get(sight)", "next(iter(kept.by_sight.values()), None)"),
    ("_filtered", "_shared_option(sight, name)", "_shared_option(_PORTAL, name)"),
    ("_apply_policy", 'if viewer.area == "system":', 'if viewer.area in ("system", "plugin"):'),
    ("_apply_policy", 'if viewer.area == "system":', 'if viewer.area != "portal":'),
    ("_apply_policy", "_PERSON.key: viewer.person_id", "_PERSON.key: 0"),
    ("_apply_policy", "(_option(sight, name, given) for name in kept.touched)", "[]"),
    ("_sight", 'if viewer.area == "portal":', "if True:"),
    ("_sight", "desks & runtime().catalogue.confidential", "frozenset()"),
    ("_sight", "frozenset(viewer.desk_roles)", "frozenset({1, 2, 3})"),
    ("_sight", "Sight(viewer.area", 'Sight("portal"'),
]


def forget_what_was_built() -> None:
    """Let conditions be built anew."""
    access._shared_option.cache_clear()
    access._mine.cache_clear()


@pytest.fixture
def mutated(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str, str], None]:
    """Give a function that rewrites one line of the policy until the end of the test."""

    forget_what_was_built()

    def rewrite(name: str, before: str, after: str) -> None:
        original = getattr(access, name)
        source = textwrap.dedent(inspect.getsource(original))
        assert before in source, f"{name} no longer contains {before!r}: bring the list of mutations up to date"
        tree = ast.parse(source.replace(before, after))
        tree.body[0].decorator_list = []  # type: ignore[attr-defined]
        found: dict[str, Any] = {}
        exec(compile(tree, access.__file__, "exec"), access.__dict__, found)
        monkeypatch.setattr(original, "__code__", found[name].__code__)

    return rewrite


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("name", "before", "after"), MUTATIONS)
def test_removing_any_line_of_the_policy_is_noticed(
    world: Any,
    mutated: Callable[[str, str, str], None],
    request: pytest.FixtureRequest,
    name: str,
    before: str,
    after: str,
) -> None:
    mutated(name, before, after)
    request.addfinalizer(forget_what_was_built)

    def check() -> None:
        check_everybody(world)
        check_kept_notes(world)
        check_change_of_hands(world)
        check_copying(world)

    with pytest.raises((AssertionError, NoViewer)):
        check()


def test_a_session_that_changes_hands_does_not_keep_the_first_policy(world: Any) -> None:
    check_change_of_hands(world)


def check_change_of_hands(world: Any) -> None:
    """Give one session to somebody else and look again."""
    everything = sa.select(Ticket.id)
    with acting_as(world.portal("anna")) as session:
        before = set(session.scalars(everything))
        session.info["viewer"] = world.portal("kasia")
        assert before
        assert set(session.scalars(everything)) == {world.tickets["hr_of_kasia"]}
        session.info["viewer"] = world.workspace("kasia", "hr")
        assert set(session.scalars(everything)) == {world.tickets["hr"]}
