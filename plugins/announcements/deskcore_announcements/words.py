"""What the pages call things, and how notices look to those who read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from flask_babel import format_datetime, get_locale, get_timezone, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from deskcore.plugin import Text, now
from deskcore_announcements.models import Notice

STATUS = Text("Service status", "Stan usług")
NOTICES = Text("Notices", "Komunikaty")
KIND: Mapping[str, LazyString] = MappingProxyType({
    "problem": _l("Problem"),
    "planned": _l("Planned work"),
    "information": _l("Information"),
    "team": _l("For the team"),
})  # fmt: skip
ICON: Mapping[str, str] = MappingProxyType({
    "problem": "alert", "planned": "gear", "information": "info", "team": "users",
})  # fmt: skip
Tone = Literal["info", "warn", "danger"]


def language() -> str:
    """Return the language of the reader: ``"en"`` or ``"pl"``."""
    locale = get_locale()
    return locale.language if locale is not None else "en"


def tone_of(notice: Notice) -> Tone:
    """Return how a notice stands out."""
    return "warn" if notice.kind == "problem" else "info"


def people_affected(count: int) -> str:
    """Return how many people a notice affects, in a sentence."""
    return ngettext("%(num)s person is affected", "%(num)s people are affected", count)


def counted(count: int, *, mine: bool) -> str:
    """Return how many people a notice affects, and whether the reader is one of them; nothing where it is nobody."""
    if not count:
        return ""
    others = people_affected(count)
    return _("%(count)s, you too. We tell you how it goes on.", count=others) if mine else others


def moment(at: datetime) -> str:
    """Return a moment as short as it can be understood: the time alone where it is today."""
    zone = get_timezone()
    same_day = at.astimezone(zone).date() == now().astimezone(zone).date()
    return str(format_datetime(at, "H:mm" if same_day else "d MMM, H:mm"))  # type: ignore[no-untyped-call]


def next_update(notice: Notice) -> str:
    """Return when the next update comes; nothing where it is not known, or late."""
    if notice.next_update_at is None or notice.next_update_at <= now():
        return ""
    return _("Next update: %(time)s.", time=moment(notice.next_update_at))


def lasts(notice: Notice) -> str:
    """Return from when until when planned work lasts."""
    if notice.ends_at is None:
        return _("From %(time)s", time=moment(notice.starts_at))
    begins, ends = (at.astimezone(get_timezone()) for at in (notice.starts_at, notice.ends_at))
    if begins.date() == ends.date():
        return f"{moment(notice.starts_at)}–{format_datetime(notice.ends_at, 'H:mm')}"  # type: ignore[no-untyped-call]
    return f"{moment(notice.starts_at)} – {moment(notice.ends_at)}"
