"""What a plugin is asked or told while Deskcore runs: before something is stored, for an answer, and afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from deskcore.hooks.markers import hookspec, hookspec_first

if TYPE_CHECKING:
    from deskcore.errors import Problem
    from deskcore.hooks.absences import AbsenceChange
    from deskcore.hooks.contributions import Changes
    from deskcore.hooks.searching import Searched
    from deskcore.tickets.snapshots import EventView, PersonView, TicketDraft, TicketView, Transition


# -- Before it is stored: no lock is held, a deadline runs ----------------------------------------------------------


@hookspec
def before_ticket_open(draft: TicketDraft) -> Changes | None:
    """Fill in what can be told before a ticket is opened: priority, team, tags, the plugin's own data.

    :param draft: the ticket as it was sent; nothing of it is stored yet. Sensitive answers are ``None``, save for the
        plugin that declares the request type.
    :returns: the :class:`Changes` wanted, or ``None``.
    :raises: ``Refused`` sends the form back with its problems; anything else, or a late answer, drops this plugin's
        changes and counts a failure, and the ticket is opened all the same.
    """


@hookspec
def validate_ticket(draft: TicketDraft) -> Sequence[Problem] | Problem | None:
    """Tell what a person has to correct before the ticket can be opened.

    :param draft: the ticket as it was sent; nothing of it is stored yet. Sensitive answers are ``None``, save for the
        plugin that declares the request type.
    :returns: :class:`Problem` objects, shown together with those of other plugins, or ``None``.
    :raises: ``Refused`` counts like its problems; anything else, or a late answer, counts a failure, and the ticket
        is opened all the same.
    """


@hookspec
def validate_transition(transition: Transition) -> Sequence[Problem] | Problem | None:
    """Tell what stands against a change of status.

    :param transition: the ticket as it is, the status asked for, and who asks. Whoever looks at what a change of many
        tickets would do is told of problems before: then it is called for one after the other, and the time of one call
        is for all of them.
    :returns: :class:`Problem` objects, shown together with those of other plugins, or ``None``.
    :raises: ``Refused`` counts like its problems; anything else, or a late answer, counts a failure, and the status
        is changed all the same.
    """


@hookspec
def validate_person_close(person: PersonView) -> Sequence[Problem] | Problem | None:
    """Tell what is still open with somebody whose account is about to be closed, such as equipment to give back.

    :param person: who leaves; the account works still.
    :returns: :class:`Problem` objects, shown together with those of other plugins, or ``None``. An administrator can
        close the account all the same, because that must never have to wait; the audit log says so.
    :raises: ``Refused`` counts like its problems; anything else, or a late answer, counts a failure, and the account
        is closed all the same.
    """


# -- Questions: the first answer counts -----------------------------------------------------------------------------


@hookspec_first
def choose_assignee(ticket: TicketView) -> str | None:
    """Name the agent who gets a ticket that nobody took yet.

    Where that agent is away, the ticket goes to whoever stands in and may have it; where nobody does, it stays with
    nobody.

    :param ticket: the ticket at its present version.
    :returns: the e-mail address of an agent of the ticket's desk, or ``None`` to leave it to the next plugin.
    :raises: anything raised, or a late answer, counts a failure, and the next plugin is asked.
    """


# -- After it was committed: at least once, in order for one ticket -------------------------------------------------


@hookspec
def ticket_opened(event: EventView, ticket: TicketView) -> None:
    """Do what follows from a ticket that was opened.

    :param event: the line of the timeline; a repeated call has the same ``event.id``.
    :param ticket: the ticket as it is now, which may be later than the event.
    :returns: nothing.
    :raises: anything raised rolls back this handler alone; it is tried again with growing pauses, then set aside.
    """


@hookspec
def ticket_changed(event: EventView, ticket: TicketView) -> None:
    """Do what follows from a change of a ticket's status, assignee, priority or other data.

    :param event: the line of the timeline; a repeated call has the same ``event.id``.
    :param ticket: the ticket as it is now, which may be later than the event.
    :returns: nothing.
    :raises: anything raised rolls back this handler alone; it is tried again with growing pauses, then set aside.
    """


@hookspec
def message_added(event: EventView, ticket: TicketView) -> None:
    """Do what follows from a new message or note on a ticket.

    :param event: the line of the timeline; a repeated call has the same ``event.id``.
    :param ticket: the ticket as it is now, which may be later than the event.
    :returns: nothing.
    :raises: anything raised rolls back this handler alone; it is tried again with growing pauses, then set aside.
    """


# -- After the days on which somebody is away changed: told by a job, at least once -----------------------------------


@hookspec
def absence_changed(event: AbsenceChange) -> None:
    """Do what follows when an absence was planned, changed or taken back, or begins, such as telling who stands in.

    :param event: what became of it; a repeated call has the same ``event.id``. What the person wrote for colleagues
        is not in it.
    :returns: nothing.
    :raises: anything raised rolls back this handler alone; it is tried again with growing pauses, then set aside.
    """


# -- After somebody looked for something: told by a job, once ---------------------------------------------------------


@hookspec
def searched(event: Searched) -> None:
    """Learn what is looked for in the portal, and whether it is found.

    :param event: the words and how much was found; nobody learns who it was.
    :returns: nothing.
    :raises: anything raised counts a failure; it is not told again.
    """
