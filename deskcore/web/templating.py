"""What every template may use: filters, globals and the toast with an undo."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from flask import Flask, flash, g, has_app_context, url_for
from flask_babel import get_locale, get_timezone
from jinja2 import pass_context
from jinja2.runtime import Context, Macro
from markupsafe import Markup
from werkzeug.routing import BuildError

from deskcore import clock
from deskcore.hooks.contributions import Text
from deskcore.runtime import runtime
from deskcore.web import assets, commands, formatting, vocabulary
from deskcore.web.calls import PageContext
from deskcore.web.markdown import markdown
from deskcore.web.paragraphs import paragraphs


def init_app(app: Flask) -> None:
    """Register filters and globals on ``app``; Flask-Babel is initialised by the caller."""
    assets.init_app(app)
    app.jinja_env.context_class = PageContext
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update({name: _per_reader(function) for name, function in _FILTERS.items()})
    app.jinja_env.filters.update(initials=formatting.initials, avatar_tone=formatting.avatar_tone)
    app.jinja_env.globals.update(
        page_url=page_url,
        portal_word=portal_word,
        language=language,
        live_words=lambda: formatting.live_words(language()),
        status_look=vocabulary.status_look,
        priority_look=vocabulary.priority_look,
        sla_look=vocabulary.sla_look,
        # The usual keys; the workspace knows those of its reader.
        pressed=lambda key: commands.pressed(key, commands.USUAL),
        key_map=lambda: commands.key_map(commands.USUAL),
        key_label=commands.label,
        remembered=Remembered(),
    )


def language() -> str:
    """Return the language of the page that is being rendered: ``"en"`` or ``"pl"``."""
    locale = get_locale()
    return locale.language if locale is not None else "en"


def time_zone() -> tzinfo:
    """Return the reader's time zone; UTC where nobody reads."""
    return get_timezone() or UTC


def text(value: Text | str | None) -> str:
    """Return ``value`` in the page's language; plain strings pass through, nothing becomes ``""``."""
    if isinstance(value, Text):
        return value.in_language(language())
    return "" if value is None else value


def portal_word(desk_id: int, status: str) -> str:
    """Return what a desk calls one of its statuses on the portal, or ``""`` where it has the usual words."""
    desk = next((desk for desk in runtime().catalogue.desks.values() if desk.id == desk_id), None)
    found = next((each.portal for each in desk.worn if each.key == status), None) if desk else None
    return found.in_language(language()) if found else ""


def when(moment: datetime | None, short: bool = False) -> formatting.When | str:
    """Return ``moment`` as the reader sees it now; nothing for no moment.

    :param short: for a column: a weekday is abbreviated.
    """
    if moment is None:
        return ""
    zone, spoken = _reader()
    return formatting.when(moment, clock.now(), zone, spoken, short)


def _reader() -> tuple[tzinfo, str]:
    """Return zone and language of the reader, asked once a request: a page shows a hundred moments."""
    locale = get_locale()
    known: tuple[Any, tzinfo, str] | None = g.get("reader") if has_app_context() else None
    if known is None or known[0] is not locale:
        known = (locale, time_zone(), language())
        if has_app_context():
            g.reader = known
    return known[1], known[2]


def clock_time(moment: datetime) -> str:
    """Return hours and minutes of ``moment`` in the reader's time zone."""
    return formatting.clock_time(moment, time_zone())


def size(count: int) -> str:
    """Return a number of bytes for people."""
    return formatting.size(count, language())


def number(value: float) -> str:
    """Return ``value`` with the marks of the page's language."""
    return formatting.number(value, language())


def usually(minutes: int) -> str:
    """Return the promise of a service from its typical working minutes."""
    return formatting.usually(minutes, language())


def working_time(minutes: int) -> str:
    """Return a length of working time in words."""
    return formatting.working_time(minutes, language())


def nbsp(value: str | Markup) -> str:
    """Return ``value`` with one-letter Polish words bound to the next word, on Polish pages only."""
    return formatting.bind_one_letter_words(value) if language() == "pl" else value


def page_url(endpoint: str, **values: Any) -> str:
    """Return the address of ``endpoint``, or ``""`` where this installation has no such page."""
    try:
        return url_for(endpoint, **values)
    except BuildError:
        return ""


def toast(message: str, undo_url: str = "") -> None:
    """Show ``message`` on the next page.

    :param undo_url: where a POST takes back what was just done; offered for 10 seconds.
    """
    # The session stores any JSON; only the stub of flash() knows nothing but strings.
    flash({"text": str(message), "undo_url": undo_url}, "toast")  # type: ignore[arg-type]


class Remembered:
    """Markup of pure macros, rendered once for each language: a list repeats the same few badges in every row."""

    #: Beyond this it forgets everything: names of people are among the arguments.
    LIMIT = 5000

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], Markup] = {}

    def __call__(self, spoken: str, macro: Macro, *arguments: Any) -> Markup:
        """Return what ``macro`` renders.

        :param spoken: language of the page, asked once for all rows.
        :param macro: one whose result depends on nothing but the language and its arguments.
        """
        key = (spoken, macro.name, arguments)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= self.LIMIT:
                self._known = {}
            known = self._known[key] = Markup(macro(*arguments))  # noqa: S704  (a macro has escaped its arguments)
        return known


def last_day(ends_at: datetime) -> str:
    """Return the last day of something that is over at a moment, which is mostly the midnight after it."""
    return first_day(ends_at - timedelta(minutes=1))


def first_day(moment: datetime) -> str:
    """Return the day of a moment as the reader sees it."""
    return formatting.day(moment, clock.now(), time_zone(), language())


_FILTERS: dict[str, Callable[[Any], Any]] = {
    "first_day": first_day,
    "last_day": last_day,
    "text": text,
    "when": when,
    "clock_time": clock_time,
    "size": size,
    "number": number,
    "usually": usually,
    "working_time": working_time,
    "nbsp": nbsp,
    "paragraphs": paragraphs,
    "markdown": markdown,
}


def _per_reader(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``function`` as a filter that is asked each time.

    Jinja computes a plain filter over a constant once, while compiling: the first reader's language would
    stay in the template for everybody.
    """

    def filtered(context: Context, value: Any, **named: Any) -> Any:
        return function(value, **named)

    return pass_context(filtered)
