"""One change to many tickets: to the ticked rows at once, or after a page that says exactly what would change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict

from deskcore.errors import NotFound, Refused
from deskcore.hooks.contributions import PRIORITIES
from deskcore.people.absentees import absence_now
from deskcore.people.services import find_person
from deskcore.tickets import bulk as bulk_changes
from deskcore.tickets.bulk import MOST, STEP, Outcome, Plan, Planned, Wish
from deskcore.tickets.edits import Edits
from deskcore.tickets.foreseeing import foreseen
from deskcore.tickets.idempotency import fingerprint
from deskcore.tickets.merging_many import MOST as MERGED
from deskcore.tickets.undo import offer_undo
from deskcore.web import bulk_actions
from deskcore.web.templating import toast
from deskcore.web.viewer import current_person, language, safe_next
from deskcore.web.vocabulary import priority_look
from deskcore.web.workspace.area import blueprint, show, viewer_view
from deskcore.web.workspace.chips import chips, label, left_out
from deskcore.web.workspace.colleagues import desk_agents
from deskcore.web.workspace.edit_words import ChangeView, part_views
from deskcore.web.workspace.filters import read_list
from deskcore.web.workspace.mine import my_desks
from deskcore.web.workspace.undoing import undo_url

#: Ticked tickets: a full page.
TICKED = 100
#: Rows of the preview that are shown, and numbers that are named for each reason.
_SHOWN, _NAMED = 50, 20
_FIELDS = ("assignee", "status", "priority", "add", "remove", "stand_in")
#: What names something that a plugin does instead.
_ACTION = ("action", "choice")


@dataclass(frozen=True)
class Skipped:
    """Why tickets of a plan are skipped, and the first of them."""

    reason: str
    numbers: tuple[str, ...]
    more: int


@dataclass(frozen=True)
class Away:
    """Somebody who is to have tickets, and is away.

    :param until: when the absence is over.
    :param deputy_url: where the same is planned for whoever stands in.
    """

    name: str
    until: datetime
    deputy_url: str


@blueprint.get("/tickets/bulk")
def bulk_preview() -> ResponseReturnValue:
    """Ask what to change, and show exactly what that would do to which tickets."""
    problem = ""
    try:
        wished = _wish(request.args)
        plan = _plan(wished)
    except (NotFound, Refused) as refusal:
        wished, problem = Wish(), refusal.message
        plan = Plan((), ())
    step = plan.changed[:STEP]
    page: dict[str, Any] = {
        "wished": wished if wished.parts else None,
        "problem": problem,
        "away": _away(wished),
        "plan": plan,
        "count": len(plan.changed) + len(plan.skipped),
        "words": lambda value: _words(wished, value),
        "parts": _parts_of(plan.changed[:_SHOWN]) if wished.edits else {},
        "name": wished.edits.name if wished.edits else "",
        "of": edits_print(wished.edits) if wished.edits else "",
        "shown": plan.changed[:_SHOWN],
        "skipped": _grouped(plan.skipped),
        "seen": " ".join(f"{each.number}:{each.version}" for each in step),
        "step": len(step),
        "left": len(plan.changed) - len(step),
    }
    return show("workspace/bulk.html", **page, **_choices()), 422 if problem else 200


def _choices() -> dict[str, Any]:
    """Return what the page offers, and what it is about."""
    everything = request.args.get("scope") == "all"
    all_of_it = [("scope", "all"), ("q", request.args.get("q", ""))]
    return {
        "fields": {name: request.args[name] for name in (*_FIELDS, *_ACTION) if name in request.args},
        "actions": _actions(),
        "target": all_of_it if everything else [("number", number) for number in _numbers()],
        "about": [label(item) for item in read_list(_query()).items] if everything else [],
        "everything": everything,
        "merge_url": "" if everything else _merge_url(),
        "most": MOST,
        "back": safe_next(request.args.get("back"), url_for("workspace.queue")),
        "agents": desk_agents([desk.id for desk in my_desks()]),
        "statuses": {each.key: each.title.in_language(language()) for desk in my_desks() for each in desk.statuses},
        "priorities": tuple(reversed(PRIORITIES)),
    }


@blueprint.post("/tickets/bulk")
def bulk() -> ResponseReturnValue:
    """Do what the pressed button says to every ticked or planned ticket, and name those that were skipped."""
    back = safe_next(request.form.get("back"), url_for("workspace.queue"))
    planned = request.form.get("step") == "apply"
    numbers = list(dict.fromkeys(request.form.getlist("number")))[:TICKED]
    if not planned and not numbers:
        flash(_("Tick the tickets first."), "error")
        return redirect(back, 303)
    action = request.form.get("action", "")
    if request.form.get("step") == "choose" or (action and not planned):
        asked_for = action or None
        return redirect(url_for("workspace.bulk_preview", number=numbers, back=back, action=asked_for), 303)
    wished = _wish(request.form)
    if not wished.parts:
        raise Refused(_("Choose what to do with the tickets."))
    if not planned and _away(wished) is not None:
        return redirect(url_for("workspace.bulk_preview", number=numbers, back=back, assignee=wished.assignee), 303)
    versions = read_versions(request.form.get("seen", ""))
    if wished.edits is not None and request.form.get("of") != edits_print(wished.edits):
        flash(_("It was changed meanwhile. Look at what it would do now."), "error")
        return redirect(url_for("workspace.bulk_preview", back=back, **_asked(versions)), 303)
    outcome = bulk_changes.carry_out(wished, versions if planned else {each: versions.get(each) for each in numbers})
    # Whoever goes on with the next of many comes back to the plan, which no longer holds what is done.
    if request.form.get("left", "0") not in ("", "0") and planned and outcome.done:
        back = url_for("workspace.bulk_preview", scope="all", q=request.form.get("q", ""), back=back, **_fields())
    _say(outcome, back)
    if wished.edits is not None:
        bulk_actions.tell_done(action, request.form.get("choice", ""), outcome.done, viewer_view())
    return redirect(back, 303)


def _asked(versions: Mapping[str, int | None]) -> dict[str, Any]:
    """Return what the form asks for and of which tickets, as the address of the plan says it."""
    everything = request.form.get("scope") == "all"
    which = {"scope": "all", "q": request.form.get("q", "")} if everything else {"number": list(versions)[:TICKED]}
    return _fields() | which


def _fields() -> dict[str, Any]:
    return {name: request.form[name] for name in (*_FIELDS, *_ACTION) if name in request.form}


def _actions() -> list[dict[str, Any]]:
    """Return what plugins can do to tickets, with its choices; one whose plugin fails says so."""
    found = []
    for each in bulk_actions.offered():
        outcome = bulk_actions.choices(each.name, "", viewer_view())
        found.append({"about": each, "choices": outcome.value or (), "failed": outcome.failed})
    # The one that was asked for comes before all others.
    return sorted(found, key=lambda each: each["about"].name != request.args.get("action"))


def _parts_of(planned: Sequence[Planned]) -> Mapping[str, list[ChangeView]]:
    return {each.number: part_views(each.desk, each.parts) for each in planned}


def edits_print(wished: Edits) -> str:
    """Return what stands for edits in a form, so that what was shown is what is done."""
    return fingerprint(["edits", wished])[:32]


def _wish(given: Mapping[str, str]) -> Wish:
    if given.get("action") and given.get("choice"):
        return Wish(edits=bulk_actions.edits(given["action"], given["choice"], viewer_view()))
    assignee = given.get("assignee")
    email = current_person().email if assignee == "me" else assignee
    return bulk_changes.wish(email, *(given.get(name, "") for name in _FIELDS[1:]))


def _away(wished: Wish) -> Away | None:
    """Return who would get the tickets and is away, where somebody else could have them."""
    person = find_person(wished.assignee) if wished.assignee and not wished.stand_in else None
    absence = absence_now(person.id) if person is not None and person.id != current_person().id else None
    if person is None or absence is None:
        return None
    same: dict[str, Any] = {name: request.args.getlist(name) for name in request.args}
    return Away(person.name, absence.ends_at, url_for("workspace.bulk_preview", **same | {"stand_in": "1"}))


def _merge_url() -> str:
    """Return where the tickets are merged into one of them, where that makes sense."""
    numbers, back = _numbers(), request.args.get("back")
    return url_for("workspace.merge_several", number=numbers, back=back) if 1 < len(numbers) <= MERGED else ""


def _numbers() -> list[str]:
    return list(dict.fromkeys(request.args.getlist("number")))[:TICKED]


def _query() -> MultiDict[str, str]:
    return MultiDict({"q": request.args.get("q", "")})


def _plan(wished: Wish) -> Plan:
    if request.args.get("scope") == "all":
        state = read_list(_query())
        # What narrows nothing would let the change reach more than was meant.
        if any(chip.doubt for chip in chips(state)) or left_out(state):
            raise Refused(_("A part of the filter is not understood. Correct it in the list first."))
        plan = bulk_changes.plan_all(wished, state.query, current_person().id)
    else:
        plan = bulk_changes.plan_for(wished, _numbers())
    return foreseen(wished, plan)


def read_versions(text: str) -> dict[str, int | None]:
    """Return the versions that a page showed, by number; what was edited is left out."""
    pairs = (pair.partition(":") for pair in text.split()[:STEP])
    return {number[:20]: int(version) for number, _colon, version in pairs if version.isdecimal() and len(version) < 10}


def _grouped(skipped: Iterable[Planned]) -> list[Skipped]:
    reasons: dict[str, list[str]] = {}
    for each in skipped:
        reasons.setdefault(each.reason, []).append(each.number)
    return [
        Skipped(reason, tuple(numbers[:_NAMED]), max(0, len(numbers) - _NAMED)) for reason, numbers in reasons.items()
    ]


def _words(wished: Wish, value: str) -> str:
    """Return what a ticket is or would be in the reader's words."""
    if wished.assignee is not None:
        return value or _("Nobody")
    if wished.status:
        titles = {each.key: each.title.in_language(language()) for desk in my_desks() for each in desk.worn}
        return titles.get(value, value)
    return str(priority_look(value).word) if wished.priority else value or _("no tags")


def _say(outcome: Outcome, back: str) -> None:
    if outcome.done:
        words = ngettext("%(num)s ticket changed.", "%(num)s tickets changed.", len(outcome.done))
        toast(words, undo_url(offer_undo(outcome.changes), back))
    elif not outcome.skipped:
        toast(_("It was so already; nothing changed."))
    if outcome.skipped:
        reasons = _grouped(Planned(number, 0, "", reason=reason) for number, reason in outcome.skipped)
        sentences = [f"{', '.join(each.numbers[:10])}{_more(each)}: {each.reason}" for each in reasons[:5]]
        flash(_("Not changed – %(reasons)s", reasons=" ".join(sentences)), "error")


def _more(skipped: Skipped) -> str:
    count = skipped.more + max(0, len(skipped.numbers) - 10)
    return " " + ngettext("and %(num)s more", "and %(num)s more", count) if count else ""
