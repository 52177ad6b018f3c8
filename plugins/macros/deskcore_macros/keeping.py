"""Keeping macros: what is wished, what there is to correct, and who may share with whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.plugin import (
    Conflict,
    NotAllowed,
    NotFound,
    Problem,
    Refused,
    ViewerView,
    has_permission,
    now,
    people,
    tickets,
    unit_of_work,
)
from deskcore_macros.library import SHARE, may_change
from deskcore_macros.models import Macro

#: Statuses that can follow: a ticket that somebody works on never becomes new.
STATUSES = ("open", "waiting_requester", "waiting_approval", "on_hold", "resolved", "closed")
PRIORITIES = ("urgent", "high", "normal", "low")
MAX_NAME, MAX_TEXT = 100, 10_000


@dataclass(frozen=True)
class Wanted:
    """A macro as a form gives it.

    :param share: ``""`` for one's own, ``all``, or ``desk:`` and the key of a desk.
    :param assignee: ``keep``, ``me``, ``nobody``, or the address of an agent.
    :param add: tags; likewise those to ``remove``.
    """

    name: str = ""
    reply: str = ""
    note: str = ""
    status: str = ""
    priority: str = ""
    assignee: str = "keep"
    team: str = ""
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    follow: bool = False
    share: str = ""


def stored(macro: Macro) -> Wanted:
    """Return a macro as its form shows it."""
    share = "all" if macro.everyone else f"desk:{macro.desk}" if macro.desk else ""
    plain = {name: getattr(macro, name) for name in asdict(Wanted()) if name not in ("share", "add", "remove")}
    return Wanted(**plain, share=share, add=tuple(macro.add), remove=tuple(macro.remove))


def edits_of(macro: Macro | Wanted) -> tickets.Edits:
    """Return what a macro changes on a ticket."""
    assignee = {"keep": None, "me": tickets.ME, "nobody": ""}.get(macro.assignee, macro.assignee)
    return tickets.Edits(
        status=macro.status,
        priority=macro.priority,
        assignee=assignee,
        team=macro.team,
        add=tuple(macro.add),
        remove=tuple(macro.remove),
        follow=macro.follow,
        reply=macro.reply,
        note=macro.note,
        name=macro.name,
    )


def add(viewer: ViewerView, wanted: Wanted, token: str) -> Macro:
    """Keep a new macro.

    :param token: that its form brought along; sent again, nothing is made twice.
    :raises Refused: with everything to correct.
    """
    values = _checked(viewer, wanted)
    with unit_of_work() as work:
        before = work.scalar(select(Macro).where(Macro.token == token))
        if before is not None and before.owner == viewer.email:
            return before
        macro = Macro(owner=viewer.email, **values, **({"token": token} if before is None and token else {}))
        work.add(macro)
        work.flush()
        _note_sharing(None, macro)
        return macro


def change(viewer: ViewerView, token: str, wanted: Wanted, version: int) -> None:
    """Change a macro.

    :raises NotAllowed: when it is shared, and somebody else looks after it.
    :raises Refused: with everything to correct.
    :raises Conflict: when somebody changed it since it was shown.
    """
    values = _checked(viewer, wanted)
    with unit_of_work() as work:
        macro = _locked(work, viewer, token)
        if macro.version != version:
            raise Conflict(_("Somebody changed this macro meanwhile. Your text is kept below."))
        before = _shared(macro)
        if before and not values["desk"] and not values["everyone"]:
            macro.owner = viewer.email  # whoever takes it back keeps it; who wrote it first may be elsewhere
        for name, value in values.items():
            setattr(macro, name, value)
        macro.version, macro.changed_at = macro.version + 1, now()
        _note_sharing(before, macro)


def delete(viewer: ViewerView, token: str) -> str:
    """Delete a macro, and return its name."""
    with unit_of_work() as work:
        macro = _locked(work, viewer, token)
        name, before = macro.name, _shared(macro)
        work.delete(macro)
        if before:
            people.record_change("macros", before, None)
        return name


def used(token: str, count: int) -> None:
    """Count that a macro was applied to so many tickets."""
    again = sa.update(Macro).where(Macro.token == token).values(used=Macro.used + count, used_at=now())
    with unit_of_work() as work:
        work.execute(again, execution_options={"synchronize_session": False})


def _locked(work: Session, viewer: ViewerView, token: str) -> Macro:
    wanted = select(Macro).where(Macro.token == token[:24].replace("\0", "")).with_for_update()
    macro = work.scalar(wanted.execution_options(populate_existing=True))
    if macro is None or not _in_sight(viewer, macro):
        raise NotFound(_("There is no such macro."))
    if not may_change(viewer, macro):
        raise NotAllowed(_("This macro is shared, and somebody else looks after it."))
    return macro


def _in_sight(viewer: ViewerView, macro: Macro) -> bool:
    return macro.everyone or macro.desk in viewer.desks or macro.owner in people.addresses_of(viewer.email)


def _checked(viewer: ViewerView, wanted: Wanted) -> dict[str, Any]:
    """Return what is stored.

    :raises Refused: with everything to correct.
    """
    name = " ".join(wanted.name.replace("\0", "").split())
    texts = {each: getattr(wanted, each).replace("\0", "").strip() for each in ("reply", "note")}
    problems = [*_name_problems(name), *_text_problems(texts), *_choice_problems(viewer, wanted)]
    values = asdict(wanted) | texts | {"name": name, "add": list(wanted.add), "remove": list(wanted.remove)}
    share = values.pop("share")
    if not problems and not edits_of(Wanted(**values, share=share)):
        problems.append(Problem(_("Choose what it changes, or write what it says."), "reply"))
    if problems:
        raise Refused(problems)
    return values | {"everyone": share == "all", "desk": share.removeprefix("desk:") if share != "all" else ""}


def _name_problems(name: str) -> list[Problem]:
    if not name:
        return [Problem(_("Give it a name."), "name")]
    if len(name) > MAX_NAME:
        return [Problem(_("A name has at most %(count)s characters.", count=MAX_NAME), "name")]
    return []


def _text_problems(texts: dict[str, str]) -> list[Problem]:
    too_long = _("The text has at most %(count)s characters.", count=MAX_TEXT)
    return [Problem(too_long, each) for each, text in texts.items() if len(text) > MAX_TEXT]


def _choice_problems(viewer: ViewerView, wanted: Wanted) -> list[Problem]:
    problems = []
    if wanted.status and wanted.status not in STATUSES:
        problems.append(Problem(_("Choose a status from the list."), "status"))
    if wanted.priority and wanted.priority not in PRIORITIES:
        problems.append(Problem(_("Choose a priority from the list."), "priority"))
    if wanted.team and wanted.team not in teams(viewer):
        problems.append(Problem(_("Choose a team from the list."), "team"))
    if wanted.assignee not in ("keep", "me", "nobody") and people.get(wanted.assignee) is None:
        problems.append(Problem(_("Choose a person from the list."), "assignee"))
    both = sorted(set(wanted.add) & set(wanted.remove))
    if both:
        problems.append(Problem(_("A tag cannot be added and removed: %(tags)s", tags=", ".join(both)), "remove"))
    if wanted.share not in ("", "all", *(f"desk:{desk}" for desk in led(viewer))):
        problems.append(Problem(_("Share it with a desk that you lead."), "share"))
    if wanted.share == "all" and not has_permission(SHARE):
        problems.append(Problem(_("Only the lead of a desk can share it with everybody."), "share"))
    return [*problems, *_tag_problems("add", wanted.add), *_tag_problems("remove", wanted.remove)]


def _tag_problems(field: str, tags: Sequence[str]) -> list[Problem]:
    try:
        tickets.clean_tags(tags)
    except Refused as refusal:
        return [Problem(problem.message, field) for problem in refusal.problems]
    return []


def led(viewer: ViewerView) -> list[str]:
    """Return the keys of the desks that an agent leads."""
    return [desk for desk in people.desks() if viewer.desks.get(desk) == "lead"]


def teams(viewer: ViewerView) -> dict[str, str]:
    """Return the teams of an agent's desks: their names by key, with the desk where there are several."""
    desks = {key: title for key, title in people.desks().items() if key in viewer.desks}
    found: dict[str, str] = {}
    for desk, title in desks.items():
        for team in people.teams(desk):
            name = team.title.in_language(viewer.language)
            label = f"{title.in_language(viewer.language)}: {name}" if len(desks) > 1 else name
            found[team.key] = f"{found[team.key]}; {label}" if team.key in found else label
    return found


def _shared(macro: Macro) -> dict[str, str]:
    """Return what the audit log says of a macro that others use; nothing of one's own."""
    if not macro.everyone and not macro.desk:
        return {}
    return {"macro": macro.name, "shared with": "everybody" if macro.everyone else macro.desk}


def _note_sharing(before: dict[str, str] | None, macro: Macro) -> None:
    after = _shared(macro)
    if before or after:
        people.record_change("macros", before or None, after | {"version": str(macro.version)} if after else None)
