"""Pages of those who publish: the list, a notice with its updates and the people it affects, and its form."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from deskcore.plugin import Conflict, NotFound, Problem, Refused, Text, now, people, session
from deskcore_announcements import affecting, notice_form, reading, words, writing
from deskcore_announcements.models import Notice
from deskcore_announcements.rights import Publisher, publisher

pages = Blueprint("announcements_desk", __name__)

#: People whom a notice affects that are named on its page.
_NAMED = 50


@pages.get("/notices")
def notices() -> str:
    """List the notices of the reader's desks."""
    who, over = publisher(), request.args.get("show") == "over"
    found = reading.of_desks(who.desks, over=over)
    publishes = any(who.publishes(desk) for desk in who.desks)
    return _render("notices.html", found=found, over=over, desks=people.desks(), publishes=publishes)


@pages.get("/notices/new", endpoint="new")
def new() -> str:
    """Show the form of a new notice, with what somebody came with from a ticket."""
    who, asked = publisher(), dict(request.args)
    values = notice_form.empty(who, asked)
    return _form(values, who, form_key=secrets.token_hex(16))


@pages.post("/notices/new")
def publish() -> ResponseReturnValue:
    """Publish a notice, or say what to correct."""
    who, values = publisher(), notice_form.typed()
    form_key = request.form.get("idempotency_key", "")[:64] or secrets.token_hex(16)
    try:
        stored = writing.publish(notice_form.wanted_of(values), who, form_key)
    except Refused as error:
        return _form(values, who, error.problems, form_key=form_key), 422
    flash(_("Published. People see it now.") if stored.is_public else _("Announced to the desk."), "toast")
    return redirect(url_for("announcements_desk.notice", token=stored.token), 303)


@pages.get("/notices/<token>")
def notice(token: str) -> str:
    """Show a notice with everything that is known of it."""
    return _page(token)


@pages.get("/notices/<token>/edit")
def edit(token: str) -> str:
    """Show the form of a notice."""
    who, stored = publisher(), _find(token)
    who.require(stored.desk)
    return _form(notice_form.values_of(stored, reading.number_of(stored)), who, stored=stored, seen=stored.version)


@pages.post("/notices/<token>/edit")
def save(token: str) -> ResponseReturnValue:
    """Store what was corrected; where somebody else was quicker, both texts stand on the page."""
    who, values, stored = publisher(), notice_form.typed(), _find(token)
    seen = _seen()
    try:
        writing.save(token, notice_form.wanted_of(values), who, seen)
    except Refused as error:
        return _form(values, who, error.problems, stored=stored, seen=seen), 422
    except Conflict:
        session().refresh(stored)
        return _form(values, who, stored=stored, seen=stored.version, crossed=True), 409
    flash(_("Saved. People see it now."), "toast")
    return redirect(url_for("announcements_desk.notice", token=token), 303)


@pages.post("/notices/<token>/updates")
def update(token: str) -> ResponseReturnValue:
    """Say how it goes on, or that it is over."""
    who, sent = publisher(), {key: request.form.get(key, "") for key in ("en", "pl", "next_update_at")}
    closing = request.form.get("action") == "close"
    form_key = request.form.get("idempotency_key", "")[:64] or secrets.token_hex(16)
    _find(token)
    try:
        upcoming = None if closing else notice_form.moment_of(sent["next_update_at"], "next_update_at")
        writing.add_update(token, Text(sent["en"], sent["pl"]), who, form_key, upcoming, closing=closing)
    except Refused as error:
        return _page(token, error.problems, sent, form_key), 422
    flash(_("It is over. Those whom it affected are told.") if closing else _("The update is published."), "toast")
    return redirect(url_for("announcements_desk.notice", token=token), 303)


@pages.post("/notices/<token>/again")
def again(token: str) -> ResponseReturnValue:
    """Let it be current again."""
    try:
        writing.open_again(token, publisher(), _seen())
    except Conflict as error:
        return _page(token, (Problem(error.message),)), 409
    flash(_("It is current again."), "toast")
    return redirect(url_for("announcements_desk.notice", token=token), 303)


@pages.post("/notices/<token>/read")
def read(token: str) -> ResponseReturnValue:
    """Note that the reader knows what was announced."""
    affecting.read(token, people.asking())
    flash(_("Noted. It stands with the other notices."), "toast")
    return redirect(url_for("workspace.home"), 303)


def _find(token: str) -> Notice:
    """Return a notice of one of the reader's desks; that of another is not there, as far as these pages tell."""
    wanted = select(Notice).where(Notice.token == token).options(selectinload(Notice.updates))
    found = session().scalar(wanted)
    if found is None or not publisher().works_on(found.desk):
        raise NotFound(_("There is no such notice, or it is not for you."))
    return found


def _page(
    token: str, problems: tuple[Problem, ...] = (), sent: dict[str, str] | None = None, form_key: str = ""
) -> str:
    stored, who = _find(token), publisher()
    affected = reading.affected_by(stored) if stored.counted else []
    names = {email: person.name for email, person in people.named(_authors(stored)).items()}
    return _render(
        "desk_notice.html",
        notice=stored,
        state=stored.state(now()),
        affected=affected,
        most=_NAMED,
        affected_count=max(len(affected), stored.affected_before),
        number=reading.number_of(stored),
        names=names,
        desk=people.desks().get(stored.desk),
        publishes=who.publishes(stored.desk),
        sent=sent or {},
        form_key=form_key or secrets.token_hex(16),
        **_said(problems),
    )


def _authors(stored: Notice) -> set[str]:
    return {stored.author, *(each.author for each in stored.updates)}


def _form(
    values: dict[str, Any],
    who: Publisher,
    problems: tuple[Problem, ...] = (),
    *,
    stored: Notice | None = None,
    seen: int = 0,
    form_key: str = "",
    crossed: bool = False,
) -> str:
    choices = notice_form.choices(values, who)
    context = {"values": values, "choices": choices, "stored": stored, "seen": seen, "crossed": crossed}
    return _render("form.html", **context, form_key=form_key, **_said(problems))


def _said(problems: tuple[Problem, ...]) -> dict[str, Any]:
    return {
        "summary": [{"message": each.message, "id": f"n-{each.field}" if each.field else ""} for each in problems],
        "errors": {each.field: each.message for each in problems},
        "failed": bool(problems),
    }


def _seen() -> int:
    given = request.form.get("version", "")
    return int(given) if given.isdecimal() and len(given) < 9 else 0


def _render(template: str, **context: Any) -> str:
    return render_template(f"announcements/{template}", words=words, **context)
