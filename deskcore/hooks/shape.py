"""The shape of a plugin's implementations: hooks that exist, as plain functions."""

from __future__ import annotations

import difflib
import inspect
from types import ModuleType

from pluggy import HookImpl, PluginManager

from deskcore.hooks.errors import BadContribution
from deskcore.hooks.sentences import sentence


def check_shape(manager: PluginManager, name: str, module: ModuleType) -> None:
    """Check what a plugin has just registered.

    :raises BadContribution: for a hook that does not exist, a wrapper, a coroutine or a generator.
    """
    for caller in manager.get_hookcallers(module) or ():
        for impl in (one for one in caller.get_hookimpls() if one.plugin_name == name):
            if caller.spec is None and not impl.optionalhook:
                raise BadContribution(_misspelled(manager, caller.name))
            _check_function(caller.name, impl)
    manager.check_pending()


def _misspelled(manager: PluginManager, hook: str) -> object:
    known = [name for name, caller in vars(manager.hook).items() if getattr(caller, "spec", None) is not None]
    near = difflib.get_close_matches(hook, known, n=1)
    if near:
        return sentence("It implements “%(hook)s”, which is no hook; did you mean “%(near)s”?", hook=hook, near=near[0])
    return sentence("It implements “%(hook)s”, which is no hook; docs/hooks.md lists those there are.", hook=hook)


def _check_function(hook: str, impl: HookImpl) -> None:
    never_runs = inspect.iscoroutinefunction(impl.function) or inspect.isgeneratorfunction(impl.function)
    if impl.wrapper or impl.hookwrapper or never_runs or inspect.isasyncgenfunction(impl.function):
        raise BadContribution(sentence(
            "Its “%(hook)s” is a wrapper, generator or coroutine; make it a plain function.", hook=hook
        ))  # fmt: skip
