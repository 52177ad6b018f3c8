"""``fsck`` finds nothing in sound data, and each single break of an invariant by its name."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from deskcore.fsck import INVARIANTS, TICKET_INVARIANTS, Finding, check_all
from deskcore.fsck.checking import DEEP_INVARIANTS
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as
from tests.fsck.conftest import Damage

FIRST = "(SELECT min(id) FROM ticket)"
EVENT = f"ticket_id = {FIRST} AND kind"
_ONE_MORE = """\
INSERT INTO delivery (event_id, ticket_id, subscriber, state, attempts, due_at, error, trace, reason, overtaken)
SELECT event_id, ticket_id, 'nobody', state, attempts, due_at, error, trace, reason, overtaken FROM delivery"""
#: What is done to sound data, and which invariants are broken by it.
BREAKS: dict[str, tuple[str, set[str]]] = {
    "a desk that does not exist": ("UPDATE ticket SET desk_id = 999", {"desk", "history", "reference"}),
    "a number of no desk": ("UPDATE ticket SET number = 'XX-7' WHERE number = 'IT-2'", {"number"}),
    "a number that is no number": ("UPDATE ticket SET number = 'IT-007' WHERE number = 'IT-2'", {"number"}),
    "a series that begins anew": ("UPDATE number_series SET next = 2", {"number"}),
    "no series": ("DELETE FROM number_series", {"number"}),
    "no opening": ("DELETE FROM delivery; DELETE FROM ticket_event WHERE seq = 1", {"opened", "sequence", "told"}),
    "a second opening": ("UPDATE ticket_event SET kind = 'opened' WHERE kind = 'linked'", {"opened", "history"}),
    "no event at all": ("DELETE FROM delivery; DELETE FROM ticket_event", {"opened", "sequence", "entries"}),
    "a gap": (f"UPDATE ticket_event SET seq = 99 WHERE {EVENT} = 'tags_changed'", {"sequence"}),
    "an end that is not counted": ("UPDATE ticket SET last_seq = 3", {"sequence"}),
    "a status of another desk": ("UPDATE ticket SET status = 'nonsense'", {"status", "history"}),
    "a category of another status": (
        f"UPDATE ticket SET status_category = 'closed' WHERE id = {FIRST}", {"status"},
    ),
    "a finished ticket among the open ones": (f"UPDATE ticket SET finished = false WHERE id = {FIRST}", {"finished"}),
    "a solution without a moment": ("UPDATE ticket SET resolved_at = NULL", {"finished"}),
    "a moment without a solution": ("UPDATE ticket SET resolved_at = created_at", {"finished"}),
    "another status than was set": (
        f"UPDATE ticket SET status = 'closed', status_category = 'closed' WHERE id = {FIRST}", {"history"},
    ),
    "another priority than was set": ("UPDATE ticket SET priority = 1", {"history"}),
    "another team than was chosen": ("UPDATE ticket SET team_id = NULL", {"history"}),
    "another assignee than was named": ("UPDATE ticket SET assignee_id = requester_id", {"history"}),
    "another visibility than it was opened with": ("UPDATE ticket SET visibility = 'named'", {"history"}),
    "other tags than were set": ("UPDATE ticket SET tags = '[\"printer\"]'", {"history", "tags"}),
    "a change from what never was": (
        f"UPDATE ticket_event SET data = '{{\"from\": 1, \"to\": 4}}' WHERE {EVENT} = 'priority_changed'", {"history"},
    ),
    "a tag that no list finds": ("DELETE FROM ticket_tag WHERE tag = 'printer'", {"tags"}),
    "nobody who asked": ("DELETE FROM ticket_participant", {"requester"}),
    "another one who asked": ("UPDATE ticket SET requester_id = (SELECT max(id) FROM person)", {"requester"}),
    "an answer to no question": ("UPDATE ticket SET answers = '{\"colour\": \"red\"}'", {"answers"}),
    "an answer whose key is gone": (
        "UPDATE ticket SET answers = '{\"service\": {\"$sealed\": \"AAAAAA==\"}}'", {"sealed"},
    ),
    "a file whose key is gone": (
        "UPDATE attachment SET answer = 'proof', sealed = (SELECT content FROM draft)", {"sealed_files", "size"},
    ),
    "a form that does not exist": ("UPDATE ticket SET form_version_id = 999", {"answers", "reference"}),
    "an event without its message": (
        f"DELETE FROM message WHERE ticket_id <> {FIRST}", {"entries"},
    ),
    "a note without its event": (
        f"UPDATE ticket_event SET kind = 'looked_at' WHERE {EVENT} = 'note_added'", {"entries"},
    ),
    "a message that became a note": (
        f"UPDATE ticket_event SET kind = 'note_added' WHERE {EVENT} = 'message_added'", {"entries"},
    ),
    "a ticket that is its own parent": ("UPDATE ticket_link SET other_id = ticket_id", {"links"}),
    "parents in a circle": (
        "INSERT INTO ticket_link SELECT other_id, ticket_id, kind FROM ticket_link", {"links"},
    ),
    "merges in a circle": (
        "; ".join((
            f"INSERT INTO ticket_merge SELECT {FIRST}, max(id), max(id) FROM ticket",
            f"INSERT INTO ticket_merge SELECT max(id), {FIRST}, {FIRST} FROM ticket",
        )), {"merge"},
    ),
    "a merge that ends elsewhere": (
        f"INSERT INTO ticket_merge SELECT {FIRST}, max(id), 999 FROM ticket", {"merge", "reference"},
    ),
    "somebody who is away twice": (
        "; ".join(
            "INSERT INTO absence (token, person_id, first_day, last_day, begins_at, ends_at, text, created_at) SELECT "
            f"'{token}', min(id), '2026-01-02', '2026-01-05', '2026-01-02', '2026-01-06', '', '2026-01-01' FROM person"
            for token in "ab"
        ), {"absence"},
    ),
    "a file on an entry of another ticket": (
        f"UPDATE message SET ticket_id = (SELECT max(id) FROM ticket) WHERE ticket_id = {FIRST}",
        {"attachment", "entries"},
    ),
    "an attachment of another size": ("UPDATE attachment SET size = 1", {"size"}),
    "a file of another size": ("UPDATE stored_file SET size = 1", {"size", "file"}),
    "a file that nobody knows": (
        "DELETE FROM stored_file WHERE size = 9", {"size", "reference"},
    ),
    "a file that was forgotten": ("UPDATE stored_file SET stored_at = '2020-01-01'; DELETE FROM attachment", {"held"}),
    "a delivery of nothing": (
        "UPDATE delivery SET event_id = 999 WHERE id = (SELECT min(id) FROM delivery)",
        {"delivery", "reference", "told"},
    ),
    "a delivery of what is pending": ("UPDATE ticket_event SET pending = true", {"delivery"}),
    "a delivery for another ticket": (
        f"UPDATE delivery SET ticket_id = (SELECT max(id) FROM ticket) WHERE ticket_id = {FIRST}", {"delivery"},
    ),
    "a delivery too few": ("DELETE FROM delivery", {"told"}),
    "a delivery too many": (_ONE_MORE, {"told"}),
    "a lease without end": ("UPDATE delivery SET lease = 'x', lease_until = '2999-01-01'", {"lease"}),
    "a lease that nobody holds": ("UPDATE delivery SET lease_until = '2020-01-01'", {"lease"}),
    "work that is done and held": (
        "UPDATE delivery SET state = 'done', lease = 'x', lease_until = '2020-01-01'", {"lease"},
    ),
    "work in no state": ("UPDATE delivery SET state = 'lost'", {"lease"}),
    "a repeat that leads nowhere": ("UPDATE idempotency_key SET result = '{\"number\": \"IT-77\"}'", {"repeat"}),
    "a draft with somebody else's file": (
        "UPDATE upload SET person_id = (SELECT max(id) FROM person)", {"draft"},
    ),
    "a held reply with somebody else's file": (
        "UPDATE held_reply SET author_id = (SELECT max(id) FROM person)", {"draft"},
    ),
    "an entry of the audit log that was edited": (
        "UPDATE audit_entry SET actor = 'somebody else' WHERE sequence = 1", {"audit"},
    ),
    "a row that refers to nothing": ("INSERT INTO team_member VALUES (999, 999)", {"reference"}),
}  # fmt: skip


def test_sound_data_has_no_findings(sound: Flask) -> None:
    with sound.app_context(), acting_as(SYSTEM) as session:
        assert check_all(session, deep=True).as_json() == {"checked": 2, "findings": []}


@pytest.mark.parametrize("name", BREAKS)
def test_each_break_is_found_and_nothing_else(damage: Damage, name: str) -> None:
    statements, broken = BREAKS[name]
    assert damage(*statements.split("; ")) == broken


def test_every_invariant_has_a_break_that_shows_it() -> None:
    elsewhere = {"content", "database", "opens", "text", "unique"}
    shown = set().union(*(broken for _, broken in BREAKS.values())) | elsewhere
    assert shown == {*TICKET_INVARIANTS, *INVARIANTS, *DEEP_INVARIANTS}


def test_the_operations_page_lists_every_invariant() -> None:
    page = Path(__file__).parents[2].joinpath("docs/operations.md").read_text(encoding="utf-8")
    section = page.partition("\n## Checking the data\n")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert set(listed) == {*TICKET_INVARIANTS, *INVARIANTS, *DEEP_INVARIANTS, "readable"}
    assert len(listed) == len(set(listed))


def test_the_data_is_sound_after_all_that(found: Callable[[], list[Finding]]) -> None:
    assert found() == []
