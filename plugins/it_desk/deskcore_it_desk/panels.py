"""Side panels of the agent's ticket page: why this priority, and what to do first."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import gettext as _

from deskcore.plugin import PanelRow, TicketView, ViewerView, setting
from deskcore_it_desk.priority import Verdict, verdict


def priority_rows(ticket: TicketView, viewer: ViewerView) -> list[PanelRow]:
    """Explain the priority of an IT ticket; nothing where it is simply the request type's own."""
    return explained(ticket, setting("it_desk", "starter_notice_days")) if ticket.desk == "it" else []


def explained(ticket: TicketView, notice_days: int) -> list[PanelRow]:
    """Return where the ticket's priority comes from, and whether somebody changed it since.

    :param notice_days: working days that preparing for a new starter takes.
    """
    found = verdict(ticket.request_type, ticket.answers, ticket.created_at.date(), notice_days)
    return [] if found is None else list(_explain(found, ticket.priority))


def _explain(found: Verdict, present: str) -> Iterator[PanelRow]:
    priorities = {"low": _("Low"), "normal": _("Normal"), "high": _("High"), "urgent": _("Urgent")}
    if found.reason == "matrix":
        yield PanelRow(term=_("Impact"), text=_impacts()[found.impact])
        yield PanelRow(term=_("Urgency"), text=_urgencies()[found.urgency])
    else:
        yield PanelRow(term=_("Reason"), text=_reasons()[found.reason])
    yield PanelRow(term=_("Priority"), text=priorities[found.priority])
    if present != found.priority:
        yield PanelRow(term=_("Now"), text=_("%(priority)s, set by an agent", priority=priorities[present]))


def _impacts() -> dict[str, str]:
    return {
        "me": _("One person"),
        "team": _("A team"),
        "site": _("A whole site"),
        "company": _("The whole company"),
    }


def _urgencies() -> dict[str, str]:
    return {
        "can_work": _("Work goes on"),
        "degraded": _("Work is slower or takes a detour"),
        "stopped": _("Work has stopped"),
    }


def _reasons() -> dict[str, str]:
    return {
        "lost_device": _("A device is out of our hands"),
        "intrusion": _("A link, an attachment or a password may have let somebody in"),
        "immediate_leaver": _("Access must end at once"),
        "emergency_change": _("An emergency change"),
        "short_notice": _("The first day is nearer than our usual preparation"),
    }


def first_steps(ticket: TicketView, viewer: ViewerView) -> list[PanelRow]:
    """List what to do first where minutes count or identity has to be checked; nothing once it is solved."""
    return steps(ticket, setting("it_desk", "security_phone")) if ticket.desk == "it" else []


def steps(ticket: TicketView, security_phone: str) -> list[PanelRow]:
    """Return the first steps, headed by whom to call on a security ticket.

    :param security_phone: as people write it; empty if there is none.
    """
    if ticket.status_category in ("resolved", "closed"):
        return []
    rows = [PanelRow(text=text, icon=icon) for text, icon in _steps(ticket)]
    if security_phone and "security" in ticket.tags:
        dialled = "".join(security_phone.split())
        rows.insert(0, PanelRow(term=_("Security"), text=security_phone, url=f"tel:{dialled}", icon="phone"))
    return rows


def _steps(ticket: TicketView) -> Iterator[tuple[str, str]]:
    if "identity-check" in ticket.tags:
        yield _("Call back on the number in the profile, not only on the one given here"), "phone"
    if ticket.request_type == "lost_device":
        yield _("Lock the device and end its sessions"), "lock"
        yield _("Reset the password and two-step sign-in"), "key"
        yield _("Ask whether personal data is on it: a report may be due within 72 hours"), "doc"
    if ticket.request_type == "suspicious_email":
        yield from _steps_after_mail(ticket)


def _steps_after_mail(ticket: TicketView) -> Iterator[tuple[str, str]]:
    if ticket.answers.get("entered_password") is True:
        yield _("Reset the password and end all sessions now"), "key"
    if ticket.answers.get("opened_attachment") is True:
        yield _("Take the device off the network"), "wifi"
    if ticket.answers.get("clicked_link") is True:
        yield _("Block the address that the link leads to"), "shield"
    yield _("Look for the same message in other mailboxes"), "eye"
