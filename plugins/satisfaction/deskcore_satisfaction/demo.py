"""How the people of the demo organisation rated what was done for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from deskcore.plugin import now, people, tickets, unit_of_work
from deskcore_satisfaction.asking import planned
from deskcore_satisfaction.closings import closing_of
from deskcore_satisfaction.models import Survey
from deskcore_satisfaction.rules import Rules, why_not

if TYPE_CHECKING:
    from deskcore.plugin import DemoBuilder

_BATCH = 100
#: Of a hundred: how many answer, how many write something, and how the ratings are spread.
_ANSWER, _WRITE = 58, 45
_SPREAD: Mapping[int, int] = {5: 48, 4: 30, 3: 12, 2: 7, 1: 3}
#: What people write, in their own language.
COMMENTS: Mapping[str, Mapping[int, Sequence[str]]] = {
    "en": {
        5: ("Solved before my coffee was cold. Thank you!", "Clear, friendly, quick."),
        4: ("Good help, it only took a little long to get going.", "Works now, thanks."),
        3: ("It works, but I had to explain everything twice.", "Fine in the end."),
        2: ("I waited two days for the first answer.", "Closed although it still happens now and then."),
        1: ("Nobody told me anything for a week.",),
    },
    "pl": {
        5: ("Szybko, miło i\u00a0na temat. Dziękuję!", "Pomoc w\u00a0pięć minut, super."),
        4: ("Dobra pomoc, tylko początek trwał trochę długo.", "Działa, dziękuję."),
        3: ("Działa, ale trzeba było wyjaśniać dwa razy to samo.", "W\u00a0końcu się udało."),
        2: ("Dwa dni czekania na pierwszą odpowiedź.", "Zgłoszenie zamknięte, a\u00a0problem czasem wraca."),
        1: ("Przez tydzień żadnej wiadomości.",),
    },
}
#: What the lead noted about older low ratings.
NOTE = "Rozmowa telefoniczna z\u00a0przeprosinami; pierwsza odpowiedź trafi do przeglądu w\u00a0zespole."


def seed(builder: DemoBuilder) -> None:
    """Ask about everything that was finished and may be asked about, and let people answer as people do."""
    after, rules = 0, Rules.now()
    while ids := tickets.ids(limit=_BATCH, after=after):
        _ask_about(ids, rules, builder.random)
        after = ids[-1]


def _ask_about(ids: Sequence[int], rules: Rules, chance: Random) -> None:
    views, events = tickets.views(ids), tickets.timelines(ids)
    with unit_of_work() as work:
        for ticket_id, ticket in views.items():
            found = closing_of(ticket, events[ticket_id]) if not people.is_confidential(ticket.desk) else None
            if found is None or why_not(found[0], rules) or found[1] + rules.wait > now():
                continue
            closing, at = found
            survey = planned(ticket_id, closing, ticket.requester.email, at, at + rules.wait)
            survey.state, survey.asked_at = "asked", survey.due_at
            if chance.randrange(100) < _ANSWER:
                _answer(survey, ticket.requester.language, chance)
            work.add(survey)


def _answer(survey: Survey, language: str, chance: Random) -> None:
    hours = chance.choice((1, 2, 5, 20, 28, 50))
    at = survey.due_at + timedelta(hours=hours)
    if at > now():
        return
    rating = chance.choices(list(_SPREAD), list(_SPREAD.values()))[0]
    survey.rating, survey.rated_at, survey.version, survey.told = rating, at, 2, 2
    if survey.is_low or chance.randrange(100) < _WRITE:
        survey.comment = chance.choice(COMMENTS["pl" if language == "pl" else "en"][rating])
    if survey.is_low and at < now() - timedelta(days=7):
        leads = people.on_desk(survey.desk, "lead")
        if leads:
            survey.handled_at, survey.handled_by = at + timedelta(days=1), leads[0].email
            survey.handled_note = NOTE
