"""Drafts: kept for their author alone, sealed, never overwritten unseen, and gone once the text is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from deskcore.errors import Conflict
from deskcore.extensions import db
from deskcore.runtime import runtime
from deskcore.tickets import drafting, services
from deskcore.tickets.attachments import attach, store_upload
from deskcore.tickets.conversation_models import Draft, DraftFile, Upload
from deskcore.tickets.drafting import delete_old_drafts, discard_draft, save_draft
from deskcore.tickets.drafts import Place, Stamp, StoredDraft, Writing, find_draft, find_drafts, newest_drafts
from deskcore.tickets.housekeeping import housekeeping
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import Ticket
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work
from tests.traces import without_traces

Act = Callable[..., AbstractContextManager[Any]]
CANARY = "CANARY-7f3a Zażółć gęślą jaźń"


@pytest.fixture
def app(shared_app: Flask) -> Iterator[Flask]:
    """The application of this module, without what the test before it left."""
    with without_traces(shared_app):
        yield shared_app


@pytest.fixture
def ticket(act: Act, person_named: Callable[[str], Any]) -> Ticket:
    """A ticket of Anna's on the IT desk."""
    anna = person_named("anna.kowalska").id
    with act("anna.kowalska"):
        number = open_ticket(NewTicket("it", "incident", "It jams", "Again", anna, "portal", {"service": "printer"}))
        return find_ticket(number)


@pytest.fixture
def note(ticket: Ticket) -> Place:
    """Where somebody notes something about Anna's ticket."""
    return Place("note", ticket_id=ticket.id)


def save(place: Place, body: str, page: str = "p1", revision: str = "", step: int = 0, **more: Any) -> StoredDraft:
    """Save a text as a page would, and return what is stored."""
    stamp = Stamp(place, revision, page, step)
    stored = save_draft(stamp, Writing({"body": body}, **more), find_draft(place))
    assert stored is not None
    return stored


def body_of(draft: StoredDraft | None) -> str:
    assert draft is not None
    assert draft.writing is not None
    return str(draft.writing.answers["body"])


def test_a_draft_is_there_again_for_its_author(act: Act, note: Place) -> None:
    with act("marek.nowak", "workspace"):
        save(note, CANARY, more={"status": "resolved"})
    with act("marek.nowak", "workspace"):
        found = find_draft(note)
        assert body_of(found) == CANARY
        assert found is not None
        assert found.writing is not None
        assert found.writing.more == {"status": "resolved"}


@pytest.mark.parametrize("body", ["a\x00b", "\ud800 half", "line\r\n\tbreaks", "{}[]\"'\\", "💩" * 1000])
def test_every_character_comes_back(act: Act, note: Place, body: str) -> None:
    with act("marek.nowak", "workspace"):
        save(note, body)
        assert body_of(find_draft(note)) == body


@pytest.mark.parametrize(
    ("who", "area"),
    [
        ("ola.mazur", "workspace"),  # leads the desk
        ("admin", "workspace"),
        ("admin", "portal"),
        ("anna.kowalska", "portal"),  # whose ticket it is
        ("jan.wojcik", "portal"),
        ("marek.nowak", "portal"),  # the author, where he sees no ticket of the desk
    ],
)
def test_nobody_else_ever_sees_one_however_they_ask(act: Act, note: Place, who: str, area: str) -> None:
    with act("marek.nowak", "workspace"):
        save(note, CANARY)
    with act(who, area) as session:
        assert find_draft(note) is None
        assert newest_drafts("note", 5) == []
        assert session.scalars(sa.select(Draft)).all() == []
        assert session.scalar(sa.select(sa.func.count()).select_from(Draft)) == 0
        with unit_of_work():
            session.execute(sa.delete(Draft), execution_options={"synchronize_session": False})
    with act("marek.nowak", "workspace"):
        assert body_of(find_draft(note)) == CANARY


