"""A status that tickets have is removed: they get another one, a batch at a time, and everything else follows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore import audit, clock
from deskcore.desks.administration import add_desk, change_statuses, read_desk
from deskcore.desks.leaving import find_move, may_go, targets
from deskcore.desks.services import refresh
from deskcore.errors import NotFound, Refused
from deskcore.events.models import JobRow
from deskcore.extensions import db
from deskcore.fingerprints import fingerprint
from deskcore.fsck import check_all
from deskcore.hooks.contributions import Text
from deskcore.people.services import get_person
from deskcore.runtime import runtime
from deskcore.tickets import services, status_moves
from deskcore.tickets.models import Ticket, TicketEvent
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.status_moves import begin_move, count_with, move_tickets, refuse_worn
from deskcore.tickets.view_models import SavedViewRow
from deskcore.tickets.view_statuses import views_asking_for
from deskcore.tickets.workflow import wanted_status
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work
from deskcore.worker import Worker

STATUS = "with_the_supplier"
PAYLOAD = {"desk": "it", "status": STATUS}


@pytest.fixture
def admin_id(app_context: Flask) -> int:
    """Add a status to the IT desk; give the id of the administrator."""
    with acting_as(SYSTEM):
        add_status("With the supplier", "U dostawcy", "on_hold")
    return get_person("admin@meridian.example").id


@pytest.fixture
def opens(admin_id: int) -> Callable[..., str]:
    """Give ``opens(status)``: open a ticket of Anna's in that status, and return its number."""

    def opened(status: str = STATUS) -> str:
        anna, marek = (get_person(f"{name}@meridian.example").id for name in ("anna.kowalska", "marek.nowak"))
        answers = {"service": "network", "what_happened": "The network is away."}
        with acting_as(Viewer(anna, "portal")):
            number = open_ticket(NewTicket("it", "incident", "No network", "", anna, "portal", answers))
        if status != "new":
            with acting_as(Viewer(marek, "workspace", {runtime().catalogue.desk("it").id: "agent"})):
                services.set_status(number, status)
        return number

    return opened


def add_status(en: str, pl: str, category: str, desk: str = "it") -> None:
    row = read_desk(desk)
    new = {"key": "", "category": category, "title": {"en": en, "pl": pl}}
    change_statuses(desk, [*row.statuses, new], fingerprint(row.statuses))
    refresh()


def keys() -> list[str]:
    with acting_as(SYSTEM):
        return [status["key"] for status in read_desk("it").statuses]


def begin(admin_id: int, status: str = STATUS, target: str = "on_hold") -> None:
    with acting_as(Viewer(admin_id, "system")):
        begin_move("it", status, target, admin_id)
        refresh()


def work(app: Flask) -> None:
    Worker(app).run_once()
    refresh()


def ticket(number: str) -> dict[str, Any]:
    """Return what a ticket is and the changes of its status, for whoever may look at everything."""
    with acting_as(SYSTEM) as session:
        row = session.scalars(sa.select(Ticket).where(Ticket.number == number)).one()
        events = session.scalars(
            sa.select(TicketEvent)
            .where(TicketEvent.ticket_id == row.id, TicketEvent.kind == "status_changed")
            .order_by(TicketEvent.seq)
        ).all()
        return {
            "status": row.status,
            "category": row.status_category,
            "version": row.version,
            "resolved_at": row.resolved_at,
            "changes": [(event.data["from"], event.data["to"], event.actor_id) for event in events],
            "pending": [event.pending for event in events],
        }


def test_every_ticket_gets_the_other_status_and_its_history_says_so(
    app_context: Flask, admin_id: int, opens: Callable[..., str]
) -> None:
    numbers, elsewhere = [opens() for _ in range(3)], opens("open")
    before = {number: ticket(number)["version"] for number in numbers}
    begin(admin_id)
    work(app_context)
    for number in numbers:
        now_it_is = ticket(number)
        assert (now_it_is["status"], now_it_is["category"]) == ("on_hold", "on_hold")
        assert now_it_is["changes"][-1] == (STATUS, "on_hold", admin_id)
        assert now_it_is["version"] == before[number] + 1
        assert not any(now_it_is["pending"]), "subscribers were told of it"
    assert ticket(elsewhere)["status"] == "open"
    assert STATUS not in keys()
    with acting_as(SYSTEM) as session:
        assert not check_all(session).findings


def test_the_log_says_when_it_began_and_how_many_tickets_there_were(
    app_context: Flask, admin_id: int, opens: Callable[..., str]
) -> None:
    for _ in range(2):
        opens()
    begin(admin_id)
    work(app_context)
    [began] = audit.read_entries(db.session, audit.Wanted(what="desk.status_leaving"), 10)
    [ended] = audit.read_entries(db.session, audit.Wanted(what="desk.status_removed"), 10)
    assert (began.subject, began.before, began.after) == ("it", {"status": STATUS}, {"status": "on_hold"})
    assert ended.after == {"status": "on_hold", "tickets": 2, "views": 0}
    assert {began.actor, ended.actor} == {"admin@meridian.example"}


