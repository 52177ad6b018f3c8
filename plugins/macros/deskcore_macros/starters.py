"""Three macros to begin with, in the language of whoever takes them."""

from __future__ import annotations

from dataclasses import dataclass

from deskcore.plugin import Text, ViewerView
from deskcore_macros import keeping
from deskcore_macros.keeping import Wanted
from deskcore_macros.library import macros


@dataclass(frozen=True)
class Starter:
    """A macro in both languages."""

    name: Text
    reply: Text
    status: str = ""
    assignee: str = "keep"
    add: str = ""

    def wanted(self, language: str, share: str = "") -> Wanted:
        """Return it as a form would give it."""
        # As somebody would type it: in a list of names nothing has to be kept together.
        name, reply = " ".join(self.name.in_language(language).split()), self.reply.in_language(language)
        tags = (self.add,) if self.add else ()
        return Wanted(name, reply, status=self.status, assignee=self.assignee, add=tags, share=share)


STARTERS = (
    Starter(
        Text("Ask for details", "Poproś o\u00a0szczegóły"),
        Text(
            "Hello {first_name},\n\nthank you for writing. To help you with {number} we need a few details more: what "
            "did you do, what did you expect, and what happened instead? A picture of the screen often helps.\n\n{me}",
            "Dzień dobry,\n\ndziękujemy za wiadomość. Aby pomóc w\u00a0sprawie {number}, potrzebujemy kilku "
            "szczegółów: co zostało zrobione, jaki miał być wynik i\u00a0co stało się zamiast tego? Zwykle pomaga "
            "zrzut ekranu.\n\n{me}",
        ),
        status="waiting_requester",
        assignee="me",
    ),
    Starter(
        Text("Take it and say so", "Przejmij i\u00a0daj znać"),
        Text(
            "Hello {first_name},\n\nI am looking into “{subject}” and will be back to you today.\n\n{me}",
            "Dzień dobry,\n\nzajmuję się sprawą „{subject}” i\u00a0odezwę się jeszcze dziś.\n\n{me}",
        ),
        status="open",
        assignee="me",
    ),
    Starter(
        Text("Solved, to be checked", "Rozwiązane, do sprawdzenia"),
        Text(
            "Hello {first_name},\n\nit should work now. If it does not, just answer this message and {number} is open "
            "again.\n\n{me}",
            "Dzień dobry,\n\nwszystko powinno już działać. Jeśli nie, wystarczy odpowiedzieć na tę wiadomość, a\u00a0"
            "zgłoszenie {number} zostanie otwarte ponownie.\n\n{me}",
        ),
        status="resolved",
        add="checked",
    ),
)


def take(viewer: ViewerView) -> int:
    """Give an agent the starters that are not there under their names, and return how many."""
    there = {macro.name for macro in macros(viewer)}
    wanted = [starter.wanted(viewer.language) for starter in STARTERS]
    missing = [each for each in wanted if each.name not in there]
    for each in missing:
        keeping.add(viewer, each, "")
    return len(missing)
