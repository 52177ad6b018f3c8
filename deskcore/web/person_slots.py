"""What plugins add to the page about a person, under the same rules as panels beside a ticket."""

from __future__ import annotations

from deskcore.runtime import runtime
from deskcore.tickets.snapshots import PersonView, ViewerView
from deskcore.web.asking import ask, rows_of
from deskcore.web.slots import PanelView
from deskcore.web.viewer import language


def person_panels(person: PersonView, viewer: ViewerView) -> list[PanelView]:
    """Return the panels that plugins have for a person.

    One without rows is left out; where one of a paused plugin was, or one that failed, a line says so.
    """
    found: list[PanelView] = []
    registry = runtime().plugins
    for item in registry.of("register_person_panels", inactive=True):
        panel, title = item.value, item.value.title.in_language(language())
        if registry.active(item.plugin):
            outcome = ask(item.plugin, f"person panel {panel.key}", rows_of(panel.rows, person, viewer))
            if outcome.value or outcome.failed:
                rows = outcome.value or ()
                found.append(PanelView(item.plugin, panel.key, title, True, rows, outcome.failed))
        elif registry.paused(item.plugin):
            found.append(PanelView(item.plugin, panel.key, title, True, paused=True))
    return found
