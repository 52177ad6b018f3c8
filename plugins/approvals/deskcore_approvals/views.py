"""Pages of the portal at ``/approvals``: what waits, one decision, links from messages, and delegations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _

from deskcore.plugin import Conflict, NotFound, Problem, Refused, people, tickets
from deskcore_approvals import deciding, delegations, inbox, standing, watching
from deskcore_approvals.links import BadLink, read_link
from deskcore_approvals.models import Decision

pages = Blueprint("approvals", __name__)


@dataclass(frozen=True)
class Sent:
    """What was sent with a form and comes back with what to correct."""

    values: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    lines: tuple[int, ...] = ()
    notice: str = ""

    @property
    def errors(self) -> dict[str, str]:
        """What to correct, by field."""
        return {problem.field: problem.message for problem in self.problems}

    @property
    def summary(self) -> list[dict[str, str]]:
        """What to correct, for the box above the page."""
        ids = {"comment": "a-comment", "delegate": "a-delegate", "since": "a-since", "until": "a-until"}
        return [{"message": each.message, "id": ids.get(each.field, "")} for each in self.problems]


@pages.get("", endpoint="inbox")
def show_inbox() -> str:
    """Show what waits for the reader, and what the reader decided."""
    me = people.asking().email
    lists = {"waiting": inbox.waiting_for(me), "decided": inbox.decided_by(me)}
    return render_template("approvals/inbox.html", **lists, all_ticked=request.args.get("tick") == "all")


@pages.get("/<token>")
def decision(token: str) -> str:
    """Show what is asked, with all there is to know about it."""
    return _page(token, Sent())


@pages.post("/<token>")
def decide(token: str) -> ResponseReturnValue:
    """Approve, reject, ask back or hand over."""
    act, comment = request.form.get("action", ""), request.form.get("comment", "")
    lines = tuple(int(each) for each in request.form.getlist("line") if each.isdecimal() and len(each) < 5)
    version = _number(request.form.get("version", ""))
    sent = Sent({"comment": comment, "delegate": request.form.get("delegate", "")}, lines=lines)
    try:
        if act == "approve":
            deciding.approve(token, version, comment, lines)
            said = _("Approved.")
        elif act == "reject":
            deciding.reject(token, version, comment)
            said = _("Rejected. The person who asked reads why.")
        elif act == "ask":
            deciding.ask(token, version, comment)
            said = _("Your question was sent. The time stands still until the answer.")
        elif act == "hand_over":
            deciding.hand_over(token, version, request.form.get("delegate", ""))
            said = _("Handed over.")
        else:
            raise Refused(_("Choose what to do."))
    except Refused as error:
        return _page(token, Sent(sent.values, error.problems, lines)), 422
    except Conflict as error:
        return _page(token, Sent(sent.values, notice=error.message, lines=lines)), 409
    flash(said, "toast")
    return redirect(url_for("approvals.inbox"), 303)


@pages.post("/<token>/answers/<key>")
def reveal(token: str, key: str) -> ResponseReturnValue:
    """Show a sensitive answer on this page alone, with what was typed so far; the audit log keeps who saw it."""
    lines = tuple(int(each) for each in request.form.getlist("line") if each.isdecimal() and len(each) < 5)
    sent = Sent({"comment": request.form.get("comment", "")}, lines=lines)
    try:
        return _page(token, sent, in_clear=key)
    except Refused as error:
        return _page(token, Sent(sent.values, error.problems, lines)), error.status


@pages.get("/<token>/answers/<key>")
def revealed(token: str, key: str) -> str:
    """Show the decision, with the answer hidden, to whoever loads the page of a shown one again."""
    return _page(token, Sent())


@pages.get("/link/<signed>")
def confirm(signed: str) -> ResponseReturnValue:
    """Show what a link from a message would decide, and ask for a confirmation; the link alone decides nothing."""
    try:
        link = read_link(signed)
    except BadLink as bad:
        if bad.expired:
            return _over(_("This link is too old. What still waits for you is under Approvals.")), 410
        return _over(_("This link is not complete or was changed. What waits for you is under Approvals.")), 404
    me = people.asking()
    if me.email != link.email:
        return _over(_("This link was made for somebody else. What waits for you is under Approvals.")), 403
    try:
        row, round_ = deciding.find(link.token)
    except NotFound:
        return _over(_("You are not asked about this any more.")), 404
    if row.state != "pending":
        return _over(_already(row)), 409
    if not deciding.may_decide(row, round_, me.email):
        return _over(_("Somebody else decides about this now.")), 403
    return _page(link.token, Sent(), verdict=link.verdict)


@pages.get("/delegation")
def delegation() -> str:
    """Show who decides in the reader's place."""
    return _delegations(Sent())


