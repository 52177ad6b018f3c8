"""What plugins read in request types: whether a type can do without it now, and whether its tickets are held."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from deskcore.hooks.answers import unusable
from deskcore.hooks.contributions import RequestType, Section
from deskcore.hooks.freezing import frozen
from deskcore.runtime import runtime

if TYPE_CHECKING:
    from deskcore.desks.catalogue import RequestTypeEntry

#: Mistakes of a section that are told.
MOST = 10


def required_sections(request_type: RequestType) -> list[str]:
    """Return the plugins without whose section a type takes no requests."""
    return [name for name, section in request_type.sections.items() if _is_required(section)]


def missing_plugin(entry: RequestTypeEntry) -> str:
    """Return a plugin that is off and that a type cannot do without, or ``""``."""
    plugins = runtime().plugins
    wanted = required_sections(entry.type) if entry.type.sections else ()
    return next((name for name in wanted if not plugins.active(name)), "")


def faults(entry: RequestTypeEntry) -> tuple[str, ...]:
    """Return what is wrong with the sections of a type, as far as active plugins read them: sentences in English."""
    return tuple(fault for name in entry.type.sections for fault in _faults_of(entry, name))


def closed_because(entry: RequestTypeEntry) -> str:
    """Return why a type takes no requests now, in the reader's language; ``""`` when it takes them."""
    if not (entry.offered and entry.desk.enabled):
        return _("This service takes no new requests at the moment.")
    if not entry.type.sections:
        return ""
    if missing := missing_plugin(entry):
        return _("Requests of this kind need the plugin “%(plugin)s”, which is off at the moment.", plugin=missing)
    if faults(entry):
        return _("What is declared for requests of this kind has a mistake. An administrator can see it.")
    return ""


def holder_of(entry: RequestTypeEntry) -> str | None:
    """Return the plugin that holds tickets of a type until they are approved, or nothing."""
    plugins = runtime().plugins
    for name, section in entry.type.sections.items():
        declared = plugins.sections.get(name)
        if declared is not None and declared.holds and (plugins.active(name) or _is_required(section)):
            return name
    return None


def _is_required(section: Any) -> bool:
    return section.get("required", True) is not False


def _faults_of(entry: RequestTypeEntry, plugin: str) -> Sequence[str]:
    """Ask once for each version of a type, as long as the plugin answers."""
    parts = runtime()
    declared = parts.plugins.sections.get(plugin)
    if declared is None or not parts.plugins.active(plugin):
        return ()
    known, place = parts.section_faults, (parts.plugins.epoch, plugin, entry.desk.key, entry.type.key)
    if place not in known:
        for old in [each for each in known if each[0] != parts.plugins.epoch]:
            known.pop(old, None)
        # As long as before anything is stored: what is asked once closes the service when it takes too long.
        seconds = parts.plugins.breaker.limits.deadline
        asked = parts.callers.ask(plugin, "section", lambda: _checked(declared, entry.type), seconds)
        if asked.error is not None:
            return (f"The plugin {plugin} could not check it.",)
        known[place] = asked.value
    return known[place]


def _checked(declared: Section, request_type: RequestType) -> tuple[str, ...]:
    found: Any = declared.check(frozen(request_type))
    if type(found) not in (list, tuple) or not all(type(each) is str for each in found):
        raise unusable(found)
    return tuple(found[:MOST])
