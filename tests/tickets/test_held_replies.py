"""What an agent sends waits ten seconds: stored at once, seen by nobody who should not, then sent or taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import timedelta
from io import BytesIO
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore import clock
from deskcore.errors import DeskcoreError, NotAllowed, NotFound, Refused
from deskcore.events.models import Delivery, Subscription
from deskcore.extensions import db
from deskcore.fsck import check_all
from deskcore.runtime import runtime
from deskcore.tickets import deliveries, services
from deskcore.tickets.agent_models import HeldFile, HeldReply
from deskcore.tickets.attachments import store_upload
from deskcore.tickets.conversation_models import Attachment, Message, Upload
from deskcore.tickets.drafting import save_draft
from deskcore.tickets.drafts import Place, Stamp, StoredDraft, find_draft, message_writing
from deskcore.tickets.held import held_replies
from deskcore.tickets.housekeeping import housekeeping
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import TicketEvent
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.pages import history
from deskcore.tickets.services.held_replies import HELD, next_reply_due, send_due_reply
from deskcore.tickets.work_status import work_status
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work
from deskcore.worker import Sender, Worker, start_threads

Act = Callable[..., AbstractContextManager[Any]]
GONE = "This reply has gone out, or was taken back before"


@pytest.fixture
def number(act: Act, person_named: Callable[[str], Any]) -> str:
    """Give a ticket of Anna's."""
    anna = person_named("anna.kowalska").id
    answers = {"service": "printer", "what_happened": "It jams", "affected": "me"}
    with act("anna.kowalska"):
        return open_ticket(NewTicket("it", "incident", "It jams", "", anna, "portal", answers))


@pytest.fixture
def marek(act: Act) -> Iterator[None]:
    """Let Marek act, from the workspace."""
    with act("marek.nowak", "workspace"):
        yield


def after(**time: float) -> AbstractContextManager[None]:
    return clock.at(clock.now() + timedelta(**time))


def in_time() -> AbstractContextManager[None]:
    """Let it be the moment at which a reply that was held just now goes out."""
    return clock.at(clock.now() + HELD)


def stored(number: str) -> dict[str, Any]:
    """Return everything of a ticket that anybody could notice."""
    with acting_as(SYSTEM) as session:
        ticket = find_ticket(number)
        kinds = sa.select(TicketEvent.kind).where(TicketEvent.ticket_id == ticket.id).order_by(TicketEvent.seq)
        return {
            "status": ticket.status,
            "version": ticket.version,
            "updated_at": ticket.updated_at,
            "events": list(session.scalars(kinds)),
            "messages": list(session.scalars(sa.select(Message.body).order_by(Message.seq))),
            "files": list(session.scalars(sa.select(Attachment.name))),
        }


def held() -> int:
    with acting_as(SYSTEM) as session:
        return session.scalar(sa.select(sa.func.count()).select_from(HeldReply)) or 0


def draft_of(number: str) -> StoredDraft | None:
    return find_draft(Place("reply", ticket_id=find_ticket(number).id))


def text_of(draft: StoredDraft | None) -> str:
    assert draft is not None
    assert draft.writing is not None
    return str(draft.writing.answers["body"])


def upload(name: str) -> str:
    return store_upload(BytesIO(name.encode()), name)


@pytest.mark.usefixtures("marek")
def test_a_held_reply_changes_nothing_of_its_ticket(number: str) -> None:
    before = stored(number)
    services.hold_reply(number, "Which tray?", [upload("tray.png")], then="waiting_requester")
    assert stored(number) == before
    assert held() == 1
    assert not send_due_reply()


@pytest.mark.usefixtures("marek")
def test_when_its_time_has_come_a_worker_sends_it(app: Flask, number: str) -> None:
    services.hold_reply(number, "Which tray?", [upload("tray.png")], then="waiting_requester")
    with in_time():
        Worker(app).run_once()
    found = stored(number)
    assert found["messages"] == ["Which tray?"]
    assert found["events"] == ["opened", "message_added", "status_changed"]
    assert (found["status"], found["files"], held()) == ("waiting_requester", ["tray.png"], 0)
    entry = history(find_ticket(number))[1]
    assert entry.author is not None
    assert (entry.author.name, entry.from_agent) == ("Marek Nowak", True)
    with acting_as(SYSTEM) as session:
        assert check_all(session).findings == []


