"""Texts that are sent often: one's own, those that the lead of a desk shares with its agents, and those of all agents.

What is shared with a confidential desk stays there: it can be taken back, and never be given to everybody.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.alphabet import alphabetical
from deskcore.clock import now
from deskcore.errors import Conflict, NotAllowed, NotFound, Problem, Refused
from deskcore.extensions import db
from deskcore.hooks.contributions import STATUS_CATEGORIES
from deskcore.runtime import runtime
from deskcore.tickets.agent_models import SavedReply
from deskcore.tickets.idempotency import earlier_result, fingerprint, remember
from deskcore.tickets.services.rights import author, require_agent
from deskcore.viewer import Viewer
from deskcore.work import unit_of_work

#: What stands in braces and is replaced when a text is inserted.
VARIABLES = ("requester", "first_name", "number", "subject", "desk", "me")
#: Saved replies that one agent may see: more than anybody scrolls through.
MOST = 300
MAX_NAME, MAX_BODY = 100, 10_000
_VARIABLE = re.compile(r"\{([a-z_]{1,30})\}")


@dataclass(frozen=True)
class Wanted:
    """A saved reply as a form gives it.

    :param category: of the status that shall follow; ``""`` for none.
    :param share: ``""`` for one's own, ``all``, or ``desk:`` and the key of a desk.
    """

    name: str
    body: str
    category: str = ""
    share: str = ""


def saved_replies(words: str = "") -> list[SavedReply]:
    """Return the saved replies that the agent may use, by name.

    :param words: only those that have it in the name or the text.
    """
    wanted = select(SavedReply).where(_usable(require_agent())).limit(MOST)
    for word in words.split()[:10]:
        pattern = "%" + re.sub(r"([\\%_])", r"\\\1", word) + "%"
        found = SavedReply.name.ilike(pattern, escape="\\"), SavedReply.body.ilike(pattern, escape="\\")
        wanted = wanted.where(sa.or_(*found))
    return sorted(db.session.scalars(wanted), key=lambda each: (alphabetical(each.name), each.id))


def find_saved_reply(token: str) -> SavedReply:
    """Return one that the agent may use.

    :raises NotFound: when there is none, or it is somebody else's.
    """
    found = db.session.scalar(select(SavedReply).where(_is(token), _usable(require_agent())))
    if found is None:
        raise _missing()
    return found


def _is(token: str) -> sa.ColumnElement[bool]:
    return SavedReply.token == token[:43].replace("\0", "")


def _usable(viewer: Viewer) -> sa.ColumnElement[bool]:
    private = SavedReply.desk_id.is_(None), ~SavedReply.everyone
    own = sa.and_(SavedReply.owner_id == viewer.person_id, *private)
    return sa.or_(own, SavedReply.everyone, SavedReply.desk_id.in_(sorted(viewer.desk_roles)))


def _missing() -> NotFound:
    return NotFound(_("There is no such saved reply."))


def may_change(reply: SavedReply, viewer: Viewer) -> bool:
    """Tell whether the agent may change one that is in sight: one's own, one of a desk that one leads, or of all."""
    if reply.everyone:
        return may_share_with_all(viewer)
    if reply.desk_id is None:
        return reply.owner_id == viewer.person_id
    return viewer.desk_roles.get(reply.desk_id) == "lead"


def may_share_with_all(viewer: Viewer) -> bool:
    """Tell whether an agent may give a text to all agents, and change those that they share: administrators may."""
    return viewer.administrator


def add_saved_reply(wanted: Wanted, key: str = "") -> str:
    """Keep a new one, and return its token.

    :param key: idempotency key of the form.
    :raises Refused: with everything to correct.
    """
    viewer = require_agent()
    values = _checked(wanted, viewer)
    with unit_of_work() as session:
        hashed = fingerprint(["saved reply", values])
        if key and (earlier := earlier_result(session, author(viewer), key, hashed)):
            return str(earlier["token"])
        row = SavedReply(token=secrets.token_urlsafe(16), owner_id=author(viewer), **values)
        session.add(row)
        if key:
            remember(session, author(viewer), key, {"token": row.token})
        return row.token


