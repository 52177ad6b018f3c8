"""Hooks that a plugin has for other plugins: what it lists in ``HOOKS`` of its package.

They are told like what the core tells: after the commit, at least once. A plugin that implements one names the plugin
that publishes it in its ``install_requires``, so that it is loaded after it, and only with it.
"""

from __future__ import annotations

import inspect
import re
from types import ModuleType
from typing import Any

from pluggy import PluginManager

from deskcore.hooks.errors import BadContribution
from deskcore.hooks.markers import hookspec
from deskcore.hooks.sentences import sentence

#: What a handler is given of an announced event, as of any event; and of news that no ticket is about.
GIVEN = (("event", "ticket"), ("told",))
#: Past tense: whatever begins otherwise is asked, collected or checked, which plugins leave to the core.
_NAME = re.compile(r"(?!register_|before_|validate_|choose_)[a-z][a-z0-9_]{2,59}")


def publish(manager: PluginManager, module: ModuleType) -> tuple[str, ...]:
    """Let other plugins implement the hooks of a package; return their names.

    :raises BadContribution: naming the first thing to correct.
    """
    declared: Any = getattr(module, "HOOKS", ())
    if type(declared) not in (tuple, list):
        raise BadContribution(sentence("Its HOOKS must be a tuple of functions; correct it."))
    for each in declared:
        _check(manager, each)
    specs = {each.__name__: hookspec(each) for each in declared}
    if specs:
        manager.add_hookspecs(type("Published", (), specs))
    return tuple(specs)


def _check(manager: PluginManager, hook: Any) -> None:
    if not inspect.isfunction(hook) or not _NAME.fullmatch(hook.__name__) or not hook.__doc__:
        raise BadContribution(sentence(
            "“%(hook)s” of its HOOKS must be a function with a docstring, named in the past tense; correct it.",
            hook=getattr(hook, "__name__", type(hook).__name__),
        ))  # fmt: skip
    if tuple(inspect.signature(hook).parameters) not in GIVEN:
        raise BadContribution(sentence(
            "“%(hook)s” of its HOOKS must take the event and the ticket, as message_added does, or told alone; "
            "correct it.",
            hook=hook.__name__,
        ))  # fmt: skip
    known = getattr(manager.hook, hook.__name__, None)
    if known is not None and known.spec is not None:
        raise BadContribution(sentence(
            "Its HOOKS publish “%(hook)s”, which is a hook already; rename it.", hook=hook.__name__
        ))  # fmt: skip