@pytest.mark.usefixtures("marek")
def test_a_thread_that_does_nothing_else_sends_it(app: Flask, number: str) -> None:
    deliveries.fan_out()
    services.hold_reply(number, "Which tray?")
    with in_time():
        assert Sender(app).run_once()
    assert stored(number)["messages"] == ["Which tray?"]
    assert deliveries.fan_out() == 2  # events of the message and of the status were left to the workers


@pytest.mark.usefixtures("marek")
def test_every_process_that_serves_or_works_has_that_thread(app: Flask) -> None:
    started = start_threads(app, 0)
    for sender, thread in started:
        sender.stop()
        thread.join()
    assert [type(sender) for sender, _ in started] == [Sender]


@pytest.mark.usefixtures("marek")
def test_a_worker_knows_when_the_next_one_goes_out(number: str) -> None:
    assert next_reply_due() is None
    with clock.at(clock.now()):
        services.hold_reply(number, "Soon")
        assert next_reply_due() == clock.now() + HELD


@pytest.mark.usefixtures("marek")
def test_that_nobody_sends_it_is_a_warning_to_the_administrator(number: str) -> None:
    deliveries.fan_out()
    services.hold_reply(number, "Soon")
    assert list(work_status().warnings()) == []
    with after(seconds=11):
        assert [said for said in work_status().warnings() if "no worker is alive" in said]


@pytest.mark.usefixtures("marek")
def test_a_new_ticket_is_taken_into_work_when_the_reply_goes_out(number: str) -> None:
    services.hold_reply(number, "We look at it.")
    assert stored(number)["status"] == "new"
    with in_time():
        assert send_due_reply()
    assert stored(number)["status"] == "open"


@pytest.mark.usefixtures("marek")
def test_taking_it_back_makes_a_draft_of_its_text_its_files_and_its_status(number: str) -> None:
    before = stored(number)
    token = services.hold_reply(number, "Which tray?", [upload("tray.png")], then="resolved")
    services.take_back_reply(number, token)
    assert (stored(number), held()) == (before, 0)
    draft = draft_of(number)
    assert text_of(draft) == "Which tray?"
    assert draft is not None
    assert draft.writing is not None
    assert (draft.writing.more, list(draft.files.values())) == ({"status": "resolved"}, ["tray.png"])
    with in_time():
        assert not send_due_reply()
    services.hold_reply(number, "Tray 2, then.", list(draft.files), draft=Stamp(Place("reply", 1), draft.revision))
    with in_time():
        assert send_due_reply()
    assert stored(number)["files"] == ["tray.png"]


@pytest.mark.usefixtures("marek")
def test_what_was_begun_meanwhile_stays_behind_the_text_that_comes_back(number: str) -> None:
    token = services.hold_reply(number, "First.", [upload("one.txt")])
    place = Place("reply", ticket_id=find_ticket(number).id)
    save_draft(Stamp(place, page="p", step=1), message_writing("Second.", "", [upload("two.txt")]), None)
    services.take_back_reply(number, token)
    draft = draft_of(number)
    assert text_of(draft) == "First.\n\nSecond."
    assert draft is not None
    assert set(draft.files.values()) == {"one.txt", "two.txt"}


@pytest.mark.usefixtures("marek")
@pytest.mark.parametrize("late", ["ten seconds later", "after it went out", "a second time"])
def test_it_cannot_be_taken_back_too_late_or_twice(number: str, late: str) -> None:
    token = services.hold_reply(number, "Which tray?")
    if late == "a second time":
        services.take_back_reply(number, token)
    with in_time():
        if late == "after it went out":
            assert send_due_reply()
        before, drafts = stored(number), draft_of(number)
        with pytest.raises(Refused, match=GONE):
            services.take_back_reply(number, token)
        assert (stored(number), draft_of(number)) == (before, drafts)


def test_nobody_else_takes_it_back(act: Act, number: str) -> None:
    with act("marek.nowak", "workspace"):
        token = services.hold_reply(number, "Which tray?")
    with act("ola.mazur", "workspace"), pytest.raises(NotAllowed, match="Only the person who wrote a reply"):
        services.take_back_reply(number, token)
    with act("anna.kowalska"), pytest.raises(NotAllowed):
        services.take_back_reply(number, token)
    with act("kasia.dabrowska", "workspace"), pytest.raises(NotFound):
        services.take_back_reply(number, token)
    assert held() == 1


