"""The catalogue of a plugin: all of it can be asked for, and it reads as well in Polish as in English."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from deskcore.hooks.contributions import Desk, RequestType, Text
from deskcore.runtime import runtime
from deskcore.testing.declared import fields, other_texts, texts
from deskcore.testing.house import House
from deskcore.testing.tickets import opened_ticket
from deskcore.tickets.snapshots import TicketView

#: Popularity from which on a form is one that many fill in, and how many answers it may ask everybody for.
_MUCH_USED, _MOST = 60, 7
_GAP = re.compile(r"\{\w+\}")
#: What is wrong with a Polish text in which it is found.
_IN_POLISH: Mapping[str, re.Pattern[str]] = {
    "has English words": re.compile(
        r"\b(?:the|you|your|what|which|when|and|or|with|for|access|select|enter|please)\b", re.IGNORECASE
    ),
    "lets a line end with a word of one letter; put a no-break space behind it": re.compile(r"(?<!\w)[aiouwz] ", re.I),
    "tells a man from a woman, and the reader may be either": re.compile(r"\w+(?:łeś|łaś|łem|łam)\b", re.IGNORECASE),
    "writes “you” with a small letter": re.compile(r"\b(?:ciebie|ty|twój|twoje|twojego|twoim)\b"),
    "has quotation marks of another language": re.compile(r"[\"“‟]"),
    "shouts": re.compile(r"!$"),
}
_POLISH_LETTERS = re.compile("[ąćęłńóśźż]", re.IGNORECASE)


class Catalogue:
    """What the plugin under test lets people ask for.

    :ivar types: its request types, those on desks of other plugins included.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        with house.app.app_context():
            plugins, known = runtime().plugins, runtime().catalogue.desks
            self._desks: Sequence[Desk] = [it.value for it in plugins.desks if it.plugin == house.plugin]
            self.types: Sequence[RequestType] = [it.value for it in plugins.request_types if it.plugin == house.plugin]
            self._open = [each for each in self.types if each.desk in known]
            panels = [it.value for it in plugins.panels if it.plugin == house.plugin]
            self._other = [
                text for desk in self._desks for text in other_texts(desk, panels, plugins.settings_of(house.plugin))
            ]

    def ask(self, **answers: Mapping[str, Any]) -> list[TicketView]:
        """Ask once for everything, and return the tickets; what belongs to a desk that is not here is left out.

        :param answers: by the key of a request type, where the kit finds none that fit one another.
        :raises Refused: when a form, or a plugin, does not accept what is asked.
        """
        return [opened_ticket(self._house, each.key, answers.get(each.key), desk=each.desk) for each in self._open]

    def check(self, names: Sequence[str] = ()) -> None:
        """Fail with all faults: something that a form needs is missing, or a text is not as it should be.

        :param names: proper names, which are the same in both languages.
        """
        same = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in names) or r"(?!)")
        faults = [*self._of_types(), *(fault for text in self._texts() for fault in _of_text(text, same))]
        assert not faults, "The catalogue is not finished:\n" + "\n".join(faults)

    def _of_types(self) -> Iterator[str]:
        for each in self.types:
            yield from (f"{each.key}: {fault}." for fault in self._of_type(each))

    def _of_type(self, given: RequestType) -> Iterator[str]:
        desk = next((desk for desk in self._desks if desk.key == given.desk), None)
        if desk is not None and given.team not in {team.key for team in desk.teams}:
            yield "it names no team of its desk"
        if given.group is None or not given.typical_minutes:
            yield "it names no group, or no usual time"
        if [each for each in self.types if (each.desk, each.order) == (given.desk, given.order)] != [given]:
            yield "another one has the same order"
        needed = [field for field in fields(given) if field.required and field.default is None]
        asked = [field for field in needed if field in given.fields and field.show_if is None]
        if given.popularity >= _MUCH_USED and len(asked) > _MOST:
            yield f"it asks everybody for {len(asked)} answers; {_MOST} are as many as people give"
        for field in needed:
            if field.missing is None:
                yield f"nothing says what to do when “{field.key}” is left empty"

    def _texts(self) -> Iterator[Text]:
        for each in self.types:
            yield from texts(each)
        yield from self._other


def _of_text(text: Text, names: re.Pattern[str]) -> Iterator[str]:
    polish, english = (names.sub("", _GAP.sub("", each)) for each in (text.pl, text.en))
    for fault, pattern in _IN_POLISH.items():
        if pattern.search(polish):
            yield f"“{text.pl}” {fault}."
    if _POLISH_LETTERS.search(english):
        yield f"“{text.en}” has Polish letters."
