"""The plugins of this installation: what each adds, how it is, and the switch that turns it on or off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from deskcore.errors import NotFound
from deskcore.events.holding import held_since
from deskcore.extensions import db
from deskcore.hooks import state
from deskcore.hooks.failures import read_failures
from deskcore.hooks.health import SlotHealth, read_health, together
from deskcore.hooks.registry import Registry
from deskcore.hooks.resolution import dependants, needs
from deskcore.hooks.summaries import summary
from deskcore.runtime import runtime
from deskcore.web.admin.amounts import discreet_plugins
from deskcore.web.admin.area import blueprint
from deskcore.web.templating import toast
from deskcore.web.viewer import language
from deskcore.work import unit_of_work

_FILTERS = ("all", "on", "attention")


@dataclass(frozen=True)
class Look:
    """How a state appears."""

    icon: str
    tone: str
    word: str


@dataclass(frozen=True)
class PluginView:
    """A plugin as the page shows it.

    :param adds: what it contributes, in words.
    :param needed_by: plugins that stop working without it; those of them that are on are ``would_stop``.
    :param failures: places in which it failed, latest first.
    :param settable: it has settings.
    :param discreet: it owns a confidential desk: how often it is called would tell how much is asked there.
    """

    name: str
    version: str
    description: str
    wanted: bool
    look: Look
    reason: str
    trace: str
    paused: bool
    paused_at: datetime | None
    adds: Sequence[str]
    needs: Sequence[str]
    needed_by: Sequence[str]
    would_stop: Sequence[str]
    failures: Sequence[Mapping[str, Any]]
    health: Sequence[SlotHealth]
    discreet: bool
    settable: bool
    attention: bool
    switchable: bool

    @property
    def overall(self) -> SlotHealth:
        """How all its slots are together."""
        return together(self.health)


@blueprint.get("/plugins")
def plugins() -> str:
    """List the plugins; ``?show=on`` or ``?show=attention`` narrows the list."""
    registry = runtime().plugins
    failures: dict[str, list[Mapping[str, Any]]] = {}
    for failure in read_failures(db.session):
        failures.setdefault(failure["plugin"], []).append(failure)
    names = sorted({*registry.states, *registry.declarations})
    health = read_health(db.session)
    everything = [plugin_view(registry, name, failures.get(name, ()), health.get(name, ())) for name in names]
    chosen = request.args.get("show", "all")
    return render_template(
        "admin/plugins.html",
        plugins=_filtered(everything, chosen),
        tabs=_tabs(everything, chosen),
        installed=len(everything),
        on=sum(plugin.wanted for plugin in everything),
        stopped=[plugin for plugin in everything if plugin.attention and plugin.wanted],
        restart_needed=registry.restart_needed,
        safe_mode=registry.safe_mode,
        ignored=registry.ignored,
        held_since=held_since(db.session),
    )


@blueprint.post("/plugins/<name>")
def plugin_switch(name: str) -> ResponseReturnValue:
    """Switch a plugin on or off; every process hears of it with its next request."""
    registry = runtime().plugins
    if name not in registry.declarations and name not in registry.states:
        raise NotFound(_("There is no such plugin."))
    if request.form.get("on") == "1":
        with unit_of_work() as session:
            verdict = state.enable(session, registry.declarations, name)
        toast(_switched_on(name, verdict.state, str(verdict.reason or ""), name in registry.loaded))
    else:
        with unit_of_work() as session:
            blocked = state.disable(session, registry.declarations, name)
        toast(_switched_off(name, blocked))
    return redirect(url_for("admin.plugins"))


@blueprint.post("/plugins/<name>/resume")
def plugin_resume(name: str) -> ResponseReturnValue:
    """Try a paused plugin again, at once and in every process."""
    if not runtime().plugins.paused(name):
        raise NotFound(_("There is no such paused plugin."))
    with unit_of_work() as session:
        state.resume(session, name)
    toast(_("%(name)s is tried again.", name=name))
    return redirect(url_for("admin.plugins"))


def _switched_on(name: str, verdict: str, reason: str, loaded: bool) -> str:
    if verdict != "enabled":
        return reason
    if loaded:
        return _("%(name)s is on.", name=name)
    return _("%(name)s will be on after a restart.", name=name)


def _switched_off(name: str, blocked: Sequence[str]) -> str:
    if not blocked:
        return _("%(name)s is off. Its data stays.", name=name)
    return _("%(name)s is off, and with it: %(others)s. Their data stays.", name=name, others=", ".join(blocked))


def plugin_view(
    registry: Registry, name: str, failures: Sequence[Mapping[str, Any]], health: Sequence[SlotHealth]
) -> PluginView:
    """Return a plugin as a page shows it.

    :param failures: places in which it failed.
    :param health: how it was in the last days, by slot.
    """
    row, declaration = registry.states.get(name), registry.declarations.get(name)
    recorded, paused = row.state if row else "disabled", registry.paused(name)
    others = sorted(dependants(name, registry.declarations))
    return PluginView(
        name=name,
        version=declaration.version if declaration else row.version if row else "",
        description=summary(declaration, language()) if declaration else "",
        wanted=bool(row and row.wanted),
        look=_look(registry, name, recorded, paused),
        reason=str(row.reason) if row and row.reason else "",
        trace=row.trace if row else "",
        paused=paused,
        paused_at=(row.paused_at if row else None) or registry.breaker.opened_at(name),
        adds=_adds(registry, name),
        needs=sorted(needs(declaration, registry.declarations)) if declaration else (),
        needed_by=others,
        would_stop=[other for other in others if registry.active(other)],
        failures=failures,
        health=health,
        discreet=name in discreet_plugins(),
        settable=bool(registry.settings_of(name)),
        attention=bool(row and row.wanted) and (recorded != "enabled" or paused),
        switchable=declaration is not None and (recorded != "incompatible" or bool(row and row.wanted)),
    )


def _look(registry: Registry, name: str, recorded: str, paused: bool) -> Look:
    if paused:
        return Look("alert", "danger", _("Paused after errors"))
    if name in registry.restart_needed:
        return Look("hourglass", "you", _("Restart needed"))
    looks = {
        "enabled": Look("check", "done", _("Works")),
        "disabled": Look("pause", "closed", _("Off")),
        "blocked": Look("lock", "you", _("Waits for another plugin")),
        "incompatible": Look("alert", "danger", _("Does not fit")),
        "quarantined": Look("alert", "danger", _("Left out after an error")),
        "missing": Look("alert", "you", _("Package is gone")),
    }
    return looks[recorded]


def _adds(registry: Registry, name: str) -> list[str]:
    """Return what a loaded plugin contributes: ``1 desk``, ``15 request types``."""
    counts = {hook: sum(item.plugin == name for item in items) for hook, items in registry.contributed.items()}
    return [words for hook, count in counts.items() if count and (words := _counted(hook, count))]


def _counted(hook: str, count: int) -> str:
    words = {
        "register_desks": lambda: ngettext("%(num)s desk", "%(num)s desks", count),
        "register_request_types": lambda: ngettext("%(num)s request type", "%(num)s request types", count),
        "register_field_types": lambda: ngettext("%(num)s type of answer", "%(num)s types of answers", count),
        "register_ticket_panels": lambda: ngettext("%(num)s ticket panel", "%(num)s ticket panels", count),
        "register_person_panels": lambda: ngettext("%(num)s person panel", "%(num)s person panels", count),
        "register_request_panels": lambda: ngettext("%(num)s request panel", "%(num)s request panels", count),
        "register_ticket_pages": lambda: ngettext("%(num)s ticket page", "%(num)s ticket pages", count),
        "register_ticket_actions": lambda: ngettext("%(num)s ticket action", "%(num)s ticket actions", count),
        "register_ticket_badges": lambda: ngettext("%(num)s badge of tickets", "%(num)s badges of tickets", count),
        "register_bulk_actions": lambda: ngettext("%(num)s bulk action", "%(num)s bulk actions", count),
        "register_composer_tools": lambda: ngettext(
            "%(num)s tool of the composer", "%(num)s tools of the composer", count
        ),
        "register_list_columns": lambda: ngettext("%(num)s list column", "%(num)s list columns", count),
        "register_list_filters": lambda: ngettext("%(num)s list filter", "%(num)s list filters", count),
        "register_notices": lambda: ngettext("%(num)s place for notices", "%(num)s places for notices", count),
        "register_waiting": lambda: ngettext("%(num)s list of what waits", "%(num)s lists of what waits", count),
        "register_reports": lambda: ngettext("%(num)s report", "%(num)s reports", count),
        "register_search_kinds": lambda: ngettext(
            "%(num)s kind of what can be found", "%(num)s kinds of what can be found", count
        ),
        "register_search_backends": lambda: ngettext("%(num)s search index", "%(num)s search indexes", count),
        "register_nav_items": lambda: ngettext("%(num)s menu entry", "%(num)s menu entries", count),
        "register_settings": lambda: ngettext("%(num)s setting", "%(num)s settings", count),
        "register_permissions": lambda: ngettext("%(num)s permission", "%(num)s permissions", count),
        "register_api_resources": lambda: ngettext("%(num)s API operation", "%(num)s API operations", count),
        "register_jobs": lambda: ngettext("%(num)s job", "%(num)s jobs", count),
        "register_commands": lambda: ngettext("%(num)s command", "%(num)s commands", count),
    }
    return str(words[hook]()) if hook in words else ""


def _filtered(everything: Sequence[PluginView], chosen: str) -> list[PluginView]:
    if chosen == "on":
        return [plugin for plugin in everything if plugin.wanted]
    return [plugin for plugin in everything if plugin.attention or chosen != "attention"]


def _tabs(everything: Sequence[PluginView], chosen: str) -> list[dict[str, Any]]:
    chosen = chosen if chosen in _FILTERS else "all"
    labels = {"all": _("All"), "on": _("On"), "attention": _("Need attention")}
    return [
        {
            "label": label,
            "url": url_for("admin.plugins", show=None if name == "all" else name),
            "count": len(_filtered(everything, name)),
            "current": name == chosen,
        }
        for name, label in labels.items()
    ]