def test_what_others_do_meanwhile_stays_whether_it_is_taken_back_or_not(act: Act, number: str) -> None:
    with act("marek.nowak", "workspace"):
        first = services.hold_reply(number, "First", then="resolved")
        second = services.hold_reply(number, "Second", then="resolved")
    with act("ola.mazur", "workspace"):
        services.reply(number, "Mine")
        services.set_status(number, "on_hold")
    with act("marek.nowak", "workspace"):
        services.take_back_reply(number, first)
        assert text_of(draft_of(number)) == "First"
    assert second
    with in_time():
        assert send_due_reply()
    found = stored(number)
    # Somebody has decided otherwise since it was sent.
    assert (found["messages"], found["status"]) == (["Mine", "Second"], "on_hold")


@pytest.mark.usefixtures("marek")
def test_a_form_that_is_sent_twice_holds_one_reply(number: str) -> None:
    token = services.hold_reply(number, "Once", key="form")
    assert services.hold_reply(number, "Once", key="form") == token
    with in_time():
        assert send_due_reply()
        assert not send_due_reply()
    assert services.hold_reply(number, "Once", key="form") == token
    assert (stored(number)["messages"], held()) == (["Once"], 0)


@pytest.mark.usefixtures("marek")
def test_an_old_page_whose_reply_was_taken_back_does_not_claim_to_send_it(number: str) -> None:
    token = services.hold_reply(number, "Once", key="form")
    services.take_back_reply(number, token)
    with pytest.raises(Refused, match="This reply was taken back"):
        services.hold_reply(number, "Once", key="form")
    assert (held(), text_of(draft_of(number))) == (0, "Once")
    assert services.hold_reply(number, "Once", key="another form") != token
    assert held() == 1


@pytest.mark.usefixtures("marek")
def test_replies_go_out_in_their_order(number: str) -> None:
    for text in ("One", "Two", "Three"):
        services.hold_reply(number, text)
    with in_time():
        while send_due_reply():
            pass
    assert stored(number)["messages"] == ["One", "Two", "Three"]


@pytest.mark.usefixtures("marek")
def test_its_files_are_kept_and_no_other_text_can_take_them(number: str) -> None:
    token = upload("tray.png")
    services.hold_reply(number, "Which tray?", [token])
    with pytest.raises(Refused, match="no longer there"):
        services.note(number, "The same file", [token])
    with pytest.raises(Refused, match="no longer there"):
        services.hold_reply(number, "And again", [token])
    with after(days=3), acting_as(SYSTEM) as session:
        housekeeping({})
        assert session.scalars(sa.select(Upload.token)).all() == [token]
        assert send_due_reply()
        assert session.scalars(sa.select(HeldFile.token)).all() == []
    assert stored(number)["files"] == ["tray.png"]


@pytest.mark.usefixtures("marek")
def test_what_stands_in_its_way_is_said_before_it_is_held(number: str) -> None:
    for wrong in ({"text": " "}, {"text": "x", "then": "lost"}, {"text": "x", "uploads": ["nobody's"]}):
        with pytest.raises(Refused):
            services.hold_reply(number, **wrong)  # type: ignore[arg-type]
    with pytest.raises(DeskcoreError):
        services.hold_reply(number, "x", version=99)
    assert held() == 0


def test_only_agents_learn_of_it_and_only_its_author_what_it_says(act: Act, number: str, world_plugin: Viewer) -> None:
    with act("marek.nowak", "workspace"):
        services.hold_reply(number, "CANARY", [upload("canary.txt")])
        [mine] = held_replies(find_ticket(number))
    assert (mine.body, mine.files) == ("CANARY", ["canary.txt"])
    with act("ola.mazur", "workspace"):
        [theirs] = held_replies(find_ticket(number))
    assert (theirs.author.name, theirs.body, theirs.files, theirs.token) == ("Marek Nowak", "", (), "")
    with act("anna.kowalska"):
        assert held_replies(find_ticket(number)) == []
    for viewer in (world_plugin, world_plugin.in_area("portal")):
        with acting_as(viewer) as session:
            assert session.scalars(sa.select(HeldReply.body)).all() == []


@pytest.fixture
def world_plugin(app_context: Flask) -> Viewer:
    """Give a plugin that may see the tickets of the desk."""
    return Viewer(None, "plugin", {runtime().catalogue.desk("it").id: "agent"}, plugin="it_desk")


