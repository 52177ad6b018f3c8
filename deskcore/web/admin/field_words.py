"""The types of fields in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString


@dataclass(frozen=True)
class TypeWords:
    """What a type is called, and what it is for."""

    name: LazyString
    use: LazyString


TYPES: Mapping[str, TypeWords] = {
    "text": TypeWords(_l("One line of text"), _l("A name, a number of something, a short answer.")),
    "longtext": TypeWords(_l("Several lines of text"), _l("A description in somebody's own words.")),
    "select": TypeWords(_l("One of several answers"), _l("A list from which one answer is chosen.")),
    "multiselect": TypeWords(_l("Any of several answers"), _l("A list in which several answers may be ticked.")),
    "bool": TypeWords(_l("Yes or no"), _l("A box to tick, or a question.")),
    "int": TypeWords(_l("Whole number"), _l("How many, with a lowest and a highest number.")),
    "money": TypeWords(_l("Amount of money"), _l("An amount with its currency.")),
    "date": TypeWords(_l("Day"), _l("A day from the calendar.")),
    "daterange": TypeWords(_l("First and last day"), _l("A period of days.")),
    "datetime": TypeWords(_l("Day and hour"), _l("A moment.")),
    "user": TypeWords(_l("Person"), _l("Somebody of the organisation, found by name.")),
    "department": TypeWords(_l("Department"), _l("One of the departments.")),
    "location": TypeWords(_l("Location"), _l("One of the locations.")),
    "email": TypeWords(_l("E-mail address"), _l("Checked for its form.")),
    "phone": TypeWords(_l("Phone number"), _l("Digits, spaces and a plus sign.")),
    "url": TypeWords(_l("Web address"), _l("Begins with http or https.")),
    "file": TypeWords(_l("Files"), _l("Screenshots and documents.")),
    "lines": TypeWords(_l("Table"), _l("Any number of rows with the same columns.")),
}
