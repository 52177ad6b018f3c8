"""What the first page of the portal shows: decisions that wait for the reader, and questions about own requests."""

from __future__ import annotations

from flask import url_for
from flask_babel import format_date
from flask_babel import gettext as _

from deskcore.plugin import ViewerView, WaitingRow
from deskcore_approvals.inbox import Waiting, questions_to, waiting_for

#: Rows of each kind.
_MOST = 5


def rows(viewer: ViewerView) -> list[WaitingRow]:
    """Return what waits for the reader."""
    asked = [_question(each) for each in questions_to(viewer.email, _MOST)]
    waiting = waiting_for(viewer.email, _MOST + 1)
    return asked + [_decision(each) for each in waiting[:_MOST]] + ([_more()] if len(waiting) > _MOST else [])


def _decision(each: Waiting) -> WaitingRow:
    url = url_for("approvals.decision", token=each.token)
    title = _("Approve: %(subject)s", subject=each.subject)
    return WaitingRow(title, _about(each), url, _("Review"), "stamp")


def _more() -> WaitingRow:
    title, text = _("More waits for your decision"), _("Under Approvals you can also decide about several at once.")
    return WaitingRow(title, text, url_for("approvals.inbox"), _("Show all"), "stamp")


def _about(each: Waiting) -> str:
    day = str(format_date(each.due_at, "d MMM yyyy")) if each.due_at else ""  # type: ignore[no-untyped-call]
    match bool(each.amount), bool(day):
        case True, True:
            return _("%(name)s · %(amount)s · decide by %(day)s", name=each.requester, amount=each.amount, day=day)
        case True, False:
            return _("%(name)s · %(amount)s", name=each.requester, amount=each.amount)
        case False, True:
            return _("%(name)s · decide by %(day)s", name=each.requester, day=day)
        case _other:
            return each.requester


def _question(each: Waiting) -> WaitingRow:
    url = url_for("portal.request", number=each.number, _anchor="answer")
    text = _("Before the decision: %(question)s", question=each.question[:160])
    return WaitingRow(each.subject, text, url, _("Answer"), "reply")
