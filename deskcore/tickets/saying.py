"""Lines that a plugin adds to the timeline of a ticket, and events that it announces to other plugins.

Neither is a change of the ticket: they raise no version, so that nobody who writes at that moment is held up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from deskcore.errors import NotFound
from deskcore.hooks.contributions import Text
from deskcore.runtime import runtime
from deskcore.tickets.models import Ticket
from deskcore.tickets.services.rights import require_agent
from deskcore.tickets.timeline import record
from deskcore.work import unit_of_work


def say(number: str, text: Text, *, icon: str = "stamp", public: bool = False) -> None:
    """Add a line to the timeline of a ticket.

    :param text: a whole sentence in both languages; nothing that is sensitive.
    :param public: whether those who take part see it in the portal, too.
    :raises NotFound: when whoever asks does not see such a ticket.
    """
    _say(number, {"text": {"en": text.en, "pl": text.pl}, "icon": icon}, public)


def announce(
    number: str, hook: str, text: Text, told: Mapping[str, Any], *, icon: str = "stamp", public: bool = False
) -> None:
    """Tell other plugins of something through a hook that the plugin publishes, and say it on the timeline.

    They are told as of any event: after the commit, at least once, in order for one ticket.

    :param hook: a hook among the plugin's ``HOOKS``.
    :param told: the data of the event that they are given: numbers, names and moments as text, never contents.
    :param public: whether those who take part see the line in the portal, too: only then can they be told of it.
    :raises LookupError: when no active plugin publishes such a hook.
    """
    plugins = runtime().plugins
    if hook not in plugins.published or not plugins.active(plugins.published[hook]):
        raise LookupError(f"no active plugin publishes a hook {hook}")
    _say(number, {"text": {"en": text.en, "pl": text.pl}, "icon": icon, "hook": hook, "told": dict(told)}, public)


def _say(number: str, data: Mapping[str, Any], public: bool) -> None:
    viewer = require_agent()
    with unit_of_work() as session:
        wanted = select(Ticket).where(Ticket.number == number).with_for_update(of=Ticket, key_share=True)
        ticket = session.scalar(wanted.execution_options(populate_existing=True))
        if ticket is None:
            raise NotFound(_("There is no ticket %(number)s.", number=number))
        record(session, ticket, viewer, "plugin_said", "system", data).public = public
