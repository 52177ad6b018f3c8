"""What the organisation decides for everybody: the usual way of each event, and whether people may change it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from deskcore.plugin import Conflict, people, session, unit_of_work
from deskcore_notifications.events import BY_KEY, EVENTS, MAILS, Event, Way
from deskcore_notifications.line import line
from deskcore_notifications.models import Decision

#: An event, and whether it is about those who lead the desk.
Key = tuple[str, bool]


@dataclass(frozen=True)
class Usual:
    """How people are told of an event who chose nothing.

    :param shown_fixed: nobody can change whether it stands in the browser; ``mail_fixed`` likewise.
    """

    way: Way
    shown_fixed: bool = False
    mail_fixed: bool = False


def decided() -> dict[Key, Usual]:
    """Return what the organisation decided, where it is not the way that the plugin has, in one statement."""
    return {
        (row.event, row.lead): Usual(Way(row.shown, MAILS[row.mail]), row.shown_fixed, row.mail_fixed)
        for row in session().scalars(select(Decision))
        if row.mail in MAILS
    }


def usual_way(known: Mapping[Key, Usual], event: Event, *, lead: bool) -> Usual:
    """Return how somebody is told of an event who chose nothing.

    :param known: from :func:`decided`.
    """
    own = Usual(event.usual_for(lead=lead))
    return known.get((event.key, lead and event.lead is not None), own)


def all_keys() -> Sequence[Key]:
    """Return everything that can be decided, in the order of the table."""
    audiences = ((event, lead) for event in EVENTS for lead in (False, True))
    return [(event.key, lead) for event, lead in audiences if (event.lead if lead else not event.for_leads)]


def fingerprint(known: Mapping[Key, Usual]) -> str:
    """Return what is equal for two equal sets of decisions."""
    listed = sorted((*key, *_plain(usual).values()) for key, usual in known.items())
    return hashlib.sha256(json.dumps(listed).encode()).hexdigest()[:24]


def decide(wanted: Mapping[Key, Usual], seen: str) -> None:
    """Keep what the organisation wants; what is as the plugin has it follows the plugin.

    :param wanted: everything that can be decided.
    :param seen: fingerprint of what the form showed.
    :raises Conflict: when somebody changed it meanwhile.
    """
    with unit_of_work() as work:
        line()  # one administrator after the other: there may be no row yet that could be locked
        known = decided()
        if fingerprint(known) != seen:
            raise Conflict(_("Somebody changed these settings meanwhile. Check what stands here, then save again."))
        before: dict[str, Any] = {}
        after: dict[str, Any] = {}
        for key, usual in wanted.items():
            former = usual_way(known, BY_KEY[key[0]], lead=key[1])
            if usual != former:
                name = f"{key[0]} (lead)" if key[1] else key[0]
                before[name], after[name] = _plain(former), _plain(usual)
                _keep(key, usual)
        work.flush()
        if after:
            people.record_change("notifications", before, after)


def _keep(key: Key, usual: Usual) -> None:
    event, lead = key
    with unit_of_work() as work:
        row = work.get(Decision, key)
        if usual == Usual(BY_KEY[event].usual_for(lead=lead)):
            if row is not None:
                work.delete(row)
            return
        row = row or Decision(event=event, lead=lead)
        row.shown, row.mail = usual.way.shown, usual.way.mail
        row.shown_fixed, row.mail_fixed = usual.shown_fixed, usual.mail_fixed
        work.add(row)


def _plain(usual: Usual) -> dict[str, Any]:
    """Return a decision as an auditor reads it."""
    fixed = {"shown_fixed": usual.shown_fixed, "mail_fixed": usual.mail_fixed}
    return {"shown": usual.way.shown, "mail": usual.way.mail, **fixed}
