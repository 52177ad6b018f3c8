"""Rating in the portal, at ``/ratings/<number>``, and from a link in a message, without signing in."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.plugin import Conflict, NotAllowed, NotFound, Problem, Refused, TicketView, people, tickets
from deskcore_satisfaction import rating
from deskcore_satisfaction.links import BadLink, Link, read_link
from deskcore_satisfaction.rating import Mine
from deskcore_satisfaction.rules import PLUGIN
from deskcore_satisfaction.words import WORDS

portal = Blueprint("satisfaction", __name__)
linked = Blueprint("satisfaction_link", __name__)


@dataclass(frozen=True)
class Sent:
    """What was sent with a form and comes back with what to correct.

    :param theirs: what was stored meanwhile, beside what was sent now.
    """

    rating: int | None = None
    comment: str = ""
    problems: tuple[Problem, ...] = ()
    theirs: Mine | None = None

    @property
    def errors(self) -> Mapping[str, str]:
        """What to correct, by field."""
        return {problem.field: problem.message for problem in self.problems}

    @property
    def summary(self) -> list[dict[str, str]]:
        """What to correct, for the box above the page."""
        ids = {"rating": "rating-5", "comment": "r-comment"}
        return [{"message": each.message, "id": ids.get(each.field, "")} for each in self.problems]


@dataclass(frozen=True)
class Asked:
    """A question on a page: about which ticket, of whom, and as whom the page reads and writes."""

    mine: Mine
    ticket: TicketView
    email: str
    acting: AbstractContextManager[None] = field(default_factory=nullcontext)


@portal.get("/<number>")
def show(number: str) -> str:
    """Show the question, or the rating while it can be changed."""
    asked = _asked(number)
    return _page(asked, Sent(_chosen(request.args.get("rating")) or asked.mine.rating, asked.mine.comment))


@portal.post("/<number>")
def save(number: str) -> ResponseReturnValue:
    """Store a rating."""
    asked = _asked(number)
    return _stored(asked) or redirect(url_for("satisfaction.show", number=number, done="1"), 303)


@linked.get("/link/<signed>")
def confirm(signed: str) -> ResponseReturnValue:
    """Show what a link from a message would store, and ask for a confirmation; the link alone stores nothing."""
    try:
        link, asked = _by_link(signed)
    except (BadLink, NotFound, NotAllowed) as error:
        return _over(error)
    kept = asked.mine.rating if "done" in request.args else None
    return _page(asked, Sent(kept or link.rating, asked.mine.comment))


@linked.post("/link/<signed>")
def confirmed(signed: str) -> ResponseReturnValue:
    """Store what was confirmed."""
    try:
        asked = _by_link(signed)[1]
    except (BadLink, NotFound, NotAllowed) as error:
        return _over(error)
    return _stored(asked) or redirect(url_for("satisfaction_link.confirm", signed=signed, done="1"), 303)


def _asked(number: str) -> Asked:
    """Return what the reader was asked about a request.

    :raises NotFound: where that is nothing.
    """
    me = people.asking()
    mine = rating.about(number, me.email)
    if mine is None:
        raise NotFound(_("There is nothing to rate here."))
    return Asked(mine, tickets.read(number).ticket, me.email)


def _by_link(signed: str) -> tuple[Link, Asked]:
    """Return what a link says, and what it is about.

    :raises BadLink: for one that was changed, or is too old.
    :raises NotFound: when nobody is asked any more.
    :raises NotAllowed: for somebody else who is signed in.
    """
    link = read_link(signed)
    if _signed_in() not in ("", *people.addresses_of(link.email)):
        raise NotAllowed(_("This link was made for somebody else. Sign out first, or rate your own requests."))
    with tickets.as_plugin(PLUGIN):
        survey = rating.find(link.token, link.email)
        ticket = tickets.views([survey.ticket_id])[survey.ticket_id]
        if people.is_confidential(ticket.desk):
            raise NotFound(_("Sign in and rate it on the page of your request."))
        return link, Asked(rating.mine_of(survey), ticket, link.email, tickets.as_plugin(PLUGIN))


def _signed_in() -> str:
    try:
        return people.asking().email
    except NotAllowed:
        return ""


def _stored(asked: Asked) -> ResponseReturnValue | None:
    """Store what was sent; return the page that says what to correct, or nothing."""
    chosen, comment = _chosen(request.form.get("rating")), request.form.get("comment", "")
    typed = request.form.get("version", "")
    version = int(typed) if typed.isdecimal() and len(typed) < 9 else 0
    try:
        with asked.acting:
            rating.rate(asked.mine.token, asked.email, chosen, comment, version)
    except Refused as error:
        return _page(asked, Sent(chosen, comment, error.problems)), 422
    except Conflict as error:
        return _page(asked, Sent(chosen, comment, (Problem(error.message),), asked.mine)), 409
    return None


def _page(asked: Asked, sent: Sent) -> str:
    mine = asked.mine
    return render_template(
        "satisfaction/rate.html",
        mine=mine,
        ticket=asked.ticket,
        desk=people.desks()[asked.ticket.desk],
        sent=sent,
        failed=bool(sent.problems),
        done="done" in request.args and mine.rating is not None and not sent.problems,
        by_link=request.blueprint == linked.name,
        words=WORDS,
    )


def _over(error: BadLink | NotFound | NotAllowed) -> ResponseReturnValue:
    if not isinstance(error, BadLink):
        return render_template("satisfaction/over.html", reason=error.message), error.status
    if error.expired:
        reason = _("This link is too old: ratings are taken for some weeks. If something is still wrong, write to us.")
        return render_template("satisfaction/over.html", reason=reason), 410
    reason = _("This link is not complete, or was changed. Open it again from the message.")
    return render_template("satisfaction/over.html", reason=reason), 404


def _chosen(text: str | None) -> int | None:
    return int(text) if text in {str(each) for each in WORDS} else None
