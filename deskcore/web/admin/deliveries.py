"""Background work: how deliveries and jobs stand, and what to do about those that failed for good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString

from deskcore.errors import Refused
from deskcore.events import holding
from deskcore.runtime import runtime
from deskcore.tickets import dead_letters
from deskcore.tickets.dead_letters import DeadLetter
from deskcore.tickets.deliveries import CORE
from deskcore.tickets.work_status import LATE, Queue, WorkStatus
from deskcore.web.admin.amounts import amount, shown_status
from deskcore.web.admin.area import blueprint
from deskcore.web.templating import toast, when
from deskcore.work import after_commit, unit_of_work

#: Failures that one page shows; the others follow once these are dealt with.
_SHOWN = 50
#: What an event was about.
_EVENTS: Mapping[str, LazyString] = {
    "opened": _l("Ticket opened"),
    "message_added": _l("New message"),
    "note_added": _l("New internal note"),
    "assigned": _l("Assignee changed"),
    "left_unassigned": _l("Not assigned, because somebody is away"),
    "escalated": _l("Team changed"),
    "moved": _l("Moved to another desk"),
    "status_changed": _l("Status changed"),
    "priority_changed": _l("Priority changed"),
    "tags_changed": _l("Tags changed"),
    "participant_added": _l("Somebody takes part"),
    "participant_removed": _l("Somebody no longer takes part"),
    "member_added": _l("Person of the desk named"),
    "member_removed": _l("Person of the desk no longer named"),
    "visibility_changed": _l("Who of the desk sees it changed"),
    "break_glass_given": _l("Emergency access given"),
    "break_glass_ended": _l("Emergency access ended"),
    "linked": _l("Ticket linked"),
    "merged": _l("Ticket merged"),
    "joined": _l("Another ticket merged into it"),
    "withdrawn": _l("Help is no longer needed"),
}


@dataclass(frozen=True)
class Kind:
    """How one kind of work stands.

    :param figures: pairs of words and what is behind them: a number, or a moment.
    """

    title: str
    figures: Sequence[tuple[str, object]]


@dataclass(frozen=True)
class Failure:
    """A dead letter in words.

    :param error: what was typed is wrong with the reason of a discard, or nothing.
    :param typed: that reason.
    """

    letter: DeadLetter
    title: str
    plugin: str
    error: str = ""
    typed: str = ""


@blueprint.get("/deliveries")
def deliveries() -> str:
    """Show how the background work stands, and what failed for good."""
    return _page()


@blueprint.post("/deliveries/<key>/retry")
def delivery_retry(key: str) -> ResponseReturnValue:
    """Try a delivery or a job that failed for good again."""
    letter = dead_letters.retry(key)
    toast(_("“%(what)s” is tried again.", what=_title(letter)))
    return redirect(url_for("admin.deliveries"))


@blueprint.post("/deliveries/<key>/discard")
def delivery_discard(key: str) -> ResponseReturnValue:
    """Give a delivery or a job up that failed for good."""
    reason = request.form.get("reason", "")
    try:
        letter = dead_letters.discard(key, reason)
    except Refused as refused:
        return _page(key, refused.message, reason), 422
    toast(_("“%(what)s” is discarded.", what=_title(letter)))
    return redirect(url_for("admin.deliveries"))


@blueprint.post("/deliveries/retry")
def deliveries_retry() -> ResponseReturnValue:
    """Try everything of one plugin that failed for good again."""
    count = dead_letters.retry_all(request.form.get("plugin", ""))
    toast(ngettext("%(num)s failure is tried again.", "%(num)s failures are tried again.", count))
    return redirect(url_for("admin.deliveries"))


@blueprint.post("/deliveries/release")
def deliveries_release() -> ResponseReturnValue:
    """Deliver and run again what is held back since a backup was restored."""
    with unit_of_work() as session:
        released = holding.release(session)
        after_commit(runtime().wake.set)
    toast(_("Deliveries go on.") if released else _("Nothing was held back."))
    return redirect(url_for("admin.deliveries"))


def _page(key: str = "", error: str = "", typed: str = "") -> str:
    """Render the page; ``error`` belongs to the reason that was typed for the failure of this key."""
    status, counts = shown_status(), dead_letters.dead_by_plugin()
    letters = dead_letters.dead_letters(limit=_SHOWN)
    return render_template(
        "admin/deliveries.html",
        status=status,
        kinds=_kinds(status),
        failures=[_failure(letter, error, typed) if letter.key == key else _failure(letter) for letter in letters],
        failed=sum(counts.values()),
        by_plugin=[(plugin, _owner(plugin), count) for plugin, count in counts.items() if count > 1],
        max_reason=dead_letters.MAX_REASON,
    )


def _kinds(status: WorkStatus) -> list[Kind]:
    late, events = status.at - LATE, status.pending + status.newer
    queues = ((_("Deliveries"), status.deliveries), (_("Jobs"), status.jobs))
    shown = [Kind(_("Events"), _waiting(events, status.oldest_pending, late))]
    return shown + [_kind(title, queue, late) for title, queue in queues]


def _kind(title: str, queue: Queue, late: datetime) -> Kind:
    figures = [
        *_waiting(queue.waiting, queue.oldest_due, late),
        (_("Between attempts"), amount(queue.retrying) if queue.retrying else _("none")),
        (_("Failed for good"), queue.dead),
    ]
    return Kind(title, figures)


def _waiting(count: int, oldest: datetime | None, late: datetime) -> list[tuple[str, object]]:
    # Since when, only where something is wrong: the moment of an event tells that there was one.
    since = when(oldest) if oldest is not None and oldest < late else _("on time")
    return [(_("Waiting"), amount(count)), (_("Oldest due"), since)]


def _failure(letter: DeadLetter, error: str = "", typed: str = "") -> Failure:
    return Failure(letter, _title(letter), _owner(letter.plugin), error, typed)


def _title(letter: DeadLetter) -> str:
    return str(_EVENTS.get(letter.kind, letter.kind)) if letter.what == "delivery" else letter.kind


def _owner(plugin: str) -> str:
    return _("the helpdesk itself") if plugin == CORE else plugin
