"""A ticket while its page is open: who else is at it, and what is new, asked for every five seconds.

The answer says that there is something new and never what was written; the page itself shows it when its reader asks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from deskcore.presence import Doing, Seat
from deskcore.runtime import runtime
from deskcore.tickets.latest import Newest, lines_since, newest_in
from deskcore.tickets.onlookers import onlookers
from deskcore.tickets.pages import Entry, people_named
from deskcore.web.viewer import current_person
from deskcore.web.workspace.area import blueprint
from deskcore.web.workspace.conditional import if_changed
from deskcore.web.workspace.sentences import Words

#: What tells the pages of one person apart, as the script makes it up.
_TAB = re.compile(r"[a-z0-9]{1,16}")
#: So many people are named.
_NAMED = 3
#: What can be shown by renewing parts of the page; after anything else it is better opened again.
_SMALL = {"message_added", "note_added", "status_changed", "priority_changed", "assigned", "tags_changed"}


@dataclass(frozen=True)
class Company:
    """Somebody else who is at the ticket."""

    name: str
    doing: Doing


@blueprint.get("/tickets/<number>/live")
def live(number: str) -> ResponseReturnValue:
    """Return who else is at a ticket and what is new behind the line ``?seen=``, and note that the reader is there.

    ``?doing=`` says what the reader does: ``looking`` or ``writing``.
    """
    ticket, me = newest_in(number), current_person().id
    doing: Doing = "writing" if request.args.get("doing") == "writing" else "looking"
    others = runtime().presence.meet(ticket.id, _seat(request.args), doing)
    company = _company(ticket, others)
    seen = min(request.args.get("seen", ticket.seq, int), ticket.seq)
    return if_changed(
        (ticket.seq, ticket.version, seen, company),
        lambda: _present(company) | (_news(ticket, lines_since(ticket, seen), me) if seen < ticket.seq else _NOTHING),
    )


@blueprint.post("/tickets/<number>/live")
def leave(number: str) -> ResponseReturnValue:
    """Note that a page was closed; the page sends it with its last breath."""
    runtime().presence.leave(newest_in(number).id, _seat(request.form))
    return "", 204


def _seat(given: Mapping[str, str]) -> Seat:
    tab = given.get("tab", "")
    return Seat(current_person().id, tab if _TAB.fullmatch(tab) else "0")


def _company(ticket: Newest, others: dict[int, Doing]) -> list[Company]:
    """Return who else is there and sees the ticket now, whoever writes first."""
    found = [Company(name, others[person]) for person, name in onlookers(ticket, others).items()]
    return sorted(found, key=lambda each: each.doing != "writing")


def _present(company: Sequence[Company]) -> dict[str, Any]:
    said = [_sentence(each) for each in company[:_NAMED]]
    more = len(company) - len(said)
    said += [ngettext("%(num)s more", "%(num)s more", more)] if more else []
    return {"here": " · ".join(said), "writing": any(each.doing == "writing" for each in company)}


def _sentence(each: Company) -> str:
    if each.doing == "writing":
        return _("%(name)s is writing a reply", name=each.name)
    return _("%(name)s is looking", name=each.name)


#: What is said where nothing is new.
_NOTHING = {"news": "", "whole": False}


def _news(ticket: Newest, entries: Sequence[Entry], me: int) -> dict[str, Any]:
    """Return what others did, in one sentence: what was written is counted, and the newest state is named.

    :param entries: newest first.
    """
    others = [entry for entry in entries if entry.author is None or entry.author.id != me]
    if not others:
        return _NOTHING
    said = [*_counted(others), *_named(ticket, others)]
    changes = len(others)
    said = said or [ngettext("%(num)s change", "%(num)s changes", changes)]
    return {"news": " · ".join(said), "whole": not _SMALL.issuperset(entry.kind for entry in entries)}


def _counted(entries: Sequence[Entry]) -> list[str]:
    kinds = [entry.kind for entry in entries]
    messages, notes = kinds.count("message_added"), kinds.count("note_added")
    said = [ngettext("%(num)s new message", "%(num)s new messages", messages)] if messages else []
    return [*said, *([ngettext("%(num)s new internal note", "%(num)s new internal notes", notes)] if notes else [])]


def _named(ticket: Newest, entries: Sequence[Entry]) -> list[str]:
    """Return who set the status and who has the ticket now, each as the newest line says it."""
    newest = [next((entry for entry in entries if entry.kind == kind), None) for kind in ("status_changed", "assigned")]
    found = [entry for entry in newest if entry is not None]
    words = Words(runtime().catalogue.desk_by_id(ticket.desk_id), people_named(found), "") if found else None
    return [words.sentence(entry) for entry in found] if words else []