def test_nobody_can_choose_it_from_the_beginning_and_tickets_that_have_it_show_it(
    admin_id: int, opens: Callable[..., str]
) -> None:
    opens()
    begin(admin_id)
    desk = runtime().catalogue.desk("it")
    assert STATUS not in {status.key for status in desk.statuses}
    assert STATUS in {status.key for status in desk.worn}
    with pytest.raises(Refused, match="has no status"):
        wanted_status(desk, STATUS)
    with pytest.raises(Refused, match="has no status"):
        opens()


def test_afterwards_its_name_is_still_known_for_what_happened_before(
    app_context: Flask, admin_id: int, opens: Callable[..., str]
) -> None:
    opens()
    begin(admin_id)
    work(app_context)
    [former] = runtime().catalogue.desk("it").former
    assert (former.key, former.title) == (STATUS, Text("With the supplier", "U dostawcy"))


def test_a_worker_that_ends_in_the_middle_leaves_whole_batches_and_the_next_one_goes_on(
    app_context: Flask, admin_id: int, opens: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [opens() for _ in range(7)]
    begin(admin_id)
    monkeypatch.setattr(status_moves, "BATCH", 3)
    batches: list[int] = []
    change = status_moves._give

    def fails_in_the_second_batch(*given: Any) -> int:
        moved = change(*given)
        batches.append(moved)
        if len(batches) == 2:
            raise OSError(28, "No space left on device")
        return moved

    monkeypatch.setattr(status_moves, "_give", fails_in_the_second_batch)
    with acting_as(SYSTEM), pytest.raises(OSError, match="No space left"):
        move_tickets(PAYLOAD)
    assert sum(ticket(number)["status"] == "on_hold" for number in numbers) == 3
    with acting_as(SYSTEM):
        move = find_move(read_desk("it"), STATUS)
        assert move is not None
        assert (move.state, move.done, move.total) == ("moving", 3, 7)
    work(app_context)
    assert batches == [3, 3, 3, 1]
    for number in numbers:
        assert [change[:2] for change in ticket(number)["changes"]].count((STATUS, "on_hold")) == 1
    assert STATUS not in keys()


def test_a_ticket_that_got_it_by_an_older_request_is_looked_after_a_minute_later(
    app_context: Flask, admin_id: int, opens: Callable[..., str]
) -> None:
    begin(admin_id)
    work(app_context)
    number = opens("on_hold")
    with acting_as(SYSTEM) as session, unit_of_work():
        late = sa.update(Ticket).where(Ticket.number == number).values(status=STATUS)
        session.execute(late, execution_options={"synchronize_session": False})
    work(app_context)
    assert ticket(number)["status"] == STATUS, "the minute is not over"
    let_the_minute_pass()
    work(app_context)
    assert ticket(number)["status"] == "on_hold"


def let_the_minute_pass() -> None:
    """Let the job that waits for it be due now."""
    with acting_as(SYSTEM) as session, unit_of_work():
        waiting = sa.update(JobRow).where(JobRow.kind == status_moves.JOB, JobRow.state == "waiting")
        session.execute(waiting.values(due_at=clock.now() - timedelta(seconds=1)))


def test_a_solved_ticket_stays_solved_since_it_was(
    app_context: Flask, admin_id: int, opens: Callable[..., str]
) -> None:
    with acting_as(SYSTEM):
        add_status("Done and dusted", "Gotowe", "resolved")
    number = opens("done_and_dusted")
    solved = ticket(number)["resolved_at"]
    begin(admin_id, "done_and_dusted", "resolved")
    work(app_context)
    assert (ticket(number)["status"], ticket(number)["resolved_at"]) == ("resolved", solved)


def test_those_of_the_same_meaning_are_offered_first_and_none_becomes_new(admin_id: int) -> None:
    with acting_as(SYSTEM):
        offered = [status["key"] for status in targets(read_desk("it"), STATUS)]
    assert offered[0] == "on_hold"
    assert "new" not in offered
    assert STATUS not in offered


@pytest.mark.parametrize("target", ["", "new", STATUS, "nothing"])
def test_a_status_that_the_tickets_cannot_get_is_refused(admin_id: int, target: str) -> None:
    with pytest.raises(Refused, match="Choose the status"):
        begin(admin_id, STATUS, target)
    assert STATUS in {status.key for status in runtime().catalogue.desk("it").statuses}


def test_every_meaning_keeps_a_status_that_can_be_chosen(admin_id: int) -> None:
    with pytest.raises(Refused, match="Every meaning needs a status"):
        begin(admin_id, "closed", "resolved")
    begin(admin_id)
    with pytest.raises(Refused, match="being given this status"):
        begin(admin_id, "on_hold", "open")
    with pytest.raises(Refused, match="being removed already"):
        begin(admin_id)
    with pytest.raises(NotFound):
        begin(admin_id, "nothing", "open")


def test_its_target_stays_until_the_tickets_have_it(admin_id: int) -> None:
    with acting_as(SYSTEM):
        add_status("Put aside", "Odłożone", "on_hold")
    begin(admin_id, STATUS, "put_aside")
    with acting_as(SYSTEM):
        assert status_moves.worn(read_desk("it"), {"put_aside", STATUS}) == {"put_aside", STATUS}


def test_when_the_target_is_gone_the_rest_keeps_its_status_and_it_can_be_chosen_again(
    app_context: Flask, admin_id: int, opens: Callable[..., str]
) -> None:
    number = opens()
    with acting_as(SYSTEM):
        add_status("Put aside", "Odłożone", "on_hold")
    begin(admin_id, STATUS, "put_aside")
    with acting_as(SYSTEM):
        row = read_desk("it")
        left = [status for status in row.statuses if status["key"] != "put_aside"]
        change_statuses("it", left, fingerprint(row.statuses))
    work(app_context)
    assert ticket(number)["status"] == STATUS
    assert STATUS in {status.key for status in runtime().catalogue.desk("it").statuses}
    begin(admin_id)
    work(app_context)
    assert ticket(number)["status"] == "on_hold"


def test_the_last_other_status_of_a_meaning_stays_while_one_is_going(admin_id: int) -> None:
    begin(admin_id, STATUS, "open")
    with acting_as(SYSTEM):
        row = read_desk("it")
        assert not may_go(row, STATUS, "on_hold")
        with pytest.raises(Refused, match="being given another status"):
            refuse_worn(row, {"on_hold"})


def save_view(owner_id: int, name: str, query: str, sharing: str = "me") -> str:
    with acting_as(SYSTEM) as session, unit_of_work():
        key = f"view-{name}"[:16]
        row = SavedViewRow(key=key, owner_id=owner_id, sharing=sharing, name=name, query=query, sort="-updated")
        row.columns, row.page_size = [], 25
        session.add(row)
    return key


def query_of(key: str) -> str:
    with acting_as(SYSTEM) as session:
        return session.scalars(sa.select(SavedViewRow.query).where(SavedViewRow.key == key)).one()


def test_saved_views_ask_for_the_status_that_the_tickets_got(app_context: Flask, admin_id: int) -> None:
    shared = save_view(admin_id, "Suppliers", f"status:{STATUS},open printer", "all")
    own = save_view(admin_id, "Mine", f"-status:{STATUS}")
    words = save_view(admin_id, "Words", STATUS)
    other_desk = save_view(admin_id, "Elsewhere", f"desk:hr status:{STATUS}")
    with acting_as(SYSTEM):
        assert views_asking_for(read_desk("it"), STATUS) == (["Suppliers"], 1)
    begin(admin_id)
    work(app_context)
    assert query_of(shared) == "status:on_hold,open printer"
    assert query_of(own) == "-status:on_hold"
    assert query_of(words) == STATUS
    assert query_of(other_desk) == f"desk:hr status:{STATUS}"


def test_what_the_views_of_a_confidential_desk_are_called_is_not_told(app_context: Flask, admin_id: int) -> None:
    with acting_as(SYSTEM) as session:
        key = save_view(admin_id, "CANARY", f"status:{STATUS}")
        secret = add_desk("SEC", {"en": "Secrets", "pl": "Tajemnice"}, confidential=True)
        with unit_of_work():
            view = session.scalars(sa.select(SavedViewRow).where(SavedViewRow.key == key)).one()
            view.sharing, view.desk_id = "desk", read_desk(secret).id
        assert views_asking_for(read_desk("it"), STATUS) == ([], 1)


def test_views_ask_for_both_where_another_desk_has_a_status_of_the_same_name(app_context: Flask, admin_id: int) -> None:
    with acting_as(SYSTEM):
        fac = add_desk("FAC", {"en": "Facilities", "pl": "Budynek"}, confidential=False)
        add_status("With the supplier", "U dostawcy", "on_hold", fac)
    key = save_view(admin_id, "Suppliers", f"status:{STATUS}")
    begin(admin_id)
    work(app_context)
    assert query_of(key) == f"status:{STATUS},on_hold"


def test_how_many_there_are_is_counted_whoever_may_see_them(admin_id: int, opens: Callable[..., str]) -> None:
    for _ in range(2):
        opens()
    with acting_as(Viewer(admin_id, "portal")):
        assert count_with(read_desk("it"), STATUS) == 2
