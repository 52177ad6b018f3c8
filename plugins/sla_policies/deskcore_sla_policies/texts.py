"""What the plugin says on timelines, in both languages: they are read in either long after they were written."""

from __future__ import annotations

from collections.abc import Mapping

from deskcore.plugin import Text
from deskcore_sla_policies.policies import Action

#: What is promised, by measure.
MEASURES: Mapping[str, Text] = {
    "first_reply": Text("First reply", "Pierwsza odpowiedź"),
    "next_reply": Text("Next reply", "Kolejna odpowiedź"),
    "resolution": Text("Solution", "Rozwiązanie"),
}
_ACTIONS: Mapping[str, Text] = {
    "notify": Text("Notifying", "Powiadomienie"),
    "raise_priority": Text("Raising the priority", "Podniesienie priorytetu"),
    "next_tier": Text("Handing over to the next tier", "Przekazanie do wyższej linii"),
    "assign": Text("Assigning the ticket", "Przypisanie zgłoszenia"),
    "tag": Text("Tagging the ticket", "Oznaczenie zgłoszenia tagiem"),
}


def warning(measure: str, percent: int) -> Text:
    """Return what is said when a part of a time is used up."""
    what = MEASURES[measure]
    return Text(
        f"{what.en}: {percent} % of the time is used up",
        f"{what.pl}: minęło {percent}\u00a0% czasu",
    )


def breached(measure: str) -> Text:
    """Return what is said when a time is over."""
    what = MEASURES[measure]
    return Text(f"{what.en}: the promised time is over", f"{what.pl}: minął obiecany czas")


def impossible(action: Action, why: str) -> Text:
    """Return what is said when something could not be done.

    :param why: what the helpdesk says, in the language of the organisation.
    """
    what = _ACTIONS[action.kind]
    return Text(f"{what.en} was not possible: {why}", f"{what.pl}: nie udało się. {why}")
