"""The five answers, and what timelines say: in both languages, for they are read where nobody asks for a page."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from deskcore.plugin import Option, Text, tickets
from deskcore_satisfaction.models import HIGH, LOW, Survey

QUESTION = Text("How did we do?", "Jak nam poszło?")
#: What each rating is called, the worst first.
WORDS: Mapping[int, Text] = MappingProxyType({
    1: Text("Very bad", "Bardzo źle"),
    2: Text("Bad", "Źle"),
    3: Text("All right", "W\u00a0porządku"),
    4: Text("Good", "Dobrze"),
    5: Text("Very good", "Bardzo dobrze"),
})  # fmt: skip
#: What each rating is called in queries.
KEYS: Mapping[int, str] = MappingProxyType({1: "very_bad", 2: "bad", 3: "all_right", 4: "good", 5: "very_good"})
#: By what lists can be narrowed, and which ratings each means.
CHOICES = (
    Option("none", Text("Not rated", "Bez oceny")),
    Option("low", Text("Low", "Niska")),
    Option("high", Text("High", "Wysoka")),
    *(Option(key, WORDS[rating]) for rating, key in KEYS.items()),
)
MEANINGS = tickets.StoredValue(
    Survey.rating,
    {
        "none": (),
        "low": tuple(rating for rating in WORDS if rating <= LOW),
        "high": tuple(rating for rating in WORDS if rating >= HIGH),
        **{key: (rating,) for rating, key in KEYS.items()},
    },
)
ASKED = Text("A rating was asked for", "Wysłano prośbę o\u00a0ocenę")


def rated(rating: int, *, before: bool) -> Text:
    """Return what the timeline says of a rating.

    :param before: whether there was another one before.
    """
    word = WORDS[rating]
    if before:
        return Text(f"The rating was changed: {word.en}", f"Zmieniono ocenę: {word.pl}")
    return Text(f"Rated: {word.en}", f"Ocena: {word.pl}")


def low(rating: int) -> Text:
    """Return what the timeline says of a low rating."""
    word = WORDS[rating]
    return Text(f"Low rating: {word.en}", f"Niska ocena: {word.pl}")


def handled(name: str) -> Text:
    """Return what the timeline says when a lead has dealt with a low rating."""
    return Text(f"{name} dealt with the low rating", f"Niska ocena omówiona: {name}")
