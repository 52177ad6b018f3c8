"""What people can be told of, why it is they, and how they are told when they say nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from deskcore.plugin import Text

Mail = Literal["now", "daily", "never"]
Area = Literal["portal", "workspace"]


@dataclass(frozen=True)
class Way:
    """How somebody is told: in the browser, and by e-mail."""

    shown: bool
    mail: Mail


@dataclass(frozen=True)
class Event:
    """Something of which people are told.

    :param area: where its receivers read it, with the rights that they have there.
    :param title: in the table of choices.
    :param line: what happened, in a list and in a message.
    :param lead: how leads of the desk are told, where it is not as for everybody.
    :param for_leads: nobody else is ever told of it.
    """

    key: str
    area: Area
    title: LazyString
    line: Text
    icon: str
    usual: Way
    lead: Way | None = None
    for_leads: bool = False

    def usual_for(self, *, lead: bool) -> Way:
        """Return how somebody is told who chose nothing."""
        return self.lead if lead and self.lead is not None else self.usual


_BOTH, _SHOWN, _NOT = Way(True, "now"), Way(True, "never"), Way(False, "never")
#: Those that weigh most first: of several for one person, the first one is named.
EVENTS: tuple[Event, ...] = (
    Event(
        "mention", "workspace", _l("Somebody mentions me in a note"),
        Text("You are mentioned in a note", "Wzmianka o\u00a0Tobie w\u00a0notatce"), "chat", _BOTH,
    ),
    Event(
        "sla_breached", "workspace", _l("A promised time is over"),
        Text("A promised time is over", "Obiecany czas minął"), "alert", _BOTH,
    ),
    Event(
        "assigned", "workspace", _l("A ticket is assigned to me"),
        Text("Assigned to you", "Zgłoszenie przypisane Tobie"), "user", _BOTH,
    ),
    Event(
        "answer", "workspace", _l("An answer to my ticket"),
        Text("New answer", "Nowa odpowiedź"), "reply", _BOTH,
    ),
    Event(
        "rating_low", "workspace", _l("A low rating on a desk that I lead"),
        Text("Low rating", "Niska ocena"), "alert", _NOT, lead=_BOTH, for_leads=True,
    ),
    Event(
        "note", "workspace", _l("An internal note on my ticket"),
        Text("New internal note", "Nowa notatka wewnętrzna"), "pencil", _SHOWN,
    ),
    Event(
        "sla_warning", "workspace", _l("A promised time is running out"),
        Text("A promised time is running out", "Obiecany czas się kończy"), "hourglass", _SHOWN,
    ),
    Event(
        "colleague", "workspace", _l("A colleague answers on my ticket"),
        Text("A colleague answered", "Odpowiedź innego konsultanta"), "reply", _SHOWN,
    ),
    Event(
        "team", "workspace", _l("A ticket comes to my team"),
        Text("Handed over to your team", "Zgłoszenie trafiło do Twojego zespołu"), "users", _SHOWN,
    ),
    Event(
        "new", "workspace", _l("A new ticket on my desk"),
        Text("New ticket", "Nowe zgłoszenie"), "inbox", _NOT, lead=Way(False, "daily"),
    ),
    Event(
        "approval", "portal", _l("My decision is asked for"),
        Text("Your decision is asked for", "Czeka na Twoją decyzję"), "stamp", _BOTH,
    ),
    Event(
        "reply", "portal", _l("A reply to my request"),
        Text("New reply", "Nowa odpowiedź"), "reply", _BOTH,
    ),
    Event(
        "solved", "portal", _l("My request is solved"),
        Text("Solved", "Rozwiązane"), "check", _BOTH,
    ),
    Event(
        "rating_asked", "portal", _l("I am asked how it went"),
        Text("How did we do?", "Jak nam poszło?"), "star", _BOTH,
    ),
    Event(
        "opened", "portal", _l("Somebody asks for something on my behalf"),
        Text("A request was opened for you", "Nowe zgłoszenie w\u00a0Twoim imieniu"), "plus", _BOTH,
    ),
    Event(
        "added", "portal", _l("I am added to a request"),
        Text("You were added to a request", "Dodano Cię do zgłoszenia"), "users", _BOTH,
    ),
    Event(
        "notice_over", "portal", _l("A failure that affects me is over"),
        Text("It is over", "To już koniec"), "check", _BOTH,
    ),
    Event(
        "notice_update", "portal", _l("News of a failure that affects me"),
        Text("How it goes on", "Co dalej"), "bell", _BOTH,
    ),
    Event(
        "notice_new", "portal", _l("A new service notice, where I asked for them"),
        Text("New service notice", "Nowy komunikat"), "bell", _BOTH,
    ),
    Event(
        "deputy", "workspace", _l("I stand in for somebody who is away"),
        Text("Standing in", "Zastępstwo"), "users", _BOTH,
    ),
    Event(
        "team_news", "workspace", _l("Something is announced to my desk"),
        Text("Announced to your desk", "Ogłoszenie dla Twojego działu"), "users", _SHOWN,
    ),
    Event(
        "status", "portal", _l("Any other change of status"),
        Text("The status changed", "Zmiana statusu"), "refresh", _SHOWN,
    ),
)  # fmt: skip
#: By what is stored of it.
MAILS: Mapping[str, Mail] = MappingProxyType({"now": "now", "daily": "daily", "never": "never"})
BY_KEY: Mapping[str, Event] = MappingProxyType({event.key: event for event in EVENTS})

#: Why it is this person; ``{it}`` is the number of the ticket.
REASONS: Mapping[str, Text] = MappingProxyType({
    "asked": Text("because {it} is your request", "bo {it} to Twoje zgłoszenie"),
    "reporter": Text("because you sent {it} for somebody", "bo {it} to zgłoszenie wysłane przez Ciebie"),
    "follower": Text("because you follow {it}", "bo obserwujesz {it}"),
    "manager": Text("because {it} is of somebody you lead", "bo {it} to zgłoszenie osoby, którą kierujesz"),
    "approver": Text("because you decide about {it}", "bo akceptujesz {it}"),
    "assignee": Text("because {it} is assigned to you", "bo {it} jest przypisane Tobie"),
    "mention": Text("because a note on {it} names you", "bo wspomina o\u00a0Tobie notatka w\u00a0{it}"),
    "member": Text("because you were named for {it}", "bo masz imienny dostęp do {it}"),
    "team": Text("because your team has {it}", "bo {it} ma Twój zespół"),
    "lead": Text("because you lead the desk of {it}", "bo kierujesz działem, który ma {it}"),
    "agent": Text("because you work on the desk of {it}", "bo pracujesz w\u00a0dziale, który ma {it}"),
    "policy": Text("because an SLA policy names you for {it}", "bo wskazuje Cię polityka SLA dla {it}"),
})  # fmt: skip

#: Why somebody is told of what no ticket is about.
NEWS_REASONS: Mapping[str, Text] = MappingProxyType({
    "affected": Text("because you said that it affects you", "bo dotyczy to Ciebie"),
    "subscribed": Text("because you asked for new notices", "bo chcesz wiedzieć o\u00a0nowych komunikatach"),
    "colleague": Text("because you work on this desk", "bo pracujesz w\u00a0tym dziale"),
    "deputy": Text("because you are the deputy", "bo pełnisz to zastępstwo"),
})  # fmt: skip
