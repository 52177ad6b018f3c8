"""Checks of the pages that plugins add: they are tried out on an application of their own, where they harm nobody."""

from __future__ import annotations

import re

from flask import Flask

from deskcore.hooks.errors import BadContribution
from deskcore.hooks.page_parts import PluginBlueprint
from deskcore.hooks.sentences import sentence

_CLAIM = re.compile(r"/[a-z][a-z-]{2,29}")
#: First parts of addresses of the helpdesk itself, now or by its design.
_TAKEN = frozenset((
    "accessibility", "admin", "agent", "api", "audit", "dev", "files", "health", "help", "icons", "language", "login",
    "logout", "look", "password", "plugins", "privacy", "processes", "profile", "reports", "requests", "search",
    "services", "setup", "static", "tasks",
))  # fmt: skip


def check_blueprint(plugin: str, item: PluginBlueprint) -> None:
    """Check that a blueprint can be registered, and stays with its own pages.

    This runs code of the plugin, so it belongs where that may hang.

    :raises BadContribution: naming the first thing to correct.
    :raises BaseException: whatever it raises while it is registered.
    """
    name = item.blueprint.name
    if name != plugin and not name.startswith(f"{plugin}_"):
        raise BadContribution(sentence(
            "Its blueprint “%(name)s” must be named “%(plugin)s”, or begin with “%(plugin)s_”; rename it.",
            name=name, plugin=plugin,
        ))  # fmt: skip
    open_to = item.access in ("public", "portal")
    if item.claims and (_CLAIM.fullmatch(item.claims) is None or item.claims[1:] in _TAKEN or not open_to):
        raise BadContribution(sentence(
            "Its blueprint “%(name)s” claims “%(path)s”; claim one word of lower-case letters, such as “/parking”, "
            "that is no page of the helpdesk, for pages of the portal.", name=name, path=item.claims[:80],
        ))  # fmt: skip
    if item.one_click and item.access != "public":
        raise BadContribution(sentence(
            "Its blueprint “%(name)s” takes forms from anywhere (one_click) and is not public; make it public.",
            name=name,
        ))  # fmt: skip
    app, prefix = Flask("deskcore", static_folder=None), item.claims or f"/x/{plugin}"
    before = _for_all_pages(app)
    app.register_blueprint(item.blueprint, url_prefix=prefix)
    rules = [(rule.endpoint.startswith(f"{name}."), f"{rule.rule}/") for rule in app.url_map.iter_rules()]
    if _for_all_pages(app) != before or not all(own and rule.startswith(f"{prefix}/") for own, rule in rules):
        raise BadContribution(sentence(
            "Its blueprint “%(name)s” adds something to every page, such as before_app_request, url_defaults or a "
            "filter of templates; limit it to its own pages.", name=name,
        ))  # fmt: skip


def _for_all_pages(app: Flask) -> tuple[int, ...]:
    """Return how much an application does for all of its pages, by kind."""
    scoped = (
        app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs, app.url_value_preprocessors,
        app.template_context_processors,
    )  # fmt: skip
    # Also of one blueprint alone: menus lead to its pages from everywhere.
    addresses = sum(map(len, app.url_default_functions.values())), len(app.url_map.converters)
    handlers = sum(map(len, app.error_handler_spec[None].values()))
    ends, templates = len(app.teardown_appcontext_funcs), int("jinja_env" in vars(app))
    return (*(len(functions.get(None, ())) for functions in scoped), *addresses, handlers, ends, templates)
