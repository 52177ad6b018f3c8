"""The invariants by name, and going through all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sqlalchemy.orm import Session

from deskcore.extensions import take_time
from deskcore.fsck import database, files, history, tables, texts, tickets
from deskcore.fsck.batches import TicketRows, batches, surroundings
from deskcore.fsck.findings import Finding, Result, is_damage
from deskcore.fsck.tables import Found

#: What must be true of each ticket. The names are for scripts, and stay.
TICKET_INVARIANTS: Mapping[str, Callable[[TicketRows], Iterator[str]]] = {
    "desk": tickets.has_a_desk,
    "number": tickets.has_a_number_of_its_series,
    "opened": tickets.begins_with_its_opening,
    "sequence": tickets.counts_its_events,
    "status": tickets.has_a_status_of_its_desk,
    "finished": tickets.is_finished_as_its_category_says,
    "history": history.is_what_its_history_says,
    "entries": tickets.has_a_text_for_each_entry,
    "tags": tickets.has_the_tags_that_lists_filter_by,
    "requester": tickets.includes_who_asked,
    "answers": tickets.answers_its_form,
    "sealed": tickets.keeps_sensitive_answers_sealed,
    "sealed_files": tickets.keeps_sensitive_files_sealed,
}
#: What must be true of the whole.
INVARIANTS: Mapping[str, Callable[[Session], Found]] = {
    "database": database.the_database_is_whole,
    "reference": database.references_lead_somewhere,
    "text": texts.texts_are_text,
    "unique": tables.numbers_are_unique,
    "links": tables.parents_are_no_descendants,
    "merge": tables.merges_lead_to_their_end,
    "attachment": tables.attachments_hang_where_their_ticket_is,
    "size": tables.attachments_are_as_long_as_their_files,
    "file": files.files_are_there,
    "held": files.files_are_held,
    "delivery": tables.deliveries_belong_to_their_events,
    "told": tables.subscribers_were_told_once,
    "lease": tables.leases_end,
    "repeat": tables.repeats_lead_to_tickets,
    "audit": tables.the_audit_log_is_whole,
    "absence": tables.absences_do_not_overlap,
    "draft": tables.drafts_hold_files_of_their_authors,
}
#: What takes as long as reading every stored file.
DEEP_INVARIANTS: Mapping[str, Callable[[Session], Found]] = {
    "content": files.files_are_what_their_names_say,
    "opens": files.sealed_files_open,
}


def check_all(
    session: Session, progress: Callable[[int], None] = lambda checked: None, *, deep: bool = False
) -> Result:
    """Check every invariant in one snapshot of the database and return what was found.

    :param session: of the system, so that every ticket is seen.
    :param progress: called with the number of tickets checked so far.
    :param deep: read every stored file, too, and compare its content with its name.
    """
    _take_snapshot(session)
    result = Result()
    for name, check in {**INVARIANTS, **(DEEP_INVARIANTS if deep else {})}.items():
        result.findings += _checked(session, name, check)
    progress(result.checked)
    around = surroundings(session)
    for batch in batches(session, around, result.findings):
        result.findings += [finding for ticket in batch for finding in _of_ticket(ticket)]
        result.checked += len(batch)
        progress(result.checked)
    return result


def _take_snapshot(session: Session) -> None:
    """Let all statements see the same moment, so that work in progress looks like no damage."""
    if session.info.get("in_work"):
        return  # part of somebody's transaction, and of what that sees
    session.rollback()
    if session.get_bind().dialect.name == "postgresql":
        connection = session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        take_time(connection)


def _checked(session: Session, name: str, check: Callable[[Session], Found]) -> list[Finding]:
    try:
        return [Finding(name, where, message) for where, message in check(session)]
    except Exception as error:
        if not is_damage(error):
            raise
        return [Finding(name, "database", "What is stored cannot be read, so this could not be checked.")]


def _of_ticket(ticket: TicketRows) -> Iterator[Finding]:
    for name, check in TICKET_INVARIANTS.items():
        for message in check(ticket):
            yield Finding(name, ticket.row.number, message)
