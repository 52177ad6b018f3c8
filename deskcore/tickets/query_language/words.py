"""The words of the query language: English is canonical, Polish and short forms are understood as well."""

from __future__ import annotations

import re
from collections.abc import Mapping

from deskcore.alphabet import folded
from deskcore.composing import composed
from deskcore.hooks.contributions import PRIORITIES, STATUS_CATEGORIES

#: Other names of a key; each is looked up folded, so that ``dział`` and ``dzial`` are the same.
_KEYS: Mapping[str, tuple[str, ...]] = {
    "desk": ("dział", "stanowisko"),
    "status": ("stan",),
    "assignee": ("osoba", "przypisane", "konsultant", "assigned", "agent"),
    "priority": ("priorytet", "prio"),
    "due": ("termin",),
    "service": ("usługa", "rodzaj", "type"),
    "team": ("zespół",),
    "tag": ("etykieta", "znacznik", "tags"),
    "requester": ("zgłaszający", "from", "od"),
    "updated": ("zmienione", "aktualizacja"),
    "created": ("utworzone", "opened"),
    "solved": ("rozwiązane", "resolved"),
    "is": ("jest",),
    "no": ("bez",),
    "text": ("tekst", "subject", "temat"),
}
_NOBODY = ("nikt", "nobody", "brak")
_PEOPLE: Mapping[str, tuple[str, ...]] = {"me": ("ja", "mnie", "moje"), "none": _NOBODY}
_DAYS: Mapping[str, tuple[str, ...]] = {
    "today": ("dziś", "dzisiaj"),
    "tomorrow": ("jutro",),
    "yesterday": ("wczoraj",),
}
#: Other names of a value, by key.
_VALUES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "status": {
        "new": ("nowe", "nowy"),
        "open": ("w_toku", "w toku", "in_progress", "in progress", "otwarte"),
        "waiting_requester": ("waiting", "czeka", "oczekuje"),
        "waiting_approval": ("approval", "akceptacja"),
        "on_hold": ("hold", "wstrzymane"),
        "resolved": ("rozwiązane",),
        "closed": ("zamknięte",),
    },
    "priority": {
        "low": ("niski", "1"),
        "normal": ("normalny", "2"),
        "high": ("wysoki", "3"),
        "urgent": ("pilny", "pilne", "4"),
    },
    "assignee": _PEOPLE,
    "requester": {"me": _PEOPLE["me"]},
    "due": {
        **_DAYS,
        "soon": ("wkrótce",),
        "overdue": ("po_terminie", "po terminie", "late"),
        "none": _NOBODY,
    },
    "updated": _DAYS,
    "created": _DAYS,
    "solved": _DAYS,
    "is": {
        "unsolved": ("nierozwiązane", "open", "otwarte", "w_toku"),
        "solved": ("rozwiązane", "zakończone", "finished", "closed"),
        "unassigned": ("nieprzypisane",),
        "mine": ("moje",),
        "overdue": ("po_terminie", "po terminie"),
        "snoozed": ("odłożone", "uśpione"),
        "mentioned": ("wspomniane", "wzmianka"),
    },
    "no": {
        "assignee": ("osoba", "osoby", "przypisania"),
        "due": ("termin", "terminu"),
        "team": ("zespół", "zespołu"),
        "tag": ("etykieta", "etykiet"),
    },
}
#: Keys whose values are few and all known here.
CLOSED: Mapping[str, tuple[str, ...]] = {
    "priority": PRIORITIES,
    "is": tuple(_VALUES["is"]),
    "no": tuple(_VALUES["no"]),
}
#: What is short for another term.
SHORT_FOR: Mapping[tuple[str, str], tuple[str, str]] = {
    ("is", "unassigned"): ("assignee", "none"),
    ("is", "mine"): ("assignee", "me"),
    ("is", "overdue"): ("due", "overdue"),
    ("no", "assignee"): ("assignee", "none"),
    ("no", "due"): ("due", "none"),
    ("no", "team"): ("team", "none"),
    ("no", "tag"): ("tag", "none"),
}
#: Keys whose values have an order.
ORDERED = ("priority", "due", "updated", "created", "solved")
#: Keys whose values are moments.
MOMENTS = ("due", "updated", "created", "solved")
#: Keys whose values have no capital letters.
_SMALL = ("desk", "status", "service", "team", "tag", *CLOSED, *MOMENTS)
#: Keys that have one value.
SINGLE = ("is", "no", "text", *MOMENTS)


def _by_alias(words: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {folded(alias): name for name, aliases in words.items() for alias in (name, *aliases)}


_KEY_OF = _by_alias(_KEYS)
_VALUE_OF = {key: _by_alias(values) for key, values in _VALUES.items()}
#: Keys of plugins, ``x.<plugin>.<key>``: read as such whether or not the plugin is there, so that a view keeps them.
_OWN = re.compile(r"x\.[a-z][a-z0-9_]{0,59}\.[a-z][a-z0-9_.-]{0,79}")
#: Keys in the order in which they are explained.
KEYS = tuple(key for key in _KEYS if key not in ("no", "text"))
assert set(_VALUES["status"]) == set(STATUS_CATEGORIES)


def key_named(word: str) -> str:
    """Return the canonical key that a word stands for, or ``""``."""
    small = word.lower()
    return small if is_own(small) else _KEY_OF.get(folded(word), "")


def is_own(key: str) -> bool:
    """Tell whether a key is one of a plugin."""
    return _OWN.fullmatch(key) is not None


def value_named(key: str, word: str) -> str:
    """Return the canonical value that a word stands for behind a key; a word that is no alias stays as it is."""
    known = _VALUE_OF.get(key, {}).get(folded(word))
    if known is not None:
        return known
    return composed(word.lower()) if key in _SMALL or is_own(key) else word
