"""Notices of the demo organisation: late e-mail, planned work, what is solved, a word to the team."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from deskcore.plugin import Text, ViewerView, now, people, tickets
from deskcore_announcements import writing
from deskcore_announcements.affecting import affects
from deskcore_announcements.models import Notice
from deskcore_announcements.rights import Publisher
from deskcore_announcements.writing import Wanted

if TYPE_CHECKING:
    from deskcore.plugin import DemoBuilder

#: The desk that has them; without it the first one that is not confidential.
DESK = "it"
AFFECTED = 12
#: Tickets among which the one about e-mail is looked for.
_LOOKED_AT = 200


def seed(builder: DemoBuilder) -> None:
    """Publish them."""
    desk = next((key for key in (DESK, *people.desks()) if not people.is_confidential(key)), "")
    agents = builder.agents(desk) if desk else ()
    if not agents:
        return
    who = Publisher(agents[0], {desk: "lead"})
    _late_mail(builder, desk, who)
    _planned_work(desk, who)
    _solved(desk, who)
    _for_the_team(desk, who)


def _late_mail(builder: DemoBuilder, desk: str, who: Publisher) -> None:
    begun = _minutes(-80)
    wanted = Wanted(
        desk,
        "problem",
        "E-mail arrives with up to 30 min delay",
        "E-maile przychodzą z\u00a0opóźnieniem do 30 min",
        "We are looking for the cause. Nothing gets lost.",
        "Szukamy przyczyny. Nic nie ginie.",
        services=tuple(f"{desk}/{key}" for key in people.services(desk) if key == "incident"),
        counted=True,
        starts_at=begun,
        number=_about_mail(desk),
    )
    notice = writing.publish(wanted, who, "demo late mail", begun)
    # As many as there are, in an order that chance decides, the same in every demo.
    asked = [email for email in builder.people if email not in builder.agents(desk)]
    for email in builder.random.sample(asked, min(AFFECTED, len(asked))):
        _is_affected(notice, email)
    said = Text("We found the cause and are fixing it.", "Przyczyna jest znana, usuwamy ją.")
    writing.add_update(notice.token, said, who, "demo found", _half_hour_after(now()), at=_minutes(-20))


def _is_affected(notice: Notice, email: str) -> None:
    affects(notice.token, ViewerView(email, email, "portal"))


def _planned_work(desk: str, who: Publisher) -> None:
    begins = (now() + timedelta(days=3)).replace(hour=17, minute=0, second=0, microsecond=0)
    wanted = Wanted(
        desk,
        "planned",
        "The file server is replaced",
        "Wymiana serwera plików",
        "Shared folders cannot be opened meanwhile. Save your work before.",
        "Foldery wspólne będą niedostępne. Zapisz wcześniej swoją pracę.",
        starts_at=begins,
        ends_at=begins + timedelta(hours=3),
    )
    writing.publish(wanted, who, "demo file server", _minutes(-60 * 26))


def _solved(desk: str, who: Publisher) -> None:
    begun = now() - timedelta(days=6)
    wanted = Wanted(
        desk,
        "problem",
        "Wi-Fi on the second floor is down",
        "Nie działa Wi-Fi na drugim piętrze",
        "A switch failed. We are replacing it.",
        "Zepsuł się przełącznik. Wymieniamy go.",
        counted=True,
        starts_at=begun,
    )
    notice = writing.publish(wanted, who, "demo wi-fi", begun)
    over = Text("The switch was replaced. Wi-Fi works again.", "Przełącznik jest wymieniony. Wi-Fi znowu działa.")
    writing.add_update(notice.token, over, who, "demo replaced", closing=True, at=begun + timedelta(hours=2))


def _for_the_team(desk: str, who: Publisher) -> None:
    wanted = Wanted(
        desk,
        "team",
        "Laptops are handed out on Thursdays",
        "Laptopy wydajemy w\u00a0czwartki",
        "From this week on, in room 12. Please tell people when you answer them.",
        "Od tego tygodnia, w\u00a0pokoju 12. Piszcie o\u00a0tym w\u00a0odpowiedziach.",
        ends_at=now() + timedelta(days=14),
    )
    writing.publish(wanted, who, "demo laptops", _minutes(-60 * 20))


def _about_mail(desk: str) -> str:
    """Return the number of the newest open incident of the desk, of the mail service if there is one."""
    found = tickets.views(tickets.ids(limit=_LOOKED_AT, unfinished=True, newest_first=True, desk=desk))
    incidents = [ticket for ticket in reversed(list(found.values())) if ticket.request_type == "incident"]
    incidents.sort(key=lambda ticket: ticket.answers.get("service") != "mail")
    return incidents[0].number if incidents else ""


def _minutes(count: int) -> datetime:
    return now() + timedelta(minutes=count)


def _half_hour_after(moment: datetime) -> datetime:
    """Return the next full or half hour that is at least ten minutes away."""
    ahead = moment + timedelta(minutes=40)
    return ahead.replace(minute=ahead.minute // 30 * 30, second=0, microsecond=0)
