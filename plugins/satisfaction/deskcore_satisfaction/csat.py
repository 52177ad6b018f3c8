"""The report “Ratings”: how it went, how many answered, where, and what was said."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import format_date, format_decimal, format_percent
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select

from deskcore.plugin import Text, ViewerView, people, reports, session, tickets
from deskcore_satisfaction.models import LOW, Survey
from deskcore_satisfaction.words import WORDS

#: Where the bars have a mark: “Good” on the way from the worst to the best.
GOAL = 0.75
#: Comments that are listed, and characters of each.
LISTED, LONGEST = 100, 400
_BY: Mapping[str, Any] = {"desk": Survey.desk, "agent": Survey.agent, "service": Survey.request_type}


@dataclass
class Sum:
    """Ratings of one kind.

    :param ratings: how many there are of each.
    """

    asked: int = 0
    ratings: Counter[int] = field(default_factory=Counter)

    def add(self, rating: int | None, count: int) -> None:
        """Count so many questions with the same answer, or with none."""
        self.asked += count
        if rating is not None:
            self.ratings[rating] += count

    @property
    def count(self) -> int:
        """Return how many answered."""
        return self.ratings.total()

    @property
    def score(self) -> float | None:
        """Return the mean rating, from 1 to 5."""
        return sum(rating * count for rating, count in self.ratings.items()) / self.count if self.count else None

    @property
    def share(self) -> float | None:
        """Return how far the mean is on the way from the worst to the best."""
        return (self.score - 1) / 4 if self.score is not None else None

    @property
    def answered(self) -> float | None:
        """Return which part of those who were asked answered."""
        return self.count / self.asked if self.asked else None


#: Questions by desk, agent and request type.
Sums = Mapping[tuple[str, str, str], Sum]


def make(asked: reports.Asked, viewer: ViewerView) -> reports.Made:
    """Return the report about the tickets that were finished in a period."""
    sums, words = _sums(asked), _Words(viewer)
    everything = _total(sums)
    tables = (
        _distribution(everything, words),
        _table(sums, "desk", _("By desk"), _("Desk"), words.desk),
        _table(_own(sums, viewer), "agent", _("By agent"), _("Agent"), words.names(sums)),
        _table(sums, "service", _("By request type"), _("Request type"), words.service),
        _said(asked, words),
    )
    note = _("Tickets finished in this period. The mark in the bars stands at “Good”. Agents see their own line alone.")
    return reports.Made(tables, tuple(_figures(asked, everything)), note) if everything.asked else _nothing(tables)


def summary(asked: reports.Asked, viewer: ViewerView) -> reports.Made:
    """Return what stands on the overview: the score, how many answered, and the score of each desk."""
    sums, words = _sums(asked), _Words(viewer)
    table = _table(sums, "desk", _("Ratings by desk"), _("Desk"), words.desk)
    everything = _total(sums)
    return reports.Made((table,), tuple(_figures(asked, everything))[:2] if everything.count else ())


REPORT = reports.Report(
    key="csat",
    title=Text("Ratings", "Oceny"),
    about=Text("How did we do, by those who asked.", "Jak nam poszło, zdaniem zgłaszających."),
    make=make,
    summary=summary,
)


class _Words:
    """Names of desks, request types, ratings and people in the reader's language."""

    def __init__(self, viewer: ViewerView) -> None:
        self.viewer = viewer
        self._desks = people.desks()
        self._services = {key: title for desk in self._desks for key, title in people.services(desk).items()}

    def desk(self, key: str) -> str:
        return self._desks[key].in_language(self.viewer.language) if key in self._desks else key

    def service(self, key: str) -> str:
        return self._services[key].in_language(self.viewer.language) if key in self._services else key

    def rating(self, rating: int) -> str:
        return WORDS[rating].in_language(self.viewer.language)

    def names(self, sums: Sums) -> Callable[[str], str]:
        """Return what agents are called, read at once."""
        known = people.named({agent for _desk, agent, _type in sums if agent})
        return lambda email: known[email].name if email in known else email or _("Nobody")


def _within(asked: reports.Asked) -> list[ColumnElement[bool]]:
    """Return the conditions on the questions that a report is about."""
    conditions = [Survey.state == "asked", Survey.closed_at.between(asked.since, asked.until)]
    return [*conditions, Survey.desk == asked.desk] if asked.desk else conditions


def _sums(asked: reports.Asked) -> Sums:
    """Return all questions of the period, counted in one statement."""
    of = (*_BY.values(), Survey.rating)
    found: defaultdict[tuple[str, str, str], Sum] = defaultdict(Sum)
    for *key, rating, count in session().execute(select(*of, func.count()).where(*_within(asked)).group_by(*of)):
        found[key[0], key[1], key[2]].add(rating, count)
    return found


def _own(sums: Sums, viewer: ViewerView) -> Sums:
    """Return what a reader may see by agent: everything of desks that he leads, of others his own."""
    return {key: value for key, value in sums.items() if viewer.desks.get(key[0]) == "lead" or key[1] == viewer.email}