def test_it_is_gone_with_the_right_to_see_the_ticket_and_back_with_it(act: Act, note: Place, ticket: Ticket) -> None:
    def hide(visibility: str) -> None:
        hidden = sa.update(Ticket).where(Ticket.id == ticket.id).values(visibility=visibility)
        with acting_as(SYSTEM) as session, unit_of_work():
            session.execute(hidden, execution_options={"synchronize_session": False})

    with act("marek.nowak", "workspace"):
        save(note, CANARY)
    hide("named")
    with act("marek.nowak", "workspace") as session:
        assert find_draft(note) is None
        assert session.scalar(sa.select(sa.func.count()).select_from(Draft)) == 0
    hide("desk")
    with act("marek.nowak", "workspace"):
        assert body_of(find_draft(note)) == CANARY


def test_it_goes_with_its_ticket(act: Act, note: Place, ticket: Ticket) -> None:
    with act("marek.nowak", "workspace"):
        save(note, CANARY)
    with acting_as(SYSTEM) as session:
        with unit_of_work():
            session.execute(sa.delete(Ticket).where(Ticket.id == ticket.id))
        assert session.scalars(sa.select(Draft)).all() == []


def test_what_is_written_is_nowhere_in_the_database(act: Act, note: Place) -> None:
    with act("marek.nowak", "workspace"):
        for step in range(3):
            save(note, CANARY * (step + 1), step=step)
    with act("anna.kowalska"):
        save(Place("request", request_type_id=1), CANARY)
    if db.engine.dialect.name == "sqlite":
        db.engine.dispose()
        stored = [path.read_bytes() for path in runtime().config.instance.glob("deskcore.db*")]
    else:
        with db.engine.connect() as connection:
            rows = connection.exec_driver_sql("SELECT t::text FROM draft t", execution_options={"policy": True})
            stored = [repr(row).encode() for row in rows]
    assert stored
    for needle in ("CANARY-7f3a", "gęślą", CANARY.encode().hex()):
        assert not any(needle.encode() in content for content in stored)


def test_with_another_secret_key_it_is_lost_and_can_be_written_anew(act: Act, note: Place) -> None:
    with act("marek.nowak", "workspace"):
        save(note, CANARY)
        config = runtime().config
        runtime().config = replace(config, secret_key="restored-elsewhere")
        lost = find_draft(note)
        assert lost is not None
        assert lost.writing is None
        runtime().config = replace(config, secret_key="a new one", former_secret_keys=(config.secret_key,))
        assert body_of(find_draft(note)) == CANARY
        runtime().config = replace(config, secret_key="restored-elsewhere")
        assert body_of(save(note, "again", "p2", lost.revision)) == "again"
        runtime().config = config
        changed = find_draft(note)
        assert changed is not None
        assert changed.writing is None


def test_one_that_was_moved_to_somebody_else_does_not_open(
    act: Act, note: Place, person_named: Callable[[str], Any]
) -> None:
    with act("marek.nowak", "workspace"):
        save(note, CANARY)
    ola = person_named("ola.mazur").id
    with acting_as(SYSTEM) as session, unit_of_work():
        session.execute(sa.update(Draft).values(person_id=ola), execution_options={"synchronize_session": False})
    with act("ola.mazur", "workspace"):
        stolen = find_draft(note)
    assert stolen is not None
    assert stolen.writing is None


def test_a_reply_and_a_note_are_two_drafts(act: Act, note: Place) -> None:
    reply = replace(note, kind="reply")
    with act("marek.nowak", "workspace"):
        save(note, "between us")
        save(reply, "Dear Anna")
        found = find_drafts([note, reply])
        assert {place.kind: body_of(draft) for place, draft in found.items()} == {
            "note": "between us",
            "reply": "Dear Anna",
        }


def test_a_page_that_has_not_seen_the_newer_text_overwrites_nothing(act: Act, note: Place) -> None:
    with act("marek.nowak", "workspace"):
        first = save(note, "on the laptop", "laptop")
        save(note, "on the phone", "phone", first.revision)
        with pytest.raises(Conflict):
            save(note, "on the laptop, later", "laptop", first.revision)
        assert body_of(find_draft(note)) == "on the phone"
        with pytest.raises(Conflict):
            save(note, "in a window that knew of none", "window")
        with pytest.raises(Conflict):
            save(note, "", "window")
        newest = find_draft(note)
        assert newest is not None
        assert body_of(save(note, "having seen both", "laptop 2", newest.revision)) == "having seen both"


