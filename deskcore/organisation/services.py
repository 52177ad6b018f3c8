"""Reading and changing how the organisation shows itself."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore import audit
from deskcore.composing import composed
from deskcore.errors import Problem, Refused
from deskcore.extensions import db
from deskcore.fingerprints import check_unchanged
from deskcore.hooks import state
from deskcore.hooks.contributions import Text
from deskcore.organisation.colours import read_colour
from deskcore.organisation.images import check_logo
from deskcore.organisation.look import Look
from deskcore.organisation.models import LookRow
from deskcore.work import unit_of_work

SUBJECT = audit.Subject("look", "organisation")
#: Longest texts by field.
LONGEST = {"organisation": 100, "contact": 200, "notice_en": 300, "notice_pl": 300}


def read_look() -> Look:
    """Return the look as it is stored."""
    row = db.session.get(LookRow, 1, populate_existing=True)
    if row is None:
        return Look()
    return Look(
        organisation=row.organisation,
        contact=row.contact,
        notice=Text(**row.notice),
        language=row.language,
        accent=row.accent,
        logo_type=row.logo_type,
        logo_digest=row.logo_digest,
    )


def texts_of(look: Look) -> dict[str, str]:
    """Return what a form about the look holds, by field."""
    return {
        "organisation": look.organisation,
        "contact": look.contact,
        "notice_en": look.notice.en,
        "notice_pl": look.notice.pl,
        "language": look.language,
        "accent": look.accent,
    }


def change_look(values: dict[str, str], seen: str) -> None:
    """Store name, contact, notice and accent.

    :param seen: fingerprint of the texts that the form showed.
    :raises Refused: naming the fields to correct.
    :raises Conflict: when somebody changed them meanwhile.
    """
    clean = _checked(values)
    with unit_of_work() as session:
        state.raise_epoch(session)  # two who change it at once wait for one another
        before = texts_of(read_look())
        check_unchanged(before, seen, _("Somebody changed the look meanwhile."))
        was, is_now = audit.differences(before, clean)
        if not is_now:
            return
        row = _row(session)
        for key in ("organisation", "contact", "language", "accent"):
            setattr(row, key, clean[key])
        row.notice = {"en": clean["notice_en"], "pl": clean["notice_pl"]}
        session.flush()
        audit.record(session, "look.changed", SUBJECT, was, is_now)


def set_logo(content: bytes | None) -> None:
    """Store a picture as the logo, or take the logo away.

    :raises Refused: when it is no picture that may be one.
    """
    media_type = check_logo(content) if content is not None else ""
    digest = hashlib.sha256(content).hexdigest() if content is not None else ""
    with unit_of_work() as session:
        state.raise_epoch(session)
        before = read_look().logo_digest
        if before == digest:
            return
        row = _row(session)
        row.logo, row.logo_type, row.logo_digest = content, media_type, digest
        session.flush()
        audit.record(session, "look.changed", SUBJECT, {"logo": before[:12]}, {"logo": digest[:12]})


def logo() -> bytes | None:
    """Return the picture itself."""
    return db.session.scalar(select(LookRow.logo))


def _row(session: Session) -> LookRow:
    row = session.get(LookRow, 1, populate_existing=True, with_for_update=True)
    if row is None:
        row = LookRow(id=1)
        session.add(row)
        session.flush()
    return row


def _checked(values: dict[str, str]) -> dict[str, str]:
    problems: list[Problem] = []
    clean: dict[str, Any] = {}
    for key, longest in LONGEST.items():
        clean[key] = one_line(values.get(key, ""))
        if len(clean[key]) > longest:
            problems.append(Problem(_("Use at most %(count)s characters", count=longest), key))
    if bool(clean["notice_en"]) != bool(clean["notice_pl"]):
        missing = "notice_pl" if clean["notice_en"] else "notice_en"
        problems.append(Problem(_("Write the notice in both languages"), missing))
    clean["language"] = values.get("language", "") if values.get("language") in ("en", "pl") else ""
    try:
        clean["accent"] = read_colour(values.get("accent", ""))
    except Refused as refused:
        problems += refused.problems
    if problems:
        raise Refused(problems)
    return clean


def one_line(text: str) -> str:
    """Return words on one line, without characters that cannot be seen or that change the direction of others."""
    kept = (" " if unicodedata.category(char) == "Cc" else char for char in composed(text))
    return " ".join("".join(char for char in kept if unicodedata.category(char) not in ("Cf", "Cs", "Co")).split())
