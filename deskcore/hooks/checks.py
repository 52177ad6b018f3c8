"""Checks of what plugins contribute: the right types, complete texts, and no clash with another plugin."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from cronsim import CronSim, CronSimError

from deskcore.clock import now
from deskcore.hooks.blueprint_checks import check_blueprint
from deskcore.hooks.contributions import STATUS_CATEGORIES, Desk, FieldType, RequestType, Section, Text
from deskcore.hooks.errors import BadContribution
from deskcore.hooks.field_checks import check_fields
from deskcore.hooks.filter_checks import check_filter
from deskcore.hooks.installation_parts import Command, Demo, Invariant, Job, Permission, Setting
from deskcore.hooks.page_parts import (
    ApiResource,
    ListColumn,
    ListFilter,
    MessageLinks,
    NavItem,
    NoticeBoard,
    PersonPanel,
    PluginBlueprint,
    RequestPanel,
    TicketAction,
    TicketPage,
    TicketPanel,
    WaitingList,
)
from deskcore.hooks.report_checks import check_report
from deskcore.hooks.reporting import Report
from deskcore.hooks.resource_checks import check_resource
from deskcore.hooks.searching import Backend, Kind
from deskcore.hooks.sentences import Sentence, sentence
from deskcore.hooks.slot_limits import check_limits
from deskcore.hooks.ticket_page_checks import check_ticket_page
from deskcore.hooks.work_parts import BulkAction, ComposerTool, PaletteCommands, TicketBadges

#: What each ``register_*`` hook returns a list of.
CONTRIBUTED: dict[str, type[Any]] = {
    "register_settings": Setting,
    "register_permissions": Permission,
    "register_desks": Desk,
    "register_request_types": RequestType,
    "register_field_types": FieldType,
    "register_nav_items": NavItem,
    "register_ticket_panels": TicketPanel,
    "register_person_panels": PersonPanel,
    "register_request_panels": RequestPanel,
    "register_message_links": MessageLinks,
    "register_ticket_pages": TicketPage,
    "register_ticket_actions": TicketAction,
    "register_ticket_badges": TicketBadges,
    "register_bulk_actions": BulkAction,
    "register_palette_commands": PaletteCommands,
    "register_composer_tools": ComposerTool,
    "register_list_columns": ListColumn,
    "register_list_filters": ListFilter,
    "register_sections": Section,
    "register_waiting": WaitingList,
    "register_notices": NoticeBoard,
    "register_reports": Report,
    "register_search_kinds": Kind,
    "register_search_backends": Backend,
    "register_blueprints": PluginBlueprint,
    "register_api_resources": ApiResource,
    "register_jobs": Job,
    "register_commands": Command,
    "register_invariants": Invariant,
    "register_demo": Demo,
}
#: By hook, the contributions of one plugin.
Contributions = Mapping[str, tuple[Any, ...]]

_KEY = re.compile(r"[a-z][a-z0-9_.-]{0,79}")
_PREFIX = re.compile(r"[A-Z]{2,5}")

#: What may exist only once in the installation, by hook: what tells two contributions apart.
_UNIQUE: dict[str, Callable[[str, Any], tuple[str, ...]]] = {
    "register_settings": lambda plugin, it: (f"{plugin}: {it.key}",),
    "register_permissions": lambda plugin, it: (it.key,),
    "register_desks": lambda plugin, it: (it.key, it.prefix),
    "register_request_types": lambda plugin, it: (it.key,),
    "register_field_types": lambda plugin, it: (it.key,),
    "register_nav_items": lambda plugin, it: (f"{it.area}: {it.endpoint}",),
    "register_ticket_panels": lambda plugin, it: (it.key,),
    "register_person_panels": lambda plugin, it: (it.key,),
    "register_request_panels": lambda plugin, it: (it.key,),
    "register_message_links": lambda plugin, it: (it.hook,),
    "register_ticket_pages": lambda plugin, it: (it.key,),
    "register_ticket_actions": lambda plugin, it: (it.key,),
    "register_ticket_badges": lambda plugin, it: (f"{plugin}: {it.key}",),
    "register_bulk_actions": lambda plugin, it: (f"{plugin}: {it.key}",),
    "register_palette_commands": lambda plugin, it: (f"{plugin}: {it.key}",),
    "register_composer_tools": lambda plugin, it: (f"{plugin}: {it.key}",),
    "register_list_columns": lambda plugin, it: (it.key,),
    "register_list_filters": lambda plugin, it: (f"{plugin}: {it.key}",),
    "register_sections": lambda plugin, it: (plugin,),
    "register_waiting": lambda plugin, it: (it.key,),
    "register_notices": lambda plugin, it: (it.key,),
    "register_reports": lambda plugin, it: (it.key,),
    "register_search_kinds": lambda plugin, it: (it.key,),
    "register_search_backends": lambda plugin, it: (it.key,),
    "register_blueprints": lambda plugin, it: (it.blueprint.name, *([it.claims] if it.claims else [])),
    "register_api_resources": lambda plugin, it: (it.key, f"{plugin}: {it.method} {it.rule}"),
    "register_jobs": lambda plugin, it: (it.key,),
    "register_commands": lambda plugin, it: (f"{it.under or plugin} {it.command.name}",),
    "register_invariants": lambda plugin, it: (f"{plugin}: {it.key}",),
}


def check_type(hook: str, values: Any) -> tuple[Any, ...]:
    """Return what ``hook`` gave as a tuple.

    :raises BadContribution: when it is not a list or tuple of what the hook is for.
    """
    wanted = CONTRIBUTED[hook]
    if values is None:
        return ()
    if inspect.iscoroutine(values):
        values.close()  # nobody will await it
    if type(values) not in (list, tuple):
        raise BadContribution(sentence(
            "Its %(hook)s returns %(type)s; it must return a list of %(wanted)s.",
            hook=hook, type=type(values).__name__, wanted=wanted.__name__,
        ))  # fmt: skip
    for value in values:
        if type(value) is not wanted:
            raise BadContribution(sentence(
                "Its %(hook)s returns a list that holds %(type)s; it may hold %(wanted)s only.",
                hook=hook, type=type(value).__name__, wanted=wanted.__name__,
            ))  # fmt: skip
    return tuple(values)


def check_content(plugin: str, contributions: Contributions) -> None:
    """Check what can be judged without looking at other plugins: keys, prefixes, texts in both languages.

    :raises BadContribution: naming the first thing to correct.
    """
    for hook, values in contributions.items():
        for value in values:
            _check_key(hook, value)
            if not all(text.en.strip() and text.pl.strip() for text in _texts(value)):
                raise BadContribution(sentence(
                    "“%(what)s” of its %(hook)s lacks a text in English or Polish; give both.",
                    what=_key(value), hook=hook,
                ))  # fmt: skip
    for permission in contributions.get("register_permissions", ()):
        if not permission.key.startswith(f"{plugin}."):
            raise BadContribution(sentence(
                "Its permission “%(key)s” must begin with “%(plugin)s.”; rename it.", key=permission.key, plugin=plugin
            ))  # fmt: skip
    for it in contributions.get("register_api_resources", ()):
        check_resource(plugin, it)
    _check_permissions_asked_for(contributions)
    for desk in contributions.get("register_desks", ()):
        _check_desk(desk)
    for job in contributions.get("register_jobs", ()):
        _check_schedule(job)
    for it in contributions.get("register_list_filters", ()):
        check_filter(plugin, it, contributions.get("register_request_types", ()))
    for it in contributions.get("register_ticket_pages", ()):
        check_ticket_page(plugin, it)
    for it in contributions.get("register_reports", ()):
        check_report(it)
    for it in contributions.get("register_ticket_actions", ()):
        _check_action(it)
    check_limits(contributions)
    for hook, values in contributions.items():
        for value in values:
            check_fields(hook, value)
    for it in contributions.get("register_blueprints", ()):
        check_blueprint(plugin, it)


def first_clash(plugins: Mapping[str, Contributions]) -> tuple[str, Sentence] | None:
    """Return the first plugin that adds what one before it adds already, and a sentence naming both."""
    taken: dict[tuple[str, str], str] = {}
    for plugin in plugins:
        for hook, key in _identities(plugin, plugins[plugin]):
            owner = taken.get((hook, key))
            if owner is not None:
                return plugin, sentence(
                    "Plugin “%(plugin)s” adds “%(key)s” in %(hook)s, which plugin “%(owner)s” adds already; "
                    "rename one of the two.",
                    plugin=plugin, hook=hook, key=key, owner=owner,
                )  # fmt: skip
            taken[hook, key] = plugin
    return None


def owner_of(table: str, plugins: Mapping[str, Any] | set[str]) -> str | None:
    """Return the plugin whose prefix ``table`` carries; the longest one, or ``None`` for a table of the core."""
    owners = [plugin for plugin in plugins if table.startswith(f"{plugin}_")]
    return max(owners, key=len, default=None)


def _identities(plugin: str, contributions: Contributions) -> Iterator[tuple[str, str]]:
    for hook, identities in _UNIQUE.items():
        for value in contributions.get(hook, ()):
            yield from ((hook, key) for key in identities(plugin, value))


def _check_key(hook: str, value: Any) -> None:
    key = getattr(value, "key", "x")
    if type(key) is not str or not _KEY.fullmatch(key):
        raise BadContribution(sentence(
            "“%(key)s” of its %(hook)s must be lower-case letters, digits, dots, dashes and underscores; rename it.",
            key=_key(value), hook=hook,
        ))  # fmt: skip


def _check_permissions_asked_for(contributions: Contributions) -> None:
    there = {permission.key for permission in contributions.get("register_permissions", ())}
    for hook in ("register_nav_items", "register_api_resources", "register_reports"):
        for it in contributions.get(hook, ()):
            if it.permission and it.permission not in there:
                raise BadContribution(sentence(
                    "Its %(hook)s asks for the permission “%(key)s”, which its register_permissions does not add; "
                    "add it there.", hook=hook, key=it.permission,
                ))  # fmt: skip


def _check_desk(desk: Desk) -> None:
    if type(desk.prefix) is not str or not _PREFIX.fullmatch(desk.prefix):
        raise BadContribution(sentence(
            "The ticket prefix of its desk “%(desk)s” must be two to five capital letters; change it.", desk=desk.key
        ))  # fmt: skip
    for status in desk.statuses:
        if status.category not in STATUS_CATEGORIES:
            raise BadContribution(sentence(
                "The status “%(status)s” of its desk “%(desk)s” must have one of the categories %(categories)s.",
                status=status.key, desk=desk.key, categories=", ".join(STATUS_CATEGORIES),
            ))  # fmt: skip


def _check_action(action: TicketAction) -> None:
    if (action.run is None) != bool(action.page):
        raise BadContribution(sentence(
            "Its action “%(action)s” must have either a “run” or a “page”; give one of the two.", action=action.key
        ))  # fmt: skip


def _check_schedule(job: Job) -> None:
    try:
        sound = not job.schedule or (len(job.schedule.split()) == 5 and next(CronSim(job.schedule, now()), None))
    except (CronSimError, AttributeError):
        sound = False
    if not sound:
        raise BadContribution(sentence(
            "The schedule “%(schedule)s” of its job “%(job)s” must be a cron expression of five fields, such as "
            "“30 2 * * *”; correct it.", schedule=str(job.schedule)[:80], job=job.key,
        ))  # fmt: skip


def _texts(value: Any) -> Iterator[Text]:
    """Yield every text inside a contribution."""
    if isinstance(value, Text):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))


def _key(value: Any) -> str:
    return str(getattr(value, "key", "") or getattr(value, "endpoint", "") or type(value).__name__)[:80]
