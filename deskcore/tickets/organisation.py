"""What answers refer to, looked up in the database: people, departments, locations, and files just sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, select

from deskcore.alphabet import alphabetical
from deskcore.desks.fields import Found
from deskcore.errors import Refused
from deskcore.extensions import db
from deskcore.people.models import Department, Location, Person
from deskcore.people.services import normalise_email
from deskcore.tickets.conversation_models import Upload
from deskcore.tickets.sealed_files import name_for_sender

__all__ = ["Organisation"]

#: So many people or places are compared when words could mean several.
_CANDIDATES = 11
#: So many words of a name are compared.
_WORDS = 5
#: So many places make a list to choose from; beyond that one writes the name.
_CHOICES = 300
_PLACES: Mapping[str, type[Department | Location]] = {"department": Department, "location": Location}


class Organisation:
    """The lookup behind forms; what it found once it does not ask for again.

    :param person: who fills the form: the only one whose uploads it knows.
    :param files: names of files that already hang on a ticket, by token.
    """

    def __init__(self, person: Person | None = None, files: Mapping[str, str] | None = None) -> None:
        self._person_id = person.id if person else None
        self._people = {person.email: person.name} if person else {}
        self._files = dict(files or {})
        self._choices: dict[str, Sequence[Found]] = {}

    def find(self, kind: str, text: str) -> Sequence[Found]:
        """Return what ``text`` may mean; exactly one when it is certain."""
        if kind == "file":
            name = self._file(text)
            return [Found(text, name)] if name is not None else []
        if kind == "user":
            return self._find_people(text)
        return self._find_places(kind, text) if kind in _PLACES else []

    def label(self, kind: str, value: str) -> str | None:
        """Return what people read for a stored value; ``None`` when it is gone."""
        if kind == "user":
            if value not in self._people:
                self.remember_people([value])
            return self._people.get(value)
        if kind == "file":
            return self._file(value)
        return value if kind in _PLACES else None  # a place is stored by its name

    def choices(self, kind: str) -> Sequence[Found]:
        """Return all departments or locations, or nothing when there are too many for a list."""
        if kind not in _PLACES:
            return []
        if kind not in self._choices:
            model = _PLACES[kind]
            names = sorted(db.session.scalars(select(model.name).limit(_CHOICES + 1)), key=alphabetical)
            self._choices[kind] = [] if len(names) > _CHOICES else [Found(name, name) for name in names]
        return self._choices[kind]

    def remember_people(self, emails: Iterable[str]) -> None:
        """Look up the names of several people in one statement."""
        unknown = {email for email in emails if email not in self._people}
        if unknown:
            found = db.session.execute(select(Person.email, Person.name).where(Person.email.in_(unknown)))
            self._people.update(found.all())

    def _find_people(self, text: str) -> Sequence[Found]:
        exactly = self._by_address(text)
        if exactly:
            return exactly
        words = text.split()[:_WORDS]
        by_name = [Person.name.ilike(f"%{_escaped(word)}%", escape="\\") for word in words]
        found = self._people_where(*by_name) if by_name else []
        exactly = [each for each in found if each.label.casefold() == " ".join(words).casefold()]
        return exactly or found

    def _by_address(self, text: str) -> Sequence[Found]:
        if "@" not in text:
            return []
        try:
            address = normalise_email(text)
        except Refused:
            return []
        return self._people_where(Person.email == address)

    def _people_where(self, *conditions: ColumnElement[bool]) -> Sequence[Found]:
        wanted = select(Person.email, Person.name, Person.job_title).where(Person.active, *conditions)
        rows = db.session.execute(wanted.order_by(Person.name, Person.email).limit(_CANDIDATES)).all()
        self._people.update({row.email: row.name for row in rows})
        return [Found(row.email, row.name, row.job_title or row.email) for row in rows]

    def _find_places(self, kind: str, text: str) -> Sequence[Found]:
        model = _PLACES[kind]
        wanted = select(model.name).where(model.name.ilike(f"%{_escaped(text)}%", escape="\\"))
        names = db.session.scalars(wanted.order_by(model.name).limit(_CANDIDATES)).all()
        exactly = [name for name in names if name.casefold() == text.strip().casefold()]
        return [Found(name, name) for name in (exactly or names)]

    def _file(self, token: str) -> str | None:
        if token not in self._files:
            mine = select(Upload.name, Upload.sealed).where(Upload.token == token, Upload.person_id == self._person_id)
            sent = db.session.execute(mine).one_or_none()
            if sent is None:
                return None
            self._files[token] = name_for_sender(self._person_id, token, sent.name, sent.sealed)
        return self._files[token]


def _escaped(text: str) -> str:
    return text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
