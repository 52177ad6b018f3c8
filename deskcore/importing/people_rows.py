"""From a row of a file to a person, or to the reason why not."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from deskcore.errors import Refused
from deskcore.hooks.sentences import sentence
from deskcore.importing.mapping import FieldMap
from deskcore.importing.messages import BadValue, Unusable
from deskcore.importing.sources import Row
from deskcore.people.former import refuse_stand_in
from deskcore.people.services import clean_name, normalise_email

#: What a column can be mapped to; a column of that name is mapped by itself.
TARGETS = (
    "email", "name", "department", "location", "manager", "title", "phone", "language", "external_id",
)  # fmt: skip
#: Columns that would give somebody rights; a file with one of them is refused.
FORBIDDEN = frozenset(
    ("role", "roles", "admin", "administrator", "is_admin", "auditor", "password", "password_hash", "grant", "grants",
     "desk", "desks", "permission", "permissions", "scopes", "token", "api_token", "secret"),
)  # fmt: skip
#: Columns of a person by target, with the characters they hold.
COLUMNS = {
    "name": ("name", 200),
    "title": ("job_title", 200),
    "phone": ("phone", 60),
    "external_id": ("external_id", 100),
}


@dataclass(frozen=True, slots=True)
class PreparedPerson:
    """Somebody as the file knows them; what it does not say is left out of ``values``.

    :param values: columns of the person.
    :param manager: address, or external id, of the manager.
    """

    line: int
    email: str
    values: Mapping[str, str]
    department: str
    location: str
    manager: str


class PeopleRows:
    """Prepares the rows of one import.

    :param email_domain: appended to an address without ``@``.
    """

    def __init__(self, fields: FieldMap, email_domain: str = "") -> None:
        self._fields = fields
        self.email_domain = email_domain.lstrip("@")

    def prepare(self, row: Row) -> PreparedPerson:
        """Return the person of a row.

        :raises BadValue: naming what is wrong with it.
        """
        try:
            email = self.address(self._get(row, "email"))
        except Refused as error:
            given = self._get(row, "email")[:80]
            raise BadValue(sentence("“%(email)s” is no e-mail address.", email=given)) from error
        values = {
            column: text for target, (column, limit) in COLUMNS.items() if (text := self._text(row, target, limit))
        }
        language = self._get(row, "language").lower()
        if language not in ("", "en", "pl"):
            raise BadValue(sentence("The language is en or pl, not “%(language)s”.", language=language[:20]))
        if language:
            values["language"] = language
        return PreparedPerson(
            line=row.line,
            email=email,
            values=values,
            department=self._text(row, "department", 200),
            location=self._text(row, "location", 200),
            manager=self._get(row, "manager"),
        )

    def address(self, text: str) -> str:
        """Return an address in its one spelling, with the domain that it may lack.

        :raises Refused: when it is none, or one that nobody can have.
        """
        address = normalise_email(
            f"{text}@{self.email_domain}" if text and "@" not in text and self.email_domain else text
        )
        refuse_stand_in(address)
        return address

    def _get(self, row: Row, target: str) -> str:
        return self._fields.get(row.values, target)

    def _text(self, row: Row, target: str, limit: int) -> str:
        text = self._get(row, target)
        if len(text) > limit:
            raise BadValue(
                sentence("The column for %(target)s has more than %(count)s characters.", target=target, count=limit)
            )
        return clean_name(text)


def check_no_rights(columns: tuple[str, ...]) -> None:
    """Refuse a file that would give somebody rights.

    :param columns: of the file; empty when it does not name them.
    :raises Refused: when a column would give rights.
    """
    forbidden = [column for column in columns if column.lower().replace(" ", "_") in FORBIDDEN]
    if forbidden:
        raise Unusable(
            sentence(
                "An import gives nobody rights or passwords: take %(columns)s out of the file. "
                "Rights are given with “deskcore user grant”, passwords with “deskcore user reset-link”.",
                columns=", ".join(forbidden),
            )
        )


def with_own_names(fields: FieldMap, columns: tuple[str, ...]) -> FieldMap:
    """Return ``fields`` with every target that is not mapped taken from the column of its own name.

    :param columns: of the file; empty when it does not name them.
    """
    by_name = {column.lower(): column for column in columns or TARGETS}
    for target in TARGETS:
        if target not in fields.targets and target in by_name:
            fields.columns[target] = (by_name[target],)
    return fields


def look_alike(email: str) -> str:
    """Return what addresses have in common that a person could take for one another."""
    local, _, domain = email.partition("@")
    plain = unicodedata.normalize("NFKD", f"{local.partition('+')[0]}@{domain}").casefold()
    return "".join(char for char in plain if not unicodedata.combining(char)).replace("ı", "i").replace("ł", "l")