def test_a_page_goes_on_from_its_own_saves_even_when_their_answers_were_lost(act: Act, note: Place) -> None:
    with act("marek.nowak", "workspace"):
        for step in range(1, 4):
            save(note, f"text {step}", "laptop", "", step)
        assert body_of(find_draft(note)) == "text 3"


def test_a_save_that_a_later_one_of_its_page_has_overtaken_has_no_effect(act: Act, note: Place) -> None:
    with act("marek.nowak", "workspace"):
        save(note, "the last words", "laptop", "", 2)
        assert body_of(save(note, "the last wor", "laptop", "", 1)) == "the last words"


def test_pages_without_a_key_are_never_taken_for_one_another(act: Act, note: Place) -> None:
    with act("marek.nowak", "workspace"):
        save(note, "one", "", "", 1)
        with pytest.raises(Conflict):
            save(note, "two", "", "", 2)


def test_an_emptied_text_is_no_draft(act: Act, note: Place) -> None:
    with act("marek.nowak", "workspace"):
        stored = save(note, "something")
        emptied = Writing({"body": " \n", "files": [], "box": False, "rows": [{}]}, {"status": "resolved"})
        assert save_draft(Stamp(note, stored.revision, "p1"), emptied, stored) is None
        assert find_draft(note) is None
        assert save_draft(Stamp(note, "", "p1"), emptied, None) is None


@pytest.mark.parametrize("kind", ["reply", "note"])
def test_sending_deletes_the_draft_in_the_same_step(act: Act, note: Place, ticket: Ticket, kind: str) -> None:
    place = replace(note, kind=kind)
    write = getattr(services, kind)
    with act("marek.nowak", "workspace"):
        stored = save(place, "Dear Anna", "page")
        write(ticket.number, "Dear Anna", key="page", draft=Stamp(place, stored.revision, "page"))
        assert find_draft(place) is None
        with pytest.raises(Conflict):
            save(place, "Dear An", "page", stored.revision, 1)  # arrives late
        assert find_draft(place) is None


def test_sending_that_fails_deletes_nothing(act: Act, note: Place, ticket: Ticket) -> None:
    with act("marek.nowak", "workspace"):
        stored = save(note, "Dear Anna", "page")
        with pytest.raises(Conflict):
            services.note(
                ticket.number, "Dear Anna", version=99, key="page", draft=Stamp(note, stored.revision, "page")
            )
        assert body_of(find_draft(note)) == "Dear Anna"


def test_sending_leaves_a_newer_text_of_another_page_alone(act: Act, note: Place, ticket: Ticket) -> None:
    with act("marek.nowak", "workspace"):
        seen = save(note, "first half", "laptop")
        save(note, "a whole new thought", "phone", seen.revision)
        services.note(ticket.number, "first half", key="laptop", draft=Stamp(note, seen.revision, "laptop"))
        assert body_of(find_draft(note)) == "a whole new thought"


def test_sending_deletes_what_the_same_page_saved_without_learning_of_it(act: Act, note: Place, ticket: Ticket) -> None:
    with act("marek.nowak", "workspace"):
        save(note, "Dear Anna", "laptop", "", 1)
        services.note(ticket.number, "Dear Anna!", key="laptop", draft=Stamp(note, "", "laptop", 1))
        assert find_draft(note) is None


def test_a_discarded_draft_does_not_come_back_with_a_late_save(act: Act, note: Place) -> None:
    with act("marek.nowak", "workspace"):
        stored = save(note, "never mind", "page")
        discard_draft(Stamp(note, stored.revision, "page"))
        with pytest.raises(Conflict):
            save(note, "never min", "page", stored.revision, 1)
        assert find_draft(note) is None
        assert body_of(save(note, "a fresh page", "page 2")) == "a fresh page"


def test_a_file_lives_while_a_draft_holds_it(act: Act, note: Place, ticket: Ticket) -> None:
    def upload(name: str) -> str:
        return store_upload(BytesIO(name.encode()), name)

    with act("marek.nowak", "workspace") as session:
        held, loose, dropped = upload("held.txt"), upload("loose.txt"), upload("dropped.txt")
        stored = save(note, "see the file", files=(held, dropped, "no-such-token"))
        assert set(stored.files.values()) == {"held.txt", "dropped.txt"}
        stored = save(note, "see the one file", "p1", stored.revision, files=(held,))
        assert dict(stored.files) == {held: "held.txt"}
        old = datetime.now(UTC) - timedelta(days=3)
        with unit_of_work():
            session.execute(sa.update(Upload).values(at=old))
    with acting_as(SYSTEM):
        housekeeping({})
    with act("marek.nowak", "workspace") as session:
        assert session.scalars(sa.select(Upload.token)).all() == [held]
        assert loose != dropped
        with unit_of_work():
            attach(session, ticket.id, [held])
        left = find_draft(note)
        assert left is not None
        assert left.files == {}
        assert session.scalars(sa.select(DraftFile)).all() == []


