"""What goes from a desk: a status whose tickets get another one, and the desk itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from deskcore.desks.administration import read_desk
from deskcore.desks.form_views import ErrorView
from deskcore.desks.leaving import Stored, find_move, may_go, moves_under_way, stored_status, targets
from deskcore.desks.models import DeskRow, StatusMove
from deskcore.errors import Refused
from deskcore.tickets.desk_removal import attached, remove_desk, why_it_stays
from deskcore.tickets.status_moves import begin_move, count_with
from deskcore.tickets.view_statuses import views_asking_for
from deskcore.web.admin.area import blueprint
from deskcore.web.admin.editing import options
from deskcore.web.admin.request_types import Crumb
from deskcore.web.templating import toast
from deskcore.web.viewer import current_person, desk_roles, language
from deskcore.web.vocabulary import status_look


@blueprint.get("/desks/<key>/statuses/<status>/removal")
def status_removal(key: str, status: str) -> str:
    """Ask which status the tickets get instead, or show how far they are."""
    row = read_desk(key)
    move = find_move(row, status)
    if move is not None and (move.state == "moving" or all(each["key"] != status for each in row.statuses)):
        return _progress_page(row, move)
    return _asking_page(row, stored_status(row, status), move)


@blueprint.post("/desks/<key>/statuses/<status>/removal")
def status_remove(key: str, status: str) -> ResponseReturnValue:
    """Let the tickets of a status get another one, and remove it then."""
    try:
        begin_move(key, status, request.form.get("target", ""), current_person().id)
    except Refused as refused:
        row = read_desk(key)
        return _asking_page(row, stored_status(row, status), find_move(row, status), refused.message), 422
    return redirect(url_for("admin.status_removal", key=key, status=status), 303)


def _asking_page(row: DeskRow, status: Stored, move: StatusMove | None, message: str = "") -> str:
    possible = targets(row, status["key"])
    chosen = request.form.get("target") or next((each["key"] for each in possible), "")
    shared, own = views_asking_for(row, status["key"])
    return render_template(
        "admin/status_removal.html",
        desk=row,
        status_key=status["key"],
        name=status["title"][language()],
        # How much a confidential desk has to do is nobody else's business.
        count=None if row.confidential else count_with(row, status["key"]),
        may_go=may_go(row, status["key"], *(each.status for each in moves_under_way(row))),
        targets=options({each["key"]: _called(each) for each in possible}, chosen),
        shared=shared,
        own=own,
        stopped=move is not None and move.state == "stopped",
        error=message,
        summary=[ErrorView(message, "target")] if message else [],
        failed=bool(message),
        crumbs=_crumbs(row, status["title"][language()]),
    )


def _called(status: Stored) -> str:
    means = str(status_look(status["category"]).word)
    title = str(status["title"][language()])
    return title if title == means else f"{title} ({means})"


def _progress_page(row: DeskRow, move: StatusMove) -> str:
    titles = {each["key"]: each["title"][language()] for each in row.statuses}
    return render_template(
        "admin/status_progress.html",
        desk=row,
        name=move.title[language()],
        target=titles.get(move.target, move.target),
        move=move,
        crumbs=_crumbs(row, move.title[language()]),
    )


@blueprint.get("/desks/<key>/delete")
def desk_delete(key: str) -> str:
    """Show what goes with a desk, or why it stays."""
    return _delete_page(read_desk(key))


@blueprint.post("/desks/<key>/delete")
def desk_remove(key: str) -> ResponseReturnValue:
    """Delete a desk whose title was typed."""
    title = read_desk(key).title[language()]
    try:
        remove_desk(key, request.form.get("title", ""))
    except Refused as refused:
        fields = {problem.field: problem.message for problem in refused.problems}
        return _delete_page(read_desk(key), fields), 422
    toast(_("The desk “%(desk)s” was deleted.", desk=title))
    return redirect(url_for("admin.desks"), 303)


def _delete_page(row: DeskRow, errors: Mapping[str, str] | None = None) -> str:
    errors = errors or {}
    # Whether a confidential desk was ever asked anything is nobody else's business, nor how much.
    untold = row.confidential and not row.plugin and row.id not in desk_roles()
    return render_template(
        "admin/desk_delete.html",
        desk=row,
        name=row.title[language()],
        reason=errors.get("", "") or ("" if untold else why_it_stays(row)),
        untold=untold,
        going=() if untold else _going(row),
        typed=request.form.get("title", ""),
        error=errors.get("title", ""),
        summary=[ErrorView(errors["title"], "x-title")] if errors.get("title") else [],
        failed=bool(errors),
        crumbs=_crumbs(row, _("Delete")),
    )


def _going(row: DeskRow) -> Sequence[str]:
    """Return in words what goes with a desk."""
    found = attached(row)
    counted = (
        (found.people, ngettext("%(num)s person works on it", "%(num)s people work on it", found.people)),
        (found.teams, ngettext("%(num)s team", "%(num)s teams", found.teams)),
        (found.request_types, ngettext("%(num)s request type", "%(num)s request types", found.request_types)),
        (found.drafts, ngettext("%(num)s request that was begun", "%(num)s requests that were begun", found.drafts)),
        (found.views, ngettext("%(num)s saved view", "%(num)s saved views", found.views)),
        (found.replies, ngettext("%(num)s saved reply", "%(num)s saved replies", found.replies)),
        (found.hours, _("its business hours")),
    )
    return [words for count, words in counted if count]


def _crumbs(row: DeskRow, last: str) -> list[Crumb]:
    here = Crumb(row.title[language()], url_for("admin.desk", key=row.key))
    return [Crumb(_("Desks"), url_for("admin.desks")), here, Crumb(last)]