@pytest.mark.usefixtures("marek")
def test_plugins_are_told_when_it_has_gone_out_and_not_before(number: str) -> None:
    with acting_as(SYSTEM) as session, unit_of_work():
        session.add(Subscription(plugin="it_desk", hook="message_added"))
    services.hold_reply(number, "Which tray?")
    deliveries.fan_out()
    with acting_as(SYSTEM) as session:
        assert session.scalars(sa.select(Delivery.id)).all() == []
        with in_time():
            assert send_due_reply()
        deliveries.fan_out()
        assert len(session.scalars(sa.select(Delivery.id)).all()) == 1


@pytest.mark.usefixtures("marek")
def test_the_author_need_not_work_there_any_more_when_it_goes_out(act: Act, number: str) -> None:
    services.hold_reply(number, "Which tray?")
    with acting_as(SYSTEM), unit_of_work():
        find_ticket(number).visibility = "named"
    with in_time():
        assert send_due_reply()
    assert stored(number)["messages"] == ["Which tray?"]


@pytest.mark.usefixtures("marek")
def test_one_that_cannot_go_out_waits_for_its_author_and_holds_nothing_up(
    number: str, caplog: pytest.LogCaptureFixture
) -> None:
    token = services.hold_reply(number, "Which tray?")
    with acting_as(SYSTEM), unit_of_work():
        find_ticket(number).last_seq = 0  # as if the ticket were damaged
    with in_time():
        assert send_due_reply()
        assert not send_due_reply()
        assert "could not go out" in caplog.text
        [line] = held_replies(find_ticket(number))
        assert (line.stuck, line.body) == (True, "Which tray?")
        assert [said for said in work_status().warnings() if said.startswith("1 reply could not be sent")]
        services.take_back_reply(number, token)
    assert text_of(draft_of(number)) == "Which tray?"


class Race:
    """A worker sends, Marek takes back and Ola answers, each in a thread, while somebody is in the middle of it.

    :param outcomes: what Marek is told.
    """

    def __init__(self, app: Flask, marek: Viewer, ola: Viewer) -> None:
        self.app, self.marek, self.ola = app, marek, ola
        self.outcomes: list[str] = []
        self.threads: list[Thread] = []

    def begin(self, number: str, token: str) -> None:
        """Start all three at the same moment."""
        start = Barrier(4)

        def take_back() -> None:
            with acting_as(self.marek):
                try:
                    services.take_back_reply(number, token)
                except Refused as refusal:
                    self.outcomes.append(refusal.message)

        def answer() -> None:
            with acting_as(self.ola):
                services.reply(number, "Mine")

        for work in (take_back, answer, send_due_reply):
            self.threads.append(Thread(target=self._run, args=(start, work)))
            self.threads[-1].start()
        start.wait()

    def _run(self, start: Barrier, work: Callable[[], object]) -> None:
        with self.app.app_context():
            start.wait()
            work()
            db.session.remove()

    def end(self) -> None:
        """Wait until all three have done what they can."""
        for thread in self.threads:
            thread.join()


@pytest.fixture
def race(app: Flask, viewer_named: Callable[..., Viewer]) -> Race:
    """Give a race that has not begun."""
    return Race(app, viewer_named("marek.nowak", "workspace"), viewer_named("ola.mazur", "workspace"))


@pytest.mark.usefixtures("marek")
def test_who_takes_it_back_first_wins_over_the_worker_and_holds_no_colleague_up(number: str, race: Race) -> None:
    token = services.hold_reply(number, "Which tray?")
    with ExitStack() as later:
        with unit_of_work():
            services.take_back_reply(number, token)
            later.enter_context(in_time())
            race.begin(number, token)
        race.end()
    assert [said.startswith(GONE) for said in race.outcomes] == [True]
    assert (stored(number)["messages"], text_of(draft_of(number))) == (["Mine"], "Which tray?")
    with acting_as(SYSTEM) as session:
        assert check_all(session).findings == []


@pytest.mark.usefixtures("marek")
def test_when_the_worker_is_first_it_is_sent_once_and_taking_it_back_says_so(number: str, race: Race) -> None:
    token = services.hold_reply(number, "Which tray?")
    with in_time():
        with acting_as(SYSTEM), unit_of_work():
            assert send_due_reply()
            race.begin(number, token)
        race.end()
    assert [said.startswith(GONE) for said in race.outcomes] == [True]
    assert (stored(number)["messages"], draft_of(number)) == (["Which tray?", "Mine"], None)
    with acting_as(SYSTEM) as session:
        assert check_all(session).findings == []
