"""One plugin: what it adds, its settings, what went wrong, and what stops with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.desks.fields.cleaning import clean_text
from deskcore.desks.form_views import ErrorView
from deskcore.errors import Conflict, NotFound
from deskcore.extensions import db
from deskcore.fingerprints import check_unchanged, fingerprint
from deskcore.hooks import state
from deskcore.hooks.failures import read_failures
from deskcore.hooks.health import SHOWN, read_health
from deskcore.hooks.installation_parts import Setting
from deskcore.hooks.page_parts import ApiResource
from deskcore.hooks.registry import Registry
from deskcore.hooks.setting_values import read_settings, write_setting
from deskcore.runtime import runtime
from deskcore.web.admin.area import blueprint
from deskcore.web.admin.editing import conflict, differences
from deskcore.web.admin.plugin_kept import kept_view
from deskcore.web.admin.plugins import plugin_view
from deskcore.web.admin.request_types import Crumb
from deskcore.web.templating import page_url, toast
from deskcore.web.viewer import language
from deskcore.work import unit_of_work

#: Characters of one setting.
LONGEST = 10_000


@dataclass(frozen=True)
class SettingView:
    """A setting as the form shows it; the value of a secret is never among what it holds.

    :param stored: whether a secret has a value.
    """

    setting: Setting
    id: str
    value: str
    stored: bool
    error: str = ""


@dataclass(frozen=True)
class Added:
    """One thing that a plugin adds, and where it can be seen.

    :param spelled: its name is a key, the same in every language.
    """

    kind: str
    label: str
    url: str = ""
    spelled: bool = False


@blueprint.get("/plugins/<name>")
def plugin(name: str) -> str:
    """Show one plugin."""
    return _page(_known(name), name, {}, {})


@blueprint.post("/plugins/<name>/settings")
def plugin_settings(name: str) -> ResponseReturnValue:
    """Store the settings, or show the form again with what is wrong beside each."""
    registry = _known(name)
    held = registry.values.get(name, {})
    typed, errors, changed = dict(request.form.items()), {}, {}
    for setting in registry.settings_of(name):
        try:
            value = _value(setting, held.get(setting.key))
            registry.check_setting(name, setting.key, value)
        except ValueError as error:
            errors[setting.key] = str(error)
            continue
        if not _same(setting, value, held.get(setting.key)):
            changed[setting.key] = (value, setting.type == "secret")
    if errors:
        return _page(registry, name, typed, errors), 422
    try:
        _store(registry, name, changed)
    except Conflict as error:
        return _both(registry, name, error)
    toast(_("Saved.") if changed else _("Nothing has changed."))
    return redirect(url_for("admin.plugin", name=name), 303)


def _store(registry: Registry, name: str, changed: Mapping[str, tuple[Any, bool]]) -> None:
    """Store values, each with whether it is a secret.

    :raises Conflict: when somebody changed what the form showed.
    """
    with unit_of_work() as session:
        state.take_turns(session)
        stored = _open_values(registry, name, read_settings(session).get(name, {}))
        check_unchanged(stored, request.form.get("seen", ""), _("Somebody changed these settings meanwhile."))
        for key, (value, secret) in changed.items():
            write_setting(session, name, key, value, secret=secret)


def _open_values(registry: Registry, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values in force by key, without secrets: what the form shows, and what two can change at once."""
    return {
        setting.key: setting.default if given.get(setting.key) is None else given[setting.key]
        for setting in registry.settings_of(name)
        if setting.type != "secret"
    }


def _both(registry: Registry, name: str, error: Conflict) -> ResponseReturnValue:
    """Show what is stored now beside what was sent; a secret that was typed is not sent back."""
    stored = _open_values(registry, name, read_settings(db.session()).get(name, {}))
    labels = {setting.key: setting.label.in_language(language()) for setting in registry.settings_of(name)}
    secrets = [setting.key for setting in registry.settings_of(name) if setting.type == "secret"]
    rows = differences(
        {key: labels[key] for key in stored},
        {key: _words(value) for key, value in stored.items()},
        {key: clean_text(request.form.get(key, "")) for key in stored},
    )
    message = error.message
    if typed := [labels[key] for key in secrets if request.form.get(key)]:
        message += " " + _("Afterwards type again: %(names)s.", names=", ".join(typed))
    return conflict(message, rows, fingerprint(stored), url_for("admin.plugin", name=name), secrets)


def _same(setting: Setting, value: Any, held: Any) -> bool:
    """Tell whether a value leaves a setting as it is: one that was never given has its default."""
    if held is None and setting.type != "secret":
        return bool(value == setting.default or (not value and not setting.default))
    return bool(value == held)


