"""One reply to a ticket and to all that belong to it: to exactly those who were named, and taken back as one."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore.errors import NotAllowed, NotFound, Refused
from deskcore.fsck import check_all
from deskcore.people.models import Person
from deskcore.tickets import services
from deskcore.tickets.agent_models import HeldReply
from deskcore.tickets.attachments import find_attachment, store_upload
from deskcore.tickets.conversation_models import Attachment, Message
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import Ticket
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.services.together import open_children
from deskcore.tickets.undo import offer_undo, undo
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as
from tests.replies import let_replies_go_out

Act = Callable[..., Any]


@pytest.fixture
def family(act: Act, person_named: Callable[[str], Person]) -> tuple[str, ...]:
    """Let three people raise incidents: two are parts of the first, and Piotr follows the last."""

    def opened(name: str) -> str:
        with act(name):
            return open_ticket(NewTicket("it", "incident", f"Of {name}", "", person_named(name).id, "portal"))

    numbers = tuple(opened(name) for name in ("anna.kowalska", "jan.wojcik", "kasia.dabrowska"))
    with act("marek.nowak", "workspace"):
        for child in numbers[1:]:
            services.link(child, numbers[0], "parent")
        services.add_participant(numbers[2], "piotr.zielinski@meridian.example")
    return numbers


def written() -> dict[str, list[str]]:
    """Return what was written to each ticket."""
    with acting_as(SYSTEM) as session:
        wanted = sa.select(Ticket.number, Message.body).join(Message, Message.ticket_id == Ticket.id)
        found: dict[str, list[str]] = {}
        for number, body in session.execute(wanted.order_by(Message.id)):
            found.setdefault(number, []).append(body)
        return found


def statuses(numbers: tuple[str, ...]) -> list[str]:
    """Return the status of each of some tickets."""
    with acting_as(SYSTEM):
        return [find_ticket(number).status for number in numbers]


def test_a_reply_goes_to_all_who_were_named_and_sets_the_status_of_each(
    app: Flask, act: Act, family: tuple[str, ...]
) -> None:
    with act("marek.nowak", "workspace"):
        named = {child.number: list(child.readers) for child in open_children(find_ticket(family[0]))}
        sent = services.hold_replies(family[0], "It works again.", family[1:], key="k", then="resolved")
        again = services.hold_replies(family[0], "It works again.", family[1:], key="k", then="resolved")
    assert named == {family[1]: ["Jan Wójcik"], family[2]: ["Kasia Dąbrowska", "Piotr Zieliński"]}
    assert (sent.done, sent.skipped, again.token) == (list(family), [], sent.token)
    assert written() == {}
    let_replies_go_out(app)
    assert written() == {number: ["It works again."] for number in family}
    assert statuses(family) == ["resolved"] * 3
    with acting_as(SYSTEM) as session:
        assert check_all(session).findings == []


def test_taking_it_back_takes_all_of_them_back(app: Flask, act: Act, family: tuple[str, ...]) -> None:
    with act("marek.nowak", "workspace"):
        sent = services.hold_replies(family[0], "It works again.", family[1:])
        services.hold_reply(family[1], "And one more thing.")
    with act("ola.mazur", "workspace"), pytest.raises(NotAllowed):
        services.take_back_reply(family[0], sent.token)
    with act("marek.nowak", "workspace"):
        services.take_back_reply(family[0], sent.token)
    let_replies_go_out(app)
    assert written() == {family[1]: ["And one more thing."]}
    with act("marek.nowak", "workspace") as session:
        assert session.scalars(sa.select(HeldReply)).all() == []
        with pytest.raises(Refused, match="has gone out, or was taken back"):
            services.take_back_reply(family[0], sent.token)


def test_what_is_skipped_is_said(app: Flask, act: Act, family: tuple[str, ...]) -> None:
    with act("marek.nowak", "workspace"):
        services.set_status(family[1], "resolved")
        assert [child.number for child in open_children(find_ticket(family[0]))] == [family[2]]
        sent = services.hold_replies(family[0], "News", (*family[1:], "IT-99999"))
    assert sent.done == [family[0], family[2]]
    assert [number for number, _reason in sent.skipped] == [family[1], "IT-99999"]
    let_replies_go_out(app)
    assert written().keys() == {family[0], family[2]}
    with act("anna.kowalska"), pytest.raises(NotAllowed):
        services.hold_replies(family[0], "News", family[1:])
    with act("marek.nowak", "workspace"), pytest.raises(Refused):
        services.hold_replies(family[0], " ", family[1:])


def test_the_parts_of_a_ticket_are_solved_together_and_brought_back_together(act: Act, family: tuple[str, ...]) -> None:
    with act("marek.nowak", "workspace"):
        services.set_status(family[0], "resolved")
        solved = services.solve_children(family[0])
        assert (solved.done, solved.skipped) == (list(family[1:]), [])
        assert statuses(family) == ["resolved"] * 3
        assert undo(offer_undo(solved.changes)).done == list(family[1:])
    assert statuses(family) == ["resolved", "new", "new"]


def test_the_files_of_a_reply_go_to_each_ticket_and_their_bytes_are_stored_once(
    app: Flask, act: Act, family: tuple[str, ...]
) -> None:
    with act("marek.nowak", "workspace"):
        files = [store_upload(io.BytesIO(b"how to"), "guide.txt"), store_upload(io.BytesIO(b"a map"), "map.txt")]
        sent = services.hold_replies(family[0], "See the files.", family[1:], key="k", uploads=files)
        again = services.hold_replies(family[0], "See the files.", family[1:], key="k", uploads=files)
    assert (sent.done, again.token) == (list(family), sent.token)
    let_replies_go_out(app)
    with acting_as(SYSTEM) as session:
        wanted = sa.select(Ticket.number, Attachment.name, Attachment.sha256, Attachment.token)
        rows = session.execute(wanted.join(Ticket, Ticket.id == Attachment.ticket_id)).all()
        assert sorted((row.number, row.name) for row in rows) == [
            (number, name) for number in sorted(family) for name in ("guide.txt", "map.txt")
        ]
        assert (len({row.sha256 for row in rows}), len({row.token for row in rows})) == (2, 6)
        assert check_all(session).findings == []
    with act("jan.wojcik"):  # each sees the file of the own ticket, and no other
        own = {row.token for row in rows if row.number == family[1]}
        assert {find_attachment(token).name for token in own} == {"guide.txt", "map.txt"}
        with pytest.raises(NotFound):
            find_attachment(next(row.token for row in rows if row.number == family[0]))
