"""From a row of a file to a ticket that can be stored, or to the reason why not."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import get_locale

from deskcore.clock import now
from deskcore.desks.catalogue import DeskEntry, RequestTypeEntry
from deskcore.desks.fields import FieldContext, type_of
from deskcore.desks.schemas import validate
from deskcore.desks.subjects import shorten
from deskcore.errors import NotFound, Refused
from deskcore.hooks.contributions import PRIORITIES, Status
from deskcore.hooks.sentences import sentence
from deskcore.importing.mapping import FieldMap
from deskcore.importing.messages import BadValue, Unusable, in_both
from deskcore.importing.moments import moment
from deskcore.importing.sources import Row
from deskcore.people.former import refuse_stand_in
from deskcore.people.models import IMPORTED
from deskcore.people.services import clean_name, normalise_email
from deskcore.runtime import runtime
from deskcore.tickets.organisation import Organisation
from deskcore.tickets.texts import MAX_SUBJECT, clean_tags, clean_text
from deskcore.tickets.workflow import priority_number

#: What a column can be mapped to; ``answers.*`` stands for every field of the request type.
TARGETS = (
    "id", "subject", "description", "request_type", "priority", "status", "team", "tags",
    "requester", "requester_name", "assignee", "created_at", "resolved_at", "answers.*",
)  # fmt: skip
_SEPARATORS = re.compile(r"[,;]")


@dataclass(frozen=True)
class TicketOptions:
    """What holds for all rows of an import.

    :param request_type: key of the type for rows that name none; the desk's most popular one when left out.
    :param requester: address of whoever asks where a row names nobody.
    :param source: name of where the tickets come from; together with a row's id it tells whether it was imported.
    :param date_format: ``iso`` or a pattern; needed once a date is mapped.
    """

    desk: str
    request_type: str = ""
    requester: str = ""
    source: str = ""
    date_format: str = ""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))


@dataclass(frozen=True, slots=True)
class PreparedTicket:
    """A ticket that has passed every check which needs no lock.

    :param key: its import key.
    :param requester: normalised address; empty for the person who stands for nobody known.
    """

    line: int
    key: str
    entry: RequestTypeEntry
    subject: str
    description: str
    status: Status
    priority: int
    team_id: int | None
    tags: tuple[str, ...]
    answers: dict[str, Any]
    requester: str
    requester_name: str
    assignee: str
    created_at: datetime
    resolved_at: datetime | None


class TicketRows:
    """Prepares the rows of one import.

    :raises Refused: when options or mapping cannot be used.
    """

    def __init__(self, fields: FieldMap, options: TicketOptions) -> None:
        self._fields = fields
        self._options = options
        self.desk: DeskEntry = _known_desk(options.desk)
        self.default_type = self._default_type(options.request_type)
        self._requester = _somebody(options.requester)
        self._answered = [target.removeprefix("answers.") for target in fields.targets if target.startswith("answers.")]
        self._context = FieldContext(time_zone=options.zone, lookup=Organisation())
        if "subject" not in fields.targets and "description" not in fields.targets:
            raise Unusable(sentence("Map a column to the subject: --map subject=COLUMN"))
        if {"created_at", "resolved_at"} & fields.targets and not options.date_format:
            pattern = "%d.%m.%Y"
            raise Unusable(
                sentence("Say how dates are written: --date-format iso, or a pattern such as %(form)s", form=pattern)
            )

    def prepare(self, row: Row) -> PreparedTicket:
        """Return the ticket of a row.

        :raises BadValue: naming what is wrong with it.
        """
        try:
            return self._prepared(row)
        except Unusable as error:
            raise BadValue(error.said) from error
        except (Refused, NotFound) as error:
            # Those who check answers say at once, in one language, what is wrong: they are asked in each.
            raise BadValue(in_both(lambda: self._objection(row))) from error

    def _objection(self, row: Row) -> str:
        """Return what is wrong with a row, in the present language."""
        again = copy(self)
        again._context = replace(self._context, language=str(get_locale() or "en"))
        try:
            again._prepared(row)
        except (Refused, NotFound) as error:
            return error.message
        return ""

    def _prepared(self, row: Row) -> PreparedTicket:
        entry = self._type(self._get(row, "request_type"))
        subject, description = self._texts(row, entry)
        created_at = self._moment(row, "created_at") or now()
        status = self._status(self._get(row, "status"))
        resolved_at = self._resolved_at(row, status, created_at)
        team = self._get(row, "team") or entry.type.team
        requester = self._address(row, "requester")
        return PreparedTicket(
            line=row.line,
            key=self._key(row),
            entry=entry,
            subject=subject,
            description=description,
            status=status,
            priority=_priority(self._get(row, "priority") or entry.type.default_priority),
            team_id=self._team_id(team),
            tags=clean_tags(_SEPARATORS.split(self._get(row, "tags"))),
            answers=self._answers(row, entry) if self._answered else {},
            requester=requester or self._requester,
            requester_name=clean_name(self._get(row, "requester_name")),
            assignee=self._address(row, "assignee"),
            created_at=created_at,
            resolved_at=resolved_at,
        )

    def _get(self, row: Row, target: str) -> str:
        return self._fields.get(row.values, target)

    def _key(self, row: Row) -> str:
        """Return the import key: of the source and the row's id, or of the row's content where it has none."""
        named = self._get(row, "id") if "id" in self._fields.targets else row.values.get("id", "").strip()
        content = named or json.dumps(row.values, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(f"{self._options.source}\0{content}".encode(errors="replace")).hexdigest()

    def _texts(self, row: Row, entry: RequestTypeEntry) -> tuple[str, str]:
        """Return subject and description; a subject that is too long is kept whole in the description."""
        description = clean_text(self._get(row, "description"))
        whole = " ".join(clean_text(self._get(row, "subject")).split())
        if not whole:
            whole = next((line.strip() for line in description.splitlines() if line.strip()), "")
            return shorten(whole, MAX_SUBJECT) or entry.type.title.en, description
        subject = shorten(whole, MAX_SUBJECT)
        if subject != whole and whole not in " ".join(description.split()):
            description = clean_text(f"{whole}\n\n{description}")
        return subject, description

    def _default_type(self, key: str) -> RequestTypeEntry:
        if key:
            return self._type(key)
        offered = [entry for entry in runtime().catalogue.offered() if entry.desk.key == self.desk.key]
        if not offered:
            raise Unusable(
                sentence("The desk “%(desk)s” offers no request type; switch its plugin on.", desk=self.desk.key)
            )
        return offered[0]

    def _type(self, key: str) -> RequestTypeEntry:
        if not key:
            return self.default_type
        types = runtime().catalogue.types
        if (self.desk.key, key) not in types:
            known = ", ".join(sorted(each for desk, each in types if desk == self.desk.key))
            raise Unusable(
                sentence(
                    "The desk “%(desk)s” has no request type “%(key)s”. It has: %(known)s.",
                    desk=self.desk.key,
                    key=key[:60],
                    known=known,
                )
            )
        return types[self.desk.key, key]

    def _status(self, text: str) -> Status:
        if not text:
            return self.desk.status_of("new")
        for status in self.desk.statuses:
            if status.key == text:
                return status
        for status in self.desk.statuses:
            if status.category == text:
                return status
        known = ", ".join(status.key for status in self.desk.statuses)
        raise BadValue(
            sentence(
                "“%(value)s” is no status of the desk. Known: %(known)s; translate it with --value status.…=…",
                value=text[:60],
                known=known,
            )
        )

    def _team_id(self, key: str) -> int | None:
        team = self.desk.team(key) if key else None
        if key and team is None:
            raise BadValue(sentence("The desk has no team “%(team)s”.", team=key[:60]))
        return team.id if team else None

    def _address(self, row: Row, target: str) -> str:
        return _somebody(self._get(row, target))

    def _moment(self, row: Row, target: str) -> datetime | None:
        text = self._get(row, target)
        found = moment(text, self._options.date_format, self._options.zone) if text else None
        if found is not None and found > now():
            raise BadValue(sentence("The date “%(date)s” lies in the future.", date=text))
        return found

    def _resolved_at(self, row: Row, status: Status, created_at: datetime) -> datetime | None:
        found = self._moment(row, "resolved_at")
        if found is not None and found < created_at:
            raise BadValue(sentence("It was solved before it was opened."))
        return (found or created_at) if status.category in ("resolved", "closed") else None

    def _answers(self, row: Row, entry: RequestTypeEntry) -> dict[str, Any]:
        """Return the mapped answers; those that were never given are not asked for, as a form would."""
        fields = {each.key: each for each in entry.type.fields}
        texts = {key: text for key in self._answered if (text := self._get(row, f"answers.{key}"))}
        for key in texts:
            if key not in fields:
                raise BadValue(
                    sentence("The request type “%(type)s” has no field “%(field)s”.", type=entry.type.key, field=key)
                )
        raw = {key: type_of(fields[key]).from_text(text, fields[key], self._context) for key, text in texts.items()}
        checked, problems = validate(entry.type.fields, raw, self._context)
        for problem in problems:
            key = problem.field.removeprefix("answers.").partition(".")[0]
            if key in texts:
                raise Refused(f"{key}: {problem.message}")
        return {key: value for key, value in checked.items() if key in texts}


def _somebody(text: str) -> str:
    """Return an address in its one spelling; nothing for none, and for whoever an import names in place of nobody.

    :raises Refused: when it is none, or one that nobody can have.
    """
    address = normalise_email(text) if text else ""
    if address in ("", IMPORTED):
        return ""
    refuse_stand_in(address)
    return address


def _known_desk(key: str) -> DeskEntry:
    desks: Mapping[str, DeskEntry] = runtime().catalogue.desks
    if key not in desks:
        if not desks:
            raise Unusable(sentence("There is no desk “%(desk)s”, and no other: switch a plugin on.", desk=key))
        known = ", ".join(sorted(desks))
        raise Unusable(sentence("There is no desk “%(desk)s”. Known: %(known)s.", desk=key, known=known))
    return desks[key]


@cache
def _priority(text: str) -> int:
    if text not in PRIORITIES:
        known = ", ".join(PRIORITIES)
        raise BadValue(
            sentence(
                "“%(value)s” is no priority. Known: %(known)s; translate it with --value priority.…=…",
                value=text[:60],
                known=known,
            )
        )
    return priority_number(text)
