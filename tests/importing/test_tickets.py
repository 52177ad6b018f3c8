"""Tickets are imported whole, once, and in silence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from deskcore.errors import NotFound, Refused
from deskcore.extensions import db
from deskcore.fingerprints import fingerprint
from deskcore.fsck import check_all
from deskcore.importing.mapping import field_map
from deskcore.people import administration
from deskcore.people.addresses import change_address
from deskcore.people.granting import change_rights
from deskcore.people.models import IMPORTED, STAND_IN, Person
from deskcore.people.services import create_person, deactivate, find_person, get_person
from deskcore.tickets.models import Ticket, TicketEvent, TicketParticipant, TicketTag
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work
from tests.importing.conftest import Import, only_sqlite

TITLES = {"subject": "title"}
ANNA = "anna.kowalska@meridian.example"


@pytest.fixture(autouse=True)
def _whole(tickets: Import) -> Iterator[None]:
    """Check after every test that what was imported keeps all invariants."""
    yield
    with acting_as(SYSTEM) as session:
        assert check_all(session).findings == []


def stored(*columns: Any) -> list[Any]:
    with acting_as(SYSTEM) as session:
        return [tuple(row) for row in session.execute(sa.select(*columns).order_by(Ticket.id))]


def test_a_subject_is_enough(tickets: Import) -> None:
    report = tickets("title\nPrinter\nVPN\n", TITLES)
    assert report.as_json() == {"read": 2, "created": 2, "updated": 0, "skipped": 0, "errors": []}
    assert stored(Ticket.subject, Ticket.status, Ticket.channel) == [
        ("Printer", "new", "import"),
        ("VPN", "new", "import"),
    ]


def test_numbers_follow_the_series_and_those_of_new_tickets_follow_them(tickets: Import) -> None:
    tickets("title\na\nb\nc\n", TITLES, batch=2)
    assert stored(Ticket.number) == [("IT-1",), ("IT-2",), ("IT-3",)]


def test_the_same_file_again_changes_nothing(tickets: Import) -> None:
    text = "id,title\n1,Printer\n2,VPN\n"
    tickets(text, TITLES)
    report = tickets(text, TITLES)
    assert (report.created, report.skipped) == (0, 2)
    assert len(stored(Ticket.id)) == 2


def test_an_interrupted_import_goes_on_where_it_was(tickets: Import) -> None:
    tickets("id,title\n1,a\n2,b\n", TITLES)
    report = tickets("id,title\n1,a\n2,b\n3,c\n4,d\n", TITLES, batch=3)
    assert (report.created, report.skipped) == (2, 2)


def test_without_an_id_a_row_is_known_by_its_content(tickets: Import) -> None:
    assert tickets("title,text\na,1\na,2\na,1\n", TITLES).as_json()["skipped"] == 1
    assert tickets("title,text\na,1\n", TITLES).created == 0


def test_the_same_id_from_another_source_is_another_ticket(tickets: Import) -> None:
    tickets("id,title\n1,a\n", TITLES, source="one")
    assert tickets("id,title\n1,a\n", TITLES, source="two").created == 1


def test_a_dry_run_counts_and_stores_nothing(tickets: Import) -> None:
    tickets("id,title\n1,a\n", TITLES)
    report = tickets("id,title,who\n1,a,\n2,b,new@x.example\n2,b,\n", TITLES | {"requester": "who"}, dry_run=True)
    assert (report.created, report.skipped) == (1, 2)
    assert len(stored(Ticket.id)) == 1


def test_nobody_is_told(tickets: Import) -> None:
    tickets("title,state\na,closed\n", TITLES | {"status": "state"})
    with acting_as(SYSTEM) as session:
        assert session.scalars(sa.select(TicketEvent.pending)).all() == [False, False]


def test_bad_rows_are_named_and_good_ones_around_them_are_stored(tickets: Import) -> None:
    text = "title,prio,who\na,high,\nb,furchtbar,\nc,,no address\nd,1\ne,low,\n"
    report = tickets(text, TITLES | {"priority": "prio", "requester": "who"}, batch=1)
    assert report.created == 2
    assert [line for line, _ in report.errors] == [3, 4, 5]
    assert "“furchtbar” is no priority" in report.errors[0][1]


def test_a_finished_ticket_has_the_history_that_leads_there(tickets: Import) -> None:
    text = "title,state,agent,opened,solved\na,closed,marek.nowak@meridian.example,01.07.2026 10:00,02.07.2026 11:30\n"
    fields = TITLES | {"status": "state", "assignee": "agent", "created_at": "opened", "resolved_at": "solved"}
    tickets(text, fields, date_format="%d.%m.%Y %H:%M", zone=ZoneInfo("Europe/Warsaw"))
    opened, solved = datetime(2026, 7, 1, 8, tzinfo=UTC), datetime(2026, 7, 2, 9, 30, tzinfo=UTC)
    assert stored(Ticket.created_at, Ticket.resolved_at, Ticket.updated_at, Ticket.finished) == [
        (opened, solved, solved, True)
    ]
    with acting_as(SYSTEM) as session:
        events = session.execute(sa.select(TicketEvent.kind, TicketEvent.at).order_by(TicketEvent.seq)).all()
    assert [tuple(event) for event in events] == [("opened", opened), ("assigned", opened), ("status_changed", solved)]


@only_sqlite
@pytest.mark.parametrize(
    ("opened", "solved"), [("2999-01-01", ""), ("2026-02-02", "2026-02-01"), ("45321", ""), ("01/02/03", "")]
)
def test_dates_that_cannot_be_are_bad_rows(tickets: Import, opened: str, solved: str) -> None:
    fields = TITLES | {"created_at": "opened", "resolved_at": "solved"}
    report = tickets(f"title,opened,solved\na,{opened},{solved}\n", fields, date_format="%Y-%m-%d")
    assert report.created == 0
    assert [line for line, _ in report.errors] == [2]


@only_sqlite
def test_dates_need_a_format(tickets: Import) -> None:
    with pytest.raises(Refused, match="--date-format"):
        tickets("title,opened\na,2026-01-01\n", TITLES | {"created_at": "opened"})


def test_a_requester_is_found_added_or_stood_in_for(tickets: Import) -> None:
    text = f"title,who,name\na,{ANNA.upper()},\nb,Otto@Example.org,Otto  Ödlund\nc,,\n"
    tickets(text, TITLES | {"requester": "who", "requester_name": "name"})
    with acting_as(SYSTEM) as session:
        wanted = sa.select(Person.email, Person.name, Person.active, Person.password_hash.is_(None))
        found = session.execute(wanted.join(Ticket, Ticket.requester_id == Person.id).order_by(Ticket.id)).all()
    assert [tuple(row) for row in found] == [
        (ANNA, "Anna Kowalska", True, False),
        ("otto@example.org", "Otto Ödlund", True, True),
        (IMPORTED, "Imported", False, True),
    ]


def test_whoever_stands_for_others_is_nobody_and_gets_no_rights(tickets: Import) -> None:
    report = tickets(f"title,who\na,{IMPORTED.upper()}\nb,{STAND_IN}\n", TITLES | {"requester": "who"})
    assert [line for line, _ in report.errors] == [3]
    assert "Nobody can have the address" in str(report.errors[0][1])
    assert find_person(IMPORTED) is None
    with pytest.raises(NotFound):
        administration.reactivate(IMPORTED)
    with pytest.raises(NotFound):
        change_rights(IMPORTED, {"administrator": True, "auditor": False, "desks": {"it": "agent"}}, "")
    with pytest.raises(Refused, match="Nobody can have"):
        create_person(IMPORTED, "Adam", "a quite long password")
    assert not any(person.email == IMPORTED for person in administration.list_people("", "all", 500))


def test_where_somebody_had_that_address_before_nothing_is_imported(tickets: Import) -> None:
    with unit_of_work() as session:
        session.add(Person(email=IMPORTED, name="Adam"))
    with pytest.raises(Refused, match="close it first"):
        tickets("title\na\n", TITLES)
    deactivate(get_person(IMPORTED))
    assert tickets("title\na\n", TITLES).created == 1


def test_the_requester_takes_part_and_rows_without_one_are_the_defaults(tickets: Import) -> None:
    tickets("title\na\n", TITLES, requester=ANNA)
    with acting_as(SYSTEM) as session:
        found = session.execute(sa.select(Person.email, TicketParticipant.role).join(TicketParticipant)).all()
    assert [tuple(row) for row in found] == [(ANNA, "requester")]


def test_types_and_priorities_are_translated(tickets: Import) -> None:
    fields = field_map(
        None,
        ["subject=title", "request_type=kind", "priority=urgency", "tags=kind"],
        ["kind.HW=hardware_fault", "tags.HW=broken, HW", "urgency.1=urgent"],
    )
    tickets("title,kind,urgency\na,HW,1\nb,question,\n", fields)
    assert stored(Ticket.priority, Ticket.tags)[0] == (4, ["broken", "hw"])
    with acting_as(SYSTEM) as session:
        assert set(session.scalars(sa.select(TicketTag.tag))) == {"broken", "hw", "question"}


@only_sqlite
@pytest.mark.parametrize("key", ["request_type", "status", "team", "assignee"])
def test_what_the_desk_does_not_have_is_a_bad_row(tickets: Import, key: str) -> None:
    value = f"nothing{'@x.example' if key == 'assignee' else ''}"
    report = tickets(f"title,what\na,{value}\n", TITLES | {key: "what"})
    assert report.created == 0
    assert len(report.errors) == 1


def test_answers_are_checked_like_those_of_the_form_and_missing_ones_are_not_asked_for(tickets: Import) -> None:
    fields = TITLES | {"answers.service": "service", "answers.work_stopped": "stopped"}
    text = "title,service,stopped\na,mail,yes\nb,nonsense,no\nc,,\n"
    report = tickets(text, fields, request_type="incident")
    assert [line for line, _ in report.errors] == [3]
    assert stored(Ticket.answers) == [({"service": "mail", "work_stopped": True},), ({},)]


@only_sqlite
def test_a_long_subject_is_shortened_and_kept_whole_in_the_description(tickets: Import) -> None:
    words = "word " * 100
    tickets(f"title,text\n{words},more\n", TITLES | {"description": "text"})
    ((subject, description),) = stored(Ticket.subject, Ticket.description)
    assert len(subject) <= 200
    assert subject.endswith("…")
    assert description == f"{words.strip()}\n\nmore"


@only_sqlite
def test_without_a_subject_the_first_line_of_the_description_stands_for_it(tickets: Import) -> None:
    tickets('title,text\n,"First line\nsecond"\n', TITLES | {"description": "text"})
    assert stored(Ticket.subject) == [("First line",)]


@only_sqlite
def test_json_lines_are_imported_like_csv(tickets: Import) -> None:
    tickets('{"id": 7, "title": "Printer"}\n', TITLES, name="tickets.jsonl")
    assert stored(Ticket.subject) == [("Printer",)]


@only_sqlite
@pytest.mark.parametrize(
    "title",
    [
        "x'); drop table user;--",
        "<script>alert(1)</script>",
        '=HYPERLINK("x")',
        "{{ 7*7 }}",
        "\u202egnp.exe",
        "%s %n {0}",
    ],
)
def test_hostile_text_is_stored_as_it_is(tickets: Import, title: str) -> None:
    quoted = title.replace('"', '""')
    assert tickets(f'title\n"{quoted}"\n', TITLES).created == 1
    assert stored(Ticket.subject) == [(title,)]


def test_control_characters_never_reach_the_database(tickets: Import) -> None:
    assert tickets("title\na\0b\x1bc\n", TITLES).created == 1
    assert stored(Ticket.subject) == [("abc",)]


@only_sqlite
@pytest.mark.parametrize(
    ("fields", "said"),
    [({"colour": "title"}, "colour"), ({"subject": "headline"}, "headline"), ({"priority": "title"}, "--map subject")],
)
def test_a_mapping_that_cannot_be_meant_is_refused(tickets: Import, fields: dict[str, str], said: str) -> None:
    with pytest.raises(Refused, match=said):
        tickets("title\na\n", fields)


@only_sqlite
def test_an_unknown_desk_is_named_with_those_that_are_known(tickets: Import) -> None:
    with pytest.raises(Refused, match=r"Known: .*it"):
        tickets("title\na\n", TITLES, desk="nowhere")


def test_many_rows_are_stored_in_a_handful_of_statements(tickets: Import) -> None:
    from deskcore.testing import statements

    def used(rows: int) -> int:
        text = "id,title\n" + "".join(f"{rows}-{number},t\n" for number in range(rows))
        with statements(db.engine) as ran:
            tickets(text, TITLES)
        return len(ran)

    used(1)
    assert used(400) <= used(100) + 6


def test_requester_and_assignee_can_be_named_by_former_addresses(tickets: Import) -> None:
    with acting_as(SYSTEM):
        for name in ("anna.kowalska", "marek.nowak"):
            old = f"{name}@meridian.example"
            change_address(old, f"new.{old}", fingerprint(old))
    rows = "title,who,agent\nPrinter,anna.kowalska@meridian.example,marek.nowak@meridian.example\n"
    report = tickets(rows, {"subject": "title", "requester": "who", "assignee": "agent"})
    assert (report.created, report.errors) == (1, [])
    with acting_as(SYSTEM) as session:
        row = session.scalars(sa.select(Ticket).where(Ticket.subject == "Printer")).one()
        assert row.requester_id == get_person("new.anna.kowalska@meridian.example").id
        assert row.assignee_id == get_person("new.marek.nowak@meridian.example").id
