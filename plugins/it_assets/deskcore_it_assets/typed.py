"""What somebody typed into a form, read value by value; everything that is to be corrected is told at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date

from flask_babel import gettext as _

from deskcore.plugin import Problem, Refused, people
from deskcore_it_assets.models import MAX_NAME, MAX_NOTES
from deskcore_it_assets.particulars import cents_of
from deskcore_it_assets.rights import Keeper

_CURRENCY = re.compile(r"[A-Z]{3}")
#: Most of anything that is counted.
MOST = 1_000_000


class Typed:
    """The texts of one form, by name."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given
        self.problems: list[Problem] = []

    def wrong(self, message: str, field: str = "") -> None:
        """Note something to correct."""
        self.problems.append(Problem(message, field))

    def require(self) -> None:
        """Refuse the form if there is anything to correct.

        :raises Refused: naming all of it.
        """
        if self.problems:
            raise Refused(self.problems)

    def text(self, key: str) -> str:
        """Return what was typed, without what surrounds it."""
        return self._given.get(key, "").strip()

    def line(self, key: str, *, required: bool = False) -> str:
        """Return one line of text."""
        found = " ".join(self.text(key).split())
        if required and not found:
            self.wrong(_("Fill this in."), key)
        if len(found) > MAX_NAME:
            self.wrong(_("Use at most %(count)s characters.", count=MAX_NAME), key)
        return found

    def notes(self, key: str = "notes") -> str:
        """Return a longer text."""
        found = self.text(key)
        if len(found) > MAX_NOTES:
            self.wrong(_("Use at most %(count)s characters.", count=MAX_NOTES), key)
        return found

    def day(self, key: str) -> date | None:
        """Return a day; nothing for an empty text."""
        try:
            return date.fromisoformat(self.text(key)) if self.text(key) else None
        except ValueError:
            self.wrong(_("Write the day like 2026-11-30."), key)
            return None

    def whole(self, key: str, least: int = 1, *, required: bool = False) -> int | None:
        """Return a whole number; nothing for an empty text."""
        text = re.sub(r"[\s\u00a0\u202f]", "", self.text(key))
        if not text and not required:
            return None
        plain = text.removeprefix("-")
        found = int(text) if plain.isascii() and plain.isdecimal() and len(plain) < 10 else None
        if found is None or not least <= found <= MOST:
            self.wrong(_("Write a whole number, at least %(least)s.", least=least), key)
        return found

    def price(self) -> tuple[int | None, str]:
        """Return the hundredths of a price and its currency; nothing for an empty text."""
        if not self.text("price"):
            return None, ""
        currency = self.text("currency").upper()
        if not _CURRENCY.fullmatch(currency):
            self.wrong(_("Write the currency in three letters, such as PLN."), "currency")
        try:
            return cents_of(self.text("price")), currency
        except ValueError as error:
            self.wrong(str(error), "price")
            return None, ""

    def choice(self, key: str, choices: Collection[str]) -> str:
        """Return one of several choices."""
        if self.text(key) not in choices:
            self.wrong(_("Choose one of these."), key)
        return self.text(key)

    def desk(self, by: Keeper) -> str:
        """Return the desk that looks after something, on which that person works.

        :raises NotAllowed: for a desk on which that person does not work.
        """
        found = self.text("desk")
        if found not in people.desks():
            self.wrong(_("Choose the desk that looks after it."), "desk")
            return ""
        by.require(found)
        return found