def _known(name: str) -> Registry:
    """Return the snapshot of plugins.

    :raises NotFound: when no plugin of that name was ever seen.
    """
    registry = runtime().plugins
    if name not in registry.declarations and name not in registry.states:
        raise NotFound(_("There is no such plugin."))
    return registry


def _page(registry: Registry, name: str, typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    settings = [_setting_view(registry, name, setting, typed, errors) for setting in registry.settings_of(name)]
    failures = read_failures(db.session, name)
    return render_template(
        "admin/plugin.html",
        plugin=plugin_view(registry, name, failures, read_health(db.session).get(name, ())),
        days=SHOWN,
        settings=settings,
        seen=typed.get("seen") or fingerprint(_open_values(registry, name, registry.values.get(name, {}))),
        summary=[ErrorView(view.error, view.id) for view in settings if view.error],
        failed=bool(errors),
        added=_added(registry, name),
        loaded=name in registry.loaded,
        kept=kept_view(registry, name),
        crumbs=[Crumb(_("Plugins"), url_for("admin.plugins")), Crumb(name)],
    )


def _setting_view(
    registry: Registry, name: str, setting: Setting, typed: Mapping[str, str], errors: Mapping[str, str]
) -> SettingView:
    held = registry.values.get(name, {}).get(setting.key)
    value = registry.settings_for(name).get(setting.key)
    shown = typed.get(setting.key, "") if typed else _words(value)
    if setting.type == "secret":
        shown = ""
    return SettingView(setting, f"s-{setting.key}", shown, held not in (None, ""), errors.get(setting.key, ""))


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value is None else str(value)


def _value(setting: Setting, held: Any) -> Any:
    """Return what the form holds for a setting; ``None`` for its default.

    :raises ValueError: in a sentence, when it cannot be its value.
    """
    typed = clean_text(request.form.get(setting.key, "")[: LONGEST + 1])
    if len(typed) > LONGEST:
        raise ValueError(_("Write at most %(count)s characters.", count=LONGEST))
    if setting.type == "bool":
        return typed == "yes"
    if setting.type == "secret":
        # Nothing typed leaves it as it is: what is stored is never shown, so it cannot be sent back.
        return None if request.form.get(f"{setting.key}.forget") == "yes" else typed or held
    if not typed:
        return None
    if setting.type == "int":
        if not re.fullmatch(r"-?[0-9]{1,15}", typed):
            raise ValueError(_("Enter a whole number."))
        return int(typed)
    if setting.type == "select" and typed not in [option.value for option in setting.options]:
        raise ValueError(_("Choose only from the options listed."))
    return typed


def _added(registry: Registry, name: str) -> list[Added]:
    """Return what a loaded plugin adds, one line each, with the place where it can be seen."""
    spoken = language()
    found: list[Added] = []
    for hook, kind in _kinds().items():
        for item in registry.contributed.get(hook, ()):
            if item.plugin == name:
                value = item.value
                text = getattr(value, "title", None) or getattr(value, "label", None)
                label = text.in_language(spoken) if text is not None else _other_name(name, value)
                found.append(Added(kind, label, _place(hook, value), spelled=text is None))
    return found


def _kinds() -> dict[str, str]:
    return {
        "register_desks": _("Desk"),
        "register_request_types": _("Request type"),
        "register_field_types": _("Type of answer"),
        "register_nav_items": _("Menu entry"),
        "register_ticket_panels": _("Panel beside a ticket"),
        "register_person_panels": _("Panel beside a person"),
        "register_request_panels": _("Block on a request"),
        "register_ticket_pages": _("Page about a ticket"),
        "register_ticket_actions": _("Action of a ticket"),
        "register_ticket_badges": _("Badge of tickets"),
        "register_bulk_actions": _("Bulk action"),
        "register_palette_commands": _("Commands of the palette"),
        "register_composer_tools": _("Tool of the composer"),
        "register_list_columns": _("Column of lists"),
        "register_list_filters": _("Filter of lists"),
        "register_notices": _("Notices"),
        "register_waiting": _("What waits for people"),
        "register_reports": _("Report"),
        "register_search_kinds": _("What can be found"),
        "register_search_backends": _("Search index"),
        "register_permissions": _("Right"),
        "register_api_resources": _("Operation of the API"),
        "register_jobs": _("Background job"),
        "register_commands": _("Command"),
    }


def _other_name(plugin: str, value: Any) -> str:
    if isinstance(value, ApiResource):
        return f"{value.method} /api/v1/x/{plugin}{value.rule}"
    command = getattr(value, "command", None)
    return str(getattr(value, "key", "") or getattr(command, "name", ""))


def _place(hook: str, value: Any) -> str:
    if hook == "register_request_types":
        entry = runtime().catalogue.types.get((value.desk, value.key))
        return url_for("admin.service", slug=entry.slug) if entry else ""
    if hook == "register_nav_items":
        return page_url(value.endpoint)
    return ""
