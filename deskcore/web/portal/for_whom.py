"""For whom a request is: whoever sends it, or somebody for whom that person may ask, where the service allows that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from flask import request
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, select

from deskcore.desks.catalogue import RequestTypeEntry
from deskcore.desks.fields import Found
from deskcore.desks.forms import FieldView, build_form
from deskcore.desks.schemas import validate
from deskcore.errors import Problem
from deskcore.extensions import db
from deskcore.hooks.contributions import Field, Text
from deskcore.people.assistants import named_for
from deskcore.people.models import Person
from deskcore.people.services import find_person
from deskcore.tickets.drafts import StoredDraft
from deskcore.tickets.managers import asked_for_by
from deskcore.tickets.organisation import Organisation
from deskcore.web.portal.area import field_context
from deskcore.web.viewer import current_person

#: Name of the control: no field of a form begins with an underscore. Under it a draft keeps what was written.
KEY = "_for"
#: People that the control offers while one writes; all others are found by name.
_OFFERED = 50


class AskedFor(Organisation):
    """For whom somebody may ask: nobody else is found here."""

    def __init__(self, sender: Person) -> None:
        super().__init__(sender)
        self._mine = (Person.id == sender.id) | asked_for_by(sender.id)

    def _people_where(self, *conditions: ColumnElement[bool]) -> Sequence[Found]:
        return super()._people_where(self._mine, *conditions)


@dataclass(frozen=True)
class ForWhom:
    """The question for whom a form is, as it came back or as it opens.

    :param person: for whom, once that is certain.
    :param field: the control; nothing where one asks for oneself only.
    :param others: names of people whom the control offers.
    :param problems: what there is to correct.
    """

    person: Person
    field: FieldView | None = None
    others: Sequence[str] = ()
    problems: tuple[Problem, ...] = ()


def asked(entry: RequestTypeEntry, stored: StoredDraft | None = None) -> ForWhom:
    """Return the question as the form opens, with the answer of a draft in it."""
    more: Mapping[str, str] = stored.writing.more if stored is not None and stored.writing is not None else {}
    return _question(entry, more.get(KEY, ""))


def answered(entry: RequestTypeEntry) -> ForWhom:
    """Return for whom the form is that was sent; a form without the question is for its sender."""
    return _question(entry, request.form.get(KEY, "")[:300], sent=KEY in request.form)


def kept() -> dict[str, str]:
    """Return what a draft of the form that was sent keeps of the question."""
    return {KEY: request.form[KEY][:300]} if KEY in request.form else {}


def _question(entry: RequestTypeEntry, text: str, *, sent: bool = False) -> ForWhom:
    me = current_person()
    others = _others(me) if entry.takes_for_others else ()
    if not others:
        # Whoever could ask for somebody while the form was open must not send it for the wrong person.
        meant = not sent or text.strip().casefold() in ("", "me", "ja") or me.email in text
        alone = Problem(_("This can be asked for yourself only."))
        return ForWhom(me, problems=() if meant else (alone,))
    field, context = _field(), field_context(me, AskedFor(me))
    raw = {KEY: text or None} if sent else {KEY: text} if text else {}
    answers, problems = validate((field,), raw, context) if sent else ({}, ())
    view = build_form((field,), raw, context, problems).fields[0]
    if problems and text and not view.candidates:
        wrong = Problem(
            _("You can ask for nobody of that name. Write your own name, or that of somebody you may ask for"),
            f"answers.{KEY}",
        )
        problems, view = (wrong,), replace(view, error=wrong.message)
    person = find_person(answers[KEY]) if KEY in answers else None
    return ForWhom(person or me, view, others, problems)


def _others(sender: Person) -> list[str]:
    """Return the names of people for whom somebody may ask, those who are closest first."""
    closest = sa.or_(Person.manager_id == sender.id, named_for(sender.id))
    wanted = select(Person.name).where(Person.active, asked_for_by(sender.id)).limit(_OFFERED)
    return list(db.session.scalars(wanted.order_by(closest.desc(), Person.name)))


def _field() -> Field:
    hint = _said(_("Leave your name to ask for yourself, or write the name of somebody you may ask for."))
    missing = _said(_("Write for whom it is"))
    return Field(KEY, "user", _said(_("For whom")), hint, required=True, default="me", missing=missing)


def _said(text: str) -> Text:
    # Already in the reader's language.
    return Text(text, text)
