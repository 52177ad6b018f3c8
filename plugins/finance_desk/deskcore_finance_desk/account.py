"""Being sure of a bank account: who called the supplier back, who else confirmed it, and what is still missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select

from deskcore.plugin import (
    Conflict,
    NotAllowed,
    NotFound,
    Problem,
    Refused,
    TicketView,
    Transition,
    ViewerView,
    now,
    people,
    require_permission,
    session,
    unit_of_work,
)
from deskcore_finance_desk.models import CALLED, CONFIRMED, REJECTED, AccountCheck, Record

#: How many people have to be sure before such a ticket can be solved.
PEOPLE = {"vendor_bank_change": 2, "vendor_onboarding": 1}
PERMISSION = "finance_desk.verify"
#: Categories in which nobody works on a ticket any more.
_FINISHED = ("resolved", "closed")
#: What was done, and the address of whoever did it.
Done = tuple[str, str]
LONGEST = {"phone": 40, "spoke_with": 200, "note": 2000}


@dataclass(frozen=True)
class Call:
    """What is written down of a call to the supplier.

    :param phone: the number that was called; one that was known before, never one out of the request.
    :param note: where the number is known from, and what was said.
    """

    phone: str
    spoke_with: str
    note: str = ""


def account_record(number: str) -> Record:
    """Return what is known of a ticket about a bank account.

    :raises NotFound: when there is none that whoever asks may see.
    """
    wanted = select(Record).where(Record.number == number.upper()[:20], Record.request_type.in_(PEOPLE))
    found = session().scalar(wanted)
    if found is None:
        raise NotFound(_("There is no ticket %(number)s.", number=number))
    return found


def done_by(checks: Sequence[AccountCheck]) -> list[Done]:
    """Return who did what, each person by the address that he or she has now."""
    known = {each.person: people.get(each.person) for each in checks}
    present = {email: person.email if person is not None else email for email, person in known.items()}
    return [(each.kind, present[each.person]) for each in checks]


def checks_of(number: str) -> list[AccountCheck]:
    """Return what was done about the bank account in a ticket, oldest first."""
    mine = AccountCheck.ticket_id.in_(AccountCheck.id_of(number.upper()[:20]))
    return list(session().scalars(select(AccountCheck).where(mine).order_by(AccountCheck.at, AccountCheck.id)))


def write_down_call(number: str, by: ViewerView, call: Call) -> None:
    """Write down that somebody called the supplier and was told that the account is right.

    :raises Refused: naming each answer to correct.
    """
    problems = [*_blanks(call), *_too_long(call)]
    if sum(each.isdigit() for each in call.phone) < 7 and not any(each.field == "phone" for each in problems):
        problems.append(Problem(_("Enter the whole number that was called, with its digits."), "phone"))
    if problems:
        raise Refused(problems)
    _add(number, CALLED, by, call)


def confirm(number: str, by: ViewerView) -> None:
    """Write down that a second person compared account, proof and call.

    :raises Refused: while nobody has called, or when it was the same person.
    """
    if all(kind != CALLED or person == by.email for kind, person in done_by(checks_of(number))):
        raise Refused(_("Somebody else has to call the supplier first; then you can confirm."))
    _add(number, CONFIRMED, by, Call("", ""))


def reject(number: str, by: ViewerView, note: str) -> None:
    """Write down that the account is not to be used; from then on the ticket can be solved without it.

    :raises Refused: without a reason.
    """
    if not note.strip():
        raise Refused(Problem(_("Say why this account is not to be used."), "note"))
    call = Call("", "", note)
    if problems := list(_too_long(call)):
        raise Refused(problems)
    _add(number, REJECTED, by, call)


def missing(request_type: str, done: Sequence[Done], outsiders: Sequence[str]) -> str:
    """Return what is still to be done before the ticket can be solved; nothing when it can.

    :param outsiders: addresses of those whose word does not count: whoever asked.
    """
    if request_type not in PEOPLE or any(kind == REJECTED for kind, _person in done):
        return ""
    counted = [(kind, person) for kind, person in done if person not in outsiders]
    if not any(kind == CALLED for kind, _person in counted):
        return _("Nobody has called the supplier back yet. Write the call down first, or that the account is not used.")
    if len({person for _kind, person in counted}) < PEOPLE[request_type]:
        return _("A second person has to confirm the account first: somebody other than who called and who asked.")
    return ""


def problems(transition: Transition) -> list[Problem]:
    """Return what keeps a ticket about a bank account from being solved or closed."""
    ticket = transition.ticket
    if ticket.desk != "finance" or ticket.request_type not in PEOPLE or transition.to_category not in _FINISHED:
        return []
    if ticket.status_category in _FINISHED:
        return []
    lacking = missing(ticket.request_type, done_by(checks_of(ticket.number)), outsiders(ticket))
    return [Problem(lacking)] if lacking else []


def outsiders(ticket: TicketView) -> tuple[str, ...]:
    """Return the addresses of those who asked for an account, and whose word about it does not count."""
    opened_by = session().scalar(select(Record.opened_by).where(Record.number == ticket.number))
    return (ticket.requester.email, opened_by or ticket.requester.email)


def _add(number: str, kind: str, by: ViewerView, call: Call) -> None:
    require_permission(PERMISSION)
    with unit_of_work() as work:
        about = account_record(number)
        if by.email in (about.requester, about.opened_by):
            raise NotAllowed(_("You asked for this account, so two other people have to check it."))
        done = done_by(checks_of(number))
        if any(earlier == REJECTED for earlier, _person in done):
            raise Conflict(_("It was written down meanwhile that this account is not used."))
        if (kind, by.email) in done:
            return
        work.add(
            AccountCheck(
                ticket_id=about.ticket_id, kind=kind, person=by.email, name=by.name, at=now(), phone=call.phone.strip(),
                spoke_with=call.spoke_with.strip(), note=call.note.strip(),
            )
        )  # fmt: skip


def _blanks(call: Call) -> list[Problem]:
    asked = {"phone": _("Enter the number that was called."), "spoke_with": _("Enter who confirmed the account.")}
    return [Problem(sentence, field) for field, sentence in asked.items() if not getattr(call, field).strip()]


def _too_long(call: Call) -> list[Problem]:
    return [
        Problem(_("Use at most %(count)s characters.", count=most), field)
        for field, most in LONGEST.items()
        if len(getattr(call, field)) > most
    ]
