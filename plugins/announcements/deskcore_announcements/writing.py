"""The only place where notices change: published, corrected, updated, ended; each by whoever writes for the desk."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.plugin import Conflict, NotFound, Problem, Refused, Text, now, people, tickets, unit_of_work
from deskcore_announcements import telling
from deskcore_announcements.models import KINDS, MAX_TEXT, MAX_TITLE, PUBLIC, Notice, Parent, Update
from deskcore_announcements.rights import Publisher

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
#: What is said where a ticket is solved and nobody wrote a sentence of their own.
SOLVED = Text(
    "It works again. If it does not for you, tell us.", "Działa znowu. Jeśli u\u00a0Ciebie nie, napisz do nas."
)


@dataclass(frozen=True)
class Wanted:
    """A notice as somebody wants it.

    :param starts_at: nothing for now; ``number``: of its ticket, if it has one.
    :param tell: whether the people of the desk are told of what is announced to them.
    """

    desk: str = ""
    kind: str = "problem"
    title_en: str = ""
    title_pl: str = ""
    text_en: str = ""
    text_pl: str = ""
    departments: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    counted: bool = False
    starts_at: datetime | None = None
    next_update_at: datetime | None = None
    ends_at: datetime | None = None
    number: str = ""
    tell: bool = False

    def cleaned(self) -> Wanted:
        """Return it as it is stored; what is announced to a team names no places, services or ticket."""
        cleaned = replace(
            self,
            title_en=" ".join(clean(self.title_en).split()),
            title_pl=" ".join(clean(self.title_pl).split()),
            text_en=clean(self.text_en).strip(),
            text_pl=clean(self.text_pl).strip(),
            number="".join(clean(self.number).split()).upper(),
        )
        if self.kind in PUBLIC:
            return cleaned
        return replace(cleaned, departments=(), locations=(), services=(), counted=False, number="")


def clean(text: str) -> str:
    """Return a text composed, without control characters."""
    return unicodedata.normalize("NFC", _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def publish(wanted: Wanted, who: Publisher, form_key: str, at: datetime | None = None) -> Notice:
    """Publish a notice; sent a second time, from the same form, it is the same one.

    :param at: when it was published, where that is not now.
    :raises Refused: naming each field to correct.
    """
    wanted, moment = wanted.cleaned(), at or now()
    if wanted.desk:
        who.require(wanted.desk)
    with unit_of_work() as work:
        known = work.scalar(select(Notice).where(Notice.form_key == form_key))
        if known is not None:
            who.require(known.desk)
            return known
        _check(work, wanted, moment)
        notice = Notice(form_key=form_key, author=who.email, version=1, published_at=moment, updated_at=moment)
        _describe(notice, wanted, moment)
        work.add(notice)
        work.flush()
        _tie(work, notice, wanted.number)
        if at is None:
            telling.published(notice, tell=wanted.tell)
    return notice


def save(token: str, wanted: Wanted, who: Publisher, seen: int) -> Notice:
    """Store what somebody corrected.

    :param seen: version of the notice that the correction is based on.
    :raises Conflict: when somebody else was quicker.
    :raises Refused: naming each field to correct.
    """
    wanted = wanted.cleaned()
    with unit_of_work() as work:
        notice = find(work, token, who)
        if notice.version != seen:
            raise Conflict(_("Somebody changed the notice meanwhile."), notice.version)
        who.require(wanted.desk)
        _check(work, wanted, notice.starts_at, notice)
        _describe(notice, wanted, notice.starts_at)
        _tie(work, notice, wanted.number)
        _changed(notice, now())
    return notice


def add_update(
    token: str,
    sentence: Text,
    who: Publisher,
    form_key: str,
    next_update_at: datetime | None = None,
    *,
    closing: bool = False,
    at: datetime | None = None,
) -> Notice:
    """Say how a notice goes on, or how it ended; those whom it affects are told.

    One language is enough in a hurry: the other one then says the same words.

    :param next_update_at: when the next one comes.
    :param closing: it is over.
    :param at: when it was said, where that is not now.
    :raises Refused: naming each field to correct.
    """
    english, polish, moment = clean(sentence.en).strip(), clean(sentence.pl).strip(), at or now()
    problems = list(_of_an_update(english, polish, next_update_at, moment))
    if problems:
        raise Refused(problems)
    with unit_of_work() as work:
        notice = find(work, token, who)
        same = Update.notice_id == notice.id, Update.form_key == form_key
        if work.scalar(select(Update.id).where(*same)) is not None:
            return notice
        if notice.state(moment) == "over":
            raise Refused(_("The notice is over already. Publish a new one, or open it again."))
        said = Update(notice_id=notice.id, form_key=form_key, at=moment, author=who.email, closing=closing)
        said.en, said.pl = english or polish, polish or english
        work.add(said)
        notice.last_en, notice.last_pl = said.en, said.pl
        notice.next_update_at = None if closing else next_update_at
        if closing:
            notice.resolved_at = notice.ends_at = moment
        _changed(notice, moment)
        if at is None:
            telling.updated(notice, closing=closing)
    return notice


def open_again(token: str, who: Publisher, seen: int) -> Notice:
    """Let a notice be current again that was ended too early."""
    with unit_of_work() as work:
        notice = find(work, token, who)
        if notice.version != seen:
            raise Conflict(_("Somebody changed the notice meanwhile."), notice.version)
        if notice.resolved_at is not None:
            notice.resolved_at = notice.ends_at = None
            _changed(notice, now())
    return notice


def find(work: Session, token: str, who: Publisher) -> Notice:
    """Return a notice to be changed by somebody who writes for its desk, locked."""
    wanted = select(Notice).where(Notice.token == token).with_for_update()
    notice = work.scalar(wanted.execution_options(populate_existing=True))
    if notice is None:
        raise NotFound(_("There is no such notice, or it is not for you."))
    who.require(notice.desk)
    return notice


def _changed(notice: Notice, moment: datetime) -> None:
    notice.version, notice.updated_at = notice.version + 1, moment


def _describe(notice: Notice, wanted: Wanted, started: datetime) -> None:
    for key in ("desk", "kind", "title_en", "title_pl", "text_en", "text_pl", "counted", "next_update_at", "ends_at"):
        setattr(notice, key, getattr(wanted, key))
    notice.departments, notice.locations = list(wanted.departments), list(wanted.locations)
    notice.services, notice.starts_at = list(wanted.services), wanted.starts_at or started


def _tie(work: Session, notice: Notice, number: str) -> None:
    """Tie a notice to its ticket, or to none; one that whoever asks does not see is left as it is."""
    ticket_id = work.scalar(Parent.id_of(number)) if number else None
    for parent in work.scalars(select(Parent).where(Parent.notice_id == notice.id)).all():
        if parent.ticket_id == ticket_id:
            return
        work.delete(parent)
    if ticket_id is not None:
        work.add(Parent(notice_id=notice.id, ticket_id=ticket_id))


def _check(work: Session, wanted: Wanted, started: datetime, stored: Notice | None = None) -> None:
    problems = [*_of_the_desk(wanted), *_of_the_texts(wanted), *_of_the_audience(wanted, stored)]
    problems += _of_the_moments(wanted, started, stored)
    if wanted.number and not problems and not _may_be_tied(work, wanted, stored):
        problems.append(Problem(_("Enter the number of an open ticket of this desk, such as FAC-12."), "number"))
    if problems:
        raise Refused(problems)


def _may_be_tied(work: Session, wanted: Wanted, stored: Notice | None) -> bool:
    """Tell whether a notice may name a ticket: an open one of its desk, or the one that it names already."""
    ticket_id = work.scalar(Parent.id_of(wanted.number))
    if ticket_id is None:
        return False
    mine = Parent.notice_id == (stored.id if stored is not None else None), Parent.ticket_id == ticket_id
    if work.scalar(select(Parent.id).where(*mine)) is not None:
        return True
    view = tickets.views([ticket_id]).get(ticket_id)
    return view is not None and view.desk == wanted.desk and view.status_category not in ("resolved", "closed")


def _of_the_desk(wanted: Wanted) -> Iterator[Problem]:
    desks = people.desks()
    if wanted.kind not in KINDS:
        yield Problem(_("Choose what kind of notice it is."), "kind")
    if wanted.desk not in desks:
        yield Problem(_("Choose one of your desks."), "desk")
    elif wanted.kind in PUBLIC and people.is_confidential(wanted.desk):
        yield Problem(
            _("This desk works in confidence, and everybody reads a notice. Announce it to the people of the desk."),
            "desk",
        )


def _of_the_texts(wanted: Wanted) -> Iterator[Problem]:
    for key in ("title_en", "title_pl"):
        if not getattr(wanted, key) or len(getattr(wanted, key)) > MAX_TITLE:
            yield Problem(_("Write a title of at most %(count)s characters.", count=MAX_TITLE), key)
    for key, other in (("text_en", wanted.text_pl), ("text_pl", wanted.text_en)):
        text = getattr(wanted, key)
        if len(text) > MAX_TEXT:
            yield Problem(_("Write at most %(count)s characters.", count=MAX_TEXT), key)
        elif other and not text:
            yield Problem(_("Write the text in both languages, or in none."), key)


def _of_the_audience(wanted: Wanted, stored: Notice | None) -> Iterator[Problem]:
    """Yield what there is to correct; a place or a service that is gone since may stay."""
    known = {
        "departments": people.departments() if wanted.departments else (),
        "locations": people.locations() if wanted.locations else (),
        "services": [f"{wanted.desk}/{key}" for key in people.services(wanted.desk)] if wanted.services else (),
    }
    for key, there in known.items():
        before = getattr(stored, key) if stored is not None else ()
        if set(getattr(wanted, key)) - set(there) - set(before):
            yield Problem(_("Choose from the list."), key)


def _of_the_moments(wanted: Wanted, started: datetime, stored: Notice | None) -> Iterator[Problem]:
    begins = wanted.starts_at or started
    if wanted.kind == "planned" and wanted.starts_at is None and stored is None:
        yield Problem(_("Enter when the work begins."), "starts_at")
    if wanted.kind == "planned" and wanted.ends_at is None:
        yield Problem(_("Enter when the work ends."), "ends_at")
    if wanted.ends_at is not None and wanted.ends_at <= begins:
        yield Problem(_("Enter an end that is later than the beginning."), "ends_at")
    at, known = wanted.next_update_at, stored.next_update_at if stored is not None else None
    if at is not None and at != known and at <= (now() if stored is not None else started):
        yield Problem(_("Enter a moment that is still to come."), "next_update_at")


def _of_an_update(english: str, polish: str, next_update_at: datetime | None, moment: datetime) -> Iterator[Problem]:
    if not english and not polish:
        yield Problem(_("Write a sentence in one of the languages."), "en")
    for key, text in (("en", english), ("pl", polish)):
        if len(text) > MAX_TEXT:
            yield Problem(_("Write at most %(count)s characters.", count=MAX_TEXT), key)
    if next_update_at is not None and next_update_at <= moment:
        yield Problem(_("Enter a moment that is still to come."), "next_update_at")