def _total(sums: Sums, place: int = 0, value: str = "") -> Sum:
    """Return the sum of all, or of those with a value in one place of their key."""
    total = Sum()
    for key, each in sums.items():
        if not value or key[place] == value:
            total.asked += each.asked
            total.ratings += each.ratings
    return total


def _figures(asked: reports.Asked, total: Sum) -> Iterable[reports.Figure]:
    score = _number(total.score) if total.score is not None else "–"
    yield reports.Figure(_("Score"), score, _("of 5, from %(count)s ratings", count=total.count), count=total.count)
    note = _("%(count)s of %(asked)s answered", count=total.count, asked=total.asked)
    yield reports.Figure(_("Response rate"), _percent(total.answered), note, count=total.asked)
    low = sum(total.ratings[rating] for rating in range(1, LOW + 1))
    left = select(func.count(Survey.id)).where(*_within(asked), Survey.rating <= LOW, Survey.handled_at.is_(None))
    waiting = int(session().scalar(left) or 0)
    note = _("%(count)s not dealt with", count=waiting)
    url = "/x/satisfaction/low" if waiting else ""
    yield reports.Figure(_("Low ratings"), str(low), note, url, good=False if waiting else None)


def _distribution(total: Sum, words: _Words) -> reports.Table:
    rows: list[reports.Row] = []
    for rating in sorted(WORDS, reverse=True) if total.count else ():
        count = total.ratings[rating]
        share = count / total.count
        cells = (reports.Cell(str(count), number=count), reports.Cell(_percent(share), number=round(share, 4)))
        rows.append(reports.Row(words.rating(rating), cells, share))
    columns = (_("Answer"), _("Ratings"), _("Of all"))
    nobody = _("No ratings yet; 0 of %(asked)s asked.", asked=total.asked)
    return reports.Table("answers", _("Answers"), columns, tuple(rows), empty=nobody)


def _table(sums: Sums, by: str, title: str, head: str, word: Callable[[str], str]) -> reports.Table:
    place, rows = list(_BY).index(by), []
    totals: defaultdict[str, Sum] = defaultdict(Sum)
    for key, each in sums.items():
        totals[key[place]].asked += each.asked
        totals[key[place]].ratings += each.ratings
    for value, total in sorted(totals.items(), key=lambda item: word(item[0]).casefold()):
        score = total.score
        cells = (
            reports.Cell(_number(score) if score is not None else "–", number=round(score, 2) if score else None),
            reports.Cell(str(total.count), number=total.count),
            reports.Cell(_percent(total.answered), number=round(total.answered or 0.0, 4)),
        )
        rows.append(reports.Row(word(value), cells, total.share, total.count))
    columns = (head, _("Score"), _("Ratings"), _("Response rate"))
    return reports.Table(f"by-{by}", title, columns, tuple(rows), goal=GOAL)


def _said(asked: reports.Asked, words: _Words) -> reports.Table:
    """Return what people wrote, and all low ratings, the last first."""
    telling = (Survey.comment != "") | (Survey.rating <= LOW)
    wanted = select(Survey).where(*_within(asked), Survey.rating.is_not(None), telling)
    found = session().scalars(wanted.order_by(Survey.rated_at.desc()).limit(LISTED)).all()
    known = tickets.views({survey.ticket_id for survey in found})
    rows = []
    for survey in found:
        if survey.ticket_id in known:
            ticket = known[survey.ticket_id]
            day = str(format_date(survey.rated_at, "d MMM yyyy"))  # type: ignore[no-untyped-call]
            said = (words.rating(survey.rating or 1), survey.comment[:LONGEST], day)
            cells = (*map(reports.Cell, said), _outcome(survey, ticket.number, words.viewer))
            rows.append(reports.Row(f"{ticket.number} {ticket.subject}"[:200], cells, url=_ticket(ticket.number)))
    columns = (_("Ticket"), _("Rating"), _("Comment"), _("Given on"), _("Low rating"))
    empty = _("Nobody wrote anything, and no rating was low.")
    return reports.Table("comments", _("Comments and low ratings"), columns, tuple(rows), empty=empty)


def _outcome(survey: Survey, number: str, viewer: ViewerView) -> reports.Cell:
    if not survey.is_low:
        return reports.Cell("")
    if survey.handled_at is not None:
        return reports.Cell(_("Dealt with: %(note)s", note=survey.handled_note[:LONGEST]))
    if viewer.desks.get(survey.desk) == "lead":
        return reports.Cell(_("Deal with it"), f"/x/satisfaction/low/{number}")
    return reports.Cell(_("Waits for the lead"))


def _nothing(tables: tuple[reports.Table, ...]) -> reports.Made:
    return reports.Made(
        tables, note=_("No ratings yet: nobody was asked about a ticket that was finished in this period.")
    )


def _ticket(number: str) -> str:
    return f"/agent/tickets/{number}"


def _number(value: float) -> str:
    return str(format_decimal(value, "0.0"))


def _percent(share: float | None) -> str:
    return "–" if share is None else str(format_percent(share, "#,##0%"))
