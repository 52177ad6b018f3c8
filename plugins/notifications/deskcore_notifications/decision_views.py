"""The administrator's page about how everybody is told, and what of it people may change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.plugin import Conflict
from deskcore_notifications import decisions, sending
from deskcore_notifications.admin_views import pages
from deskcore_notifications.decisions import Key, Usual
from deskcore_notifications.events import BY_KEY, MAILS, Area, Way


@dataclass(frozen=True)
class Row:
    """A row of the table: an event, for everybody or for those who lead the desk.

    :param name: with which its fields begin.
    """

    name: str
    title: str
    area: Area
    usual: Usual


@pages.get("/usual")
def usual() -> str:
    """Show how people are told who chose nothing."""
    return _page(decisions.decided())


@pages.post("/usual", endpoint="save_usual")
def save() -> ResponseReturnValue:
    """Keep how everybody is told."""
    wanted = {key: _sent(key) for key in decisions.all_keys()}
    try:
        decisions.decide(wanted, request.form.get("seen", ""))
    except Conflict as conflict:
        return _page(wanted, conflict.message), 409
    flash(_("Saved. It holds at once for everybody who chose nothing else."), "toast")
    return redirect(url_for("notifications_admin.usual"), 303)


def _page(known: Mapping[Key, Usual], problem: str = "") -> str:
    rows = [_row(key, known) for key in decisions.all_keys()]
    return render_template(
        "notifications/usual.html",
        groups=[(area, [row for row in rows if row.area == area]) for area in ("portal", "workspace")],
        by_mail=sending.is_set_up(),
        seen=decisions.fingerprint(decisions.decided()),
        problem=problem,
        failed=bool(problem),
    )


def _row(key: Key, known: Mapping[Key, Usual]) -> Row:
    event, lead = BY_KEY[key[0]], key[1]
    apart = lead and not event.for_leads
    title = _("%(event)s – who leads the desk", event=event.title) if apart else str(event.title)
    return Row(_name(key), title, event.area, decisions.usual_way(known, event, lead=lead))


def _name(key: Key) -> str:
    return f"{key[0]}.lead" if key[1] else key[0]


def _sent(key: Key) -> Usual:
    name, form = _name(key), request.form
    way = Way(f"{name}.shown" in form, MAILS.get(form.get(f"{name}.mail", ""), "never"))
    return Usual(way, f"{name}.shown_fixed" in form, f"{name}.mail_fixed" in form)
