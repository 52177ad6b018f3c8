"""Side panels of the agent's ticket page: what to do first, and by when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext

from deskcore.plugin import PanelRow, TicketView, ViewerView, now, setting
from deskcore_hr_desk.months import day_in_words, day_of_month, first_benefits_month, month_in_words

#: Requests that change what payroll reckons with.
PAID = frozenset({"bank_account_change", "payroll_question", "working_time", "leave_request"})


def first_steps(ticket: TicketView, viewer: ViewerView) -> list[PanelRow]:
    """List what to do first where a slip would hurt somebody; nothing once it is solved."""
    if ticket.desk != "hr" or ticket.status_category in ("resolved", "closed"):
        return []
    return [PanelRow(text=text, icon=icon) for text, icon in _steps(ticket)]


def _steps(ticket: TicketView) -> Iterator[tuple[str, str]]:
    if "call-back" in ticket.tags:
        yield _("Call back on a number you know from elsewhere, never on one from this request"), "phone"
        yield _("Let a second person compare the account before payroll gets it"), "users"
    if ticket.request_type == "personal_data_change" and "it" in ticket.tags:
        yield _("Ask IT support to change sign-in and e-mail address too"), "link"
    if ticket.request_type == "long_absence":
        yield _("Ask for no medical papers, and delete any that came"), "shield"
        if "it" in ticket.tags:
            yield _("Ask IT support to suspend access, and set a task for the return"), "lock"
    if ticket.request_type == "people_process":
        yield _("Open the IT part as a request of its own"), "link"
    if ticket.request_type in ("work_accident", "complaint"):
        yield from _steps_of_care(ticket)


def _steps_of_care(ticket: TicketView) -> Iterator[tuple[str, str]]:
    if ticket.request_type == "work_accident":
        yield _("See to it that the injured are helped and the place is safe"), "heart"
        yield _("Tell the health and safety officer, and keep the place as it is"), "phone"
    else:
        yield _("Confirm within seven days that it was received"), "mail"
        yield _("Ask nobody who is named in it before you planned how"), "eye"
        yield _("Tell the outcome within three months"), "calendar"


def dates(ticket: TicketView, viewer: ViewerView) -> list[PanelRow]:
    """Show until when this month's payroll or the next month's benefits can be changed."""
    if ticket.desk != "hr" or ticket.status_category in ("resolved", "closed"):
        return []
    today = now().date()
    if ticket.request_type == "benefits":
        return of_benefits(today, setting("hr_desk", "benefits_cutoff_day"))
    pay_day = setting("hr_desk", "pay_day") if ticket.request_type == "payroll_question" else None
    return of_payroll(today, setting("hr_desk", "payroll_cutoff_day"), pay_day) if ticket.request_type in PAID else []


def of_payroll(today: date, cutoff_day: int, pay_day: int | None) -> list[PanelRow]:
    """Return when payroll closes next, and when wages are paid if that matters."""
    rows = [_until(_("Payroll closes"), _next(today, cutoff_day), today)]
    return rows if pay_day is None else [*rows, _until(_("Pay day"), _next(today, pay_day), today)]


def of_benefits(today: date, cutoff_day: int) -> list[PanelRow]:
    """Return when benefits close next, and from when a change of today counts."""
    month = month_in_words(first_benefits_month(today, cutoff_day))
    return [
        _until(_("Benefits close"), _next(today, cutoff_day), today),
        PanelRow(term=_("Changes count from"), text=month),
    ]


def _next(today: date, day: int) -> date:
    this_month = day_of_month(today.year, today.month, day)
    return this_month if today <= this_month else day_of_month(today.year, today.month + 1, day)


def _until(term: str, day: date, today: date) -> PanelRow:
    left = (day - today).days
    if left == 0:
        return PanelRow(term=term, text=_("today"), icon="clock")
    text = ngettext("%(day)s, in %(num)s day", "%(day)s, in %(num)s days", left, day=day_in_words(day))
    return PanelRow(term=term, text=text, icon="clock")