def test_a_draft_holds_no_file_of_somebody_else(act: Act, note: Place) -> None:
    with act("ola.mazur", "workspace"):
        hers = store_upload(BytesIO(b"x"), "hers.txt")
    with act("marek.nowak", "workspace"):
        assert save(note, "mine now?", files=(hers,)).files == {}


def test_a_month_later_it_is_deleted_a_batch_at_a_time(
    act: Act, monkeypatch: pytest.MonkeyPatch, person_named: Callable[[str], Any]
) -> None:
    monkeypatch.setattr(drafting, "_BATCH", 2)
    with act("anna.kowalska"):
        with time_machine.travel(datetime.now(UTC) - timedelta(days=30, minutes=1), tick=False):
            for number in range(5):
                save(Place("answer", request_type_id=number + 1), "old")
        kept = Place("behalf", request_type_id=1, requester_id=1)
        with time_machine.travel(datetime.now(UTC) - timedelta(days=29), tick=False):
            save(kept, "young")
        assert delete_old_drafts() == 5
        assert body_of(find_draft(kept)) == "young"


def test_beyond_the_limit_the_oldest_go(act: Act, monkeypatch: pytest.MonkeyPatch, note: Place) -> None:
    monkeypatch.setattr(drafting, "MOST", 3)
    with act("jan.wojcik"):
        other = Place("request", request_type_id=1)
        save(other, "of somebody else")
    with act("anna.kowalska"):
        places = [Place("behalf", request_type_id=1, requester_id=number) for number in range(1, 6)]
        for place in places:
            save(place, f"for {place.requester_id}")
        assert [place in find_drafts(places) for place in places] == [False, False, True, True, True]
    with act("jan.wojcik"):
        assert find_draft(other) is not None


def test_a_save_takes_few_statements_and_one_that_changes_nothing_writes_nothing(
    act: Act, note: Place, count_statements: Any
) -> None:
    with act("marek.nowak", "workspace"):
        stored = save(note, "one")
        with count_statements() as changed:
            stored = save_draft(Stamp(note, stored.revision, "p1"), Writing({"body": "two"}), stored) or stored
        with count_statements() as same:
            save_draft(Stamp(note, stored.revision, "p1", 1), Writing({"body": "two"}), stored)
    assert len(changed) == 3, changed
    written = ("INSERT INTO draft", "UPDATE draft", "DELETE FROM draft")
    assert sum(any(begin in sql for begin in written) for sql in changed) == 1
    assert list(same) == []


def test_two_pages_that_save_at_once_end_with_one_draft(app: Flask, act: Act, note: Place) -> None:
    with act("marek.nowak", "workspace") as session:
        viewer = session.info["viewer"]
    db.session.remove()

    def one(number: int) -> bool:
        with app.app_context(), acting_as(viewer):
            try:
                save_draft(Stamp(note, "", f"page {number}"), Writing({"body": f"text {number}"}), None)
            except Conflict:
                return False
            return True

    with ThreadPoolExecutor(6) as pool:
        saved = list(pool.map(one, range(6)))
    assert saved.count(True) == 1
    with act("marek.nowak", "workspace"):
        assert body_of(find_draft(note)) == f"text {saved.index(True)}"


def test_the_database_itself_refuses_a_second_draft_at_a_place(act: Act, note: Place) -> None:
    with act("marek.nowak", "workspace") as session:
        save(note, "one")
        row = session.scalars(sa.select(Draft)).one()
        values = {name: getattr(row, name) for name in set(Draft.__mapper__.columns.keys()) - {"id"}}
        with pytest.raises(sa.exc.IntegrityError), unit_of_work():
            session.execute(sa.insert(Draft), values)