@pages.post("/delegation")
def delegate() -> ResponseReturnValue:
    """Let somebody decide in the reader's place."""
    me = people.asking().email
    values = {key: request.form.get(key, "").strip() for key in ("delegate", "since", "until")}
    try:
        days = [_day(values[key], key) for key in ("since", "until")]
        delegations.delegate(me, values["delegate"], *days)
    except Refused as error:
        return _delegations(Sent(values, error.problems)), 422
    watching.cover(me)
    flash(_("Saved. It holds for what waits already, too."), "toast")
    return redirect(url_for("approvals.delegation"), 303)


@pages.post("/delegation/<token>/end")
def end_delegation(token: str) -> ResponseReturnValue:
    """Decide again oneself."""
    me = people.asking().email
    delegations.take_back(me, token)
    watching.cover(me)
    flash(_("The delegation has ended."), "toast")
    return redirect(url_for("approvals.delegation"), 303)


def _page(token: str, sent: Sent, verdict: str = "", in_clear: str = "") -> str:
    """Return the page of a decision.

    :param in_clear: key of the sensitive answer to show.
    :param verdict: what a link proposes; then the page asks for nothing but its confirmation.
    """
    row, round_ = deciding.find(token)
    me = people.asking()
    asked = standing.approval_of(round_.number)
    open_ = row.state == "pending" and round_.state == "running" and deciding.may_decide(row, round_, me.email)
    return render_template(
        "approvals/confirm.html" if verdict else "approvals/decision.html",
        row=row,
        round=round_,
        step=round_.title(row.step),
        amount=inbox.money(round_.amount),
        read=tickets.read(round_.number, in_clear),
        asked=[one for one in asked if one.state != "void"],
        mine=me.email,
        open=open_,
        over="" if open_ else _already(row),
        sent=sent,
        failed=bool(sent.problems),
        rejected=set(round_.rejected_lines),
        verdict=verdict,
        waits_for_answer=row.question_at is not None,
    )


def _already(row: Decision) -> str:
    """Return why there is nothing to decide here for the reader."""
    if row.state == "pending":
        return _("Somebody else decides about this now.")
    if not row.decided_by:
        return _("This decision is no longer needed.")
    person = people.get(row.decided_by)
    name = person.name if person else row.decided_by
    day = str(format_date(row.decided_at, "d MMMM yyyy"))  # type: ignore[no-untyped-call]
    if row.state == "approved":
        return _("Approved on %(day)s by %(name)s.", day=day, name=name)
    return _("Rejected on %(day)s by %(name)s.", day=day, name=name)


def _over(reason: str) -> str:
    return render_template("approvals/over.html", reason=reason)


def _delegations(sent: Sent) -> str:
    rows = delegations.delegations_of(people.asking().email)
    known = people.named(row.delegate for row in rows)
    names = {row.delegate: known[row.delegate].name if row.delegate in known else row.delegate for row in rows}
    return render_template("approvals/delegation.html", rows=rows, names=names, sent=sent, failed=bool(sent.problems))


def _day(text: str, key: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused(Problem(_("Write the day like 2026-11-30."), key)) from None


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 0