def change_saved_reply(token: str, wanted: Wanted, version: int | None = None) -> None:
    """Change one.

    :raises NotAllowed: when another lead's desk shares it.
    :raises Conflict: when it was changed since it was shown.
    """
    viewer = require_agent()
    values = _checked(wanted, viewer)
    with unit_of_work() as session:
        row = _locked(session, token, viewer)
        if version is not None and row.version != version:
            raise Conflict(_("Somebody changed this saved reply meanwhile. Your text is kept below."), row.version)
        if values["everyone"] and _is_confidential(row.desk_id):
            stays = _("What is shared with a confidential desk stays there, or becomes your own.")
            raise Refused(Problem(stays, "share"))
        if (row.desk_id is not None or row.everyone) and values["desk_id"] is None:
            row.owner_id = author(viewer)  # whoever takes it from others keeps it; its first author may be elsewhere
        for name, value in values.items():
            setattr(row, name, value)
        row.version += 1
        row.updated_at = now()


def delete_saved_reply(token: str) -> str:
    """Delete one, and return its name."""
    viewer = require_agent()
    with unit_of_work() as session:
        row = _locked(session, token, viewer)
        session.delete(row)
        return row.name


def _locked(session: Session, token: str, viewer: Viewer) -> SavedReply:
    found = select(SavedReply).where(_is(token), _usable(viewer)).with_for_update()
    row = session.scalar(found.execution_options(populate_existing=True))
    if row is None:
        raise _missing()
    if not may_change(row, viewer):
        raise not_yours(row)
    return row


def not_yours(reply: SavedReply) -> NotAllowed:
    """Return why somebody may not change one that others share."""
    if reply.everyone:
        return NotAllowed(_("Only an administrator can change what all agents share."))
    return NotAllowed(_("Only the lead of the desk can change what is shared with it."))


def _is_confidential(desk_id: int | None) -> bool:
    return desk_id is not None and runtime().catalogue.desk_by_id(desk_id).confidential


def _checked(wanted: Wanted, viewer: Viewer) -> dict[str, Any]:
    name, body = " ".join(wanted.name.replace("\0", "").split()), wanted.body.replace("\0", "").strip()
    desk = runtime().catalogue.desks.get(wanted.share.removeprefix("desk:"))
    led, everyone = desk is not None and viewer.desk_roles.get(desk.id) == "lead", wanted.share == "all"
    problems = []
    if not name:
        problems.append(Problem(_("Give it a name."), "name"))
    if len(name) > MAX_NAME:
        problems.append(Problem(_("A name has at most %(count)s characters.", count=MAX_NAME), "name"))
    if not body:
        problems.append(Problem(_("Write the text."), "body"))
    if len(body) > MAX_BODY:
        problems.append(Problem(_("The text has at most %(count)s characters.", count=MAX_BODY), "body"))
    if wanted.category and (wanted.category not in STATUS_CATEGORIES or wanted.category == "new"):
        problems.append(Problem(_("Choose a status from the list."), "category"))
    if everyone and not may_share_with_all(viewer):
        problems.append(Problem(_("Only an administrator can share it with everybody."), "share"))
    elif wanted.share and not everyone and not (wanted.share.startswith("desk:") and led):
        problems.append(Problem(_("Share it with a desk that you lead."), "share"))
    if problems:
        raise Refused(problems)
    desk_id = desk.id if desk is not None and wanted.share and not everyone else None
    return {"name": name, "body": body, "category": wanted.category, "desk_id": desk_id, "everyone": everyone}


def filled(body: str, values: Mapping[str, str]) -> str:
    """Return a text with its variables replaced; an unknown one stays as it is written."""
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), body)


def unknown_variables(body: str) -> list[str]:
    """Return what stands in braces and means nothing, each once."""
    return [name for name in dict.fromkeys(_VARIABLE.findall(body)) if name not in VARIABLES]
