"""The four ways of calling a hook, and the only code that touches pluggy's callers.

pluggy ends a call at the first exception. Here each implementation is called on its own, so that one plugin's
failure is that plugin's alone: it is named, counted, and the others are asked as if nothing had happened.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any

from flask import current_app, has_app_context
from flask_babel import force_locale, get_locale

from deskcore.errors import Problem, Refused
from deskcore.hooks import answers, state
from deskcore.hooks.checks import CONTRIBUTED, Contributions, check_type
from deskcore.hooks.contributions import Changes
from deskcore.hooks.deadlines import Call, DeadlinePool
from deskcore.hooks.errors import HandlerFailed, describe, is_outage, trace_of
from deskcore.hooks.freezing import frozen
from deskcore.hooks.sentences import sentence

if TYPE_CHECKING:
    from pluggy import HookImpl, PluginManager
    from sqlalchemy.engine import Engine

    from deskcore.hooks.registry import Registry

log = logging.getLogger("deskcore.hooks")
_trace = logging.getLogger("deskcore.hooks.trace")


@dataclass(frozen=True)
class CheckResult:
    """What all plugins together said about something that is about to be stored.

    :param changes: pairs of plugin and its changes, by plugin name.
    :param problems: what a person has to correct; any at all means that nothing may be stored.
    """

    changes: tuple[tuple[str, Changes], ...] = ()
    problems: tuple[Problem, ...] = ()

    def require(self) -> CheckResult:
        """Return the result if there are no problems.

        :raises Refused: with all problems together.
        """
        if self.problems:
            raise Refused(self.problems)
        return self


def collect(manager: PluginManager, plugin: str) -> Contributions:
    """Call the ``register_*`` hooks of one plugin and return what it contributes, frozen, by hook.

    :raises BaseException: whatever the plugin raises; the loader quarantines it.
    """
    found: dict[str, tuple[Any, ...]] = {}
    for hook in CONTRIBUTED:
        for impl in _implementations(manager, hook):
            if impl.plugin_name == plugin:
                values = check_type(hook, _traced(hook, impl, impl.function))
                found[hook] = found.get(hook, ()) + frozen(values)
    return found


class Callers:
    """Calls the hooks of one application's plugins.

    :param plugins: returns the snapshot that counts now.
    :param engine: where failures are recorded; ``None`` keeps them in the log alone.
    """

    def __init__(self, plugins: Callable[[], Registry], engine: Engine | None = None) -> None:
        self._plugins = plugins
        self._engine = engine
        self._pool = DeadlinePool(plugins().breaker.limits.threads)
        if tracing() and not _trace.handlers:
            _trace.addHandler(logging.StreamHandler())
            _trace.setLevel(logging.INFO)

    def check(self, hook: str, **views: Any) -> CheckResult:
        """Ask every plugin before something is stored; never inside a unit of work.

        :param hook: a ``before_*`` or ``validate_*`` hook.
        :param views: its parameters; each plugin gets a frozen copy of its own.
        :returns: all changes and problems. A plugin that raised, overran its deadline or returned garbage has
            no part in them, unless it is marked ``CRITICAL``: then it is a problem of its own.
        """
        registry = self._plugins()
        impls = _implementations(registry.manager, hook)
        asked = [impl for impl in impls if registry.active(impl.plugin_name)]
        calls = [self._call(hook, impl, views, answers.checked) for impl in asked]
        self._pool.run(calls, registry.breaker.limits.deadline)
        changes: list[tuple[str, Changes]] = []
        problems = [_closed(one) for one in registry.paused_critical() if one in {impl.plugin_name for impl in impls}]
        for call in calls:
            if call.error is not None:
                self._overran_or_failed(registry, call, hook)
                problems += [_closed(call.plugin)] if call.plugin in registry.critical else []
            elif type(call.value) is Changes:
                changes.append((call.plugin, call.value))
            elif call.value is not None:
                problems += call.value
        return CheckResult(tuple(changes), tuple(problems))

    def first(self, hook: str, **views: Any) -> str | None:
        """Ask plugin after plugin, by name, and return the first answer.

        :param hook: a question.
        :returns: the answer, or ``None`` when no plugin has one. All plugins together have twice the deadline.
        """
        registry = self._plugins()
        deadline = registry.breaker.limits.deadline
        end = monotonic() + 2 * deadline
        for impl in _implementations(registry.manager, hook):
            if not registry.active(impl.plugin_name) or monotonic() > end:
                continue
            call = self._call(hook, impl, views, answers.question)
            self._pool.run([call], min(deadline, max(0.0, end - monotonic())))
            if call.error is not None:
                self._overran_or_failed(registry, call, hook)
            elif call.value is not None:
                return str(call.value)
        return None

    def notify(self, plugin: str, hook: str, **views: Any) -> bool:
        """Call one plugin's handler of a committed event, here and now, in the transaction that is open.

        Afterwards roll back and call :meth:`failed` yourself: it needs the write lock that the handler may hold.

        :returns: whether there was an active handler to call.
        :raises HandlerFailed: when it raised anything at all, or is a generator or coroutine that did not run.
        """
        registry = self._plugins()
        impls = [impl for impl in _implementations(registry.manager, hook) if impl.plugin_name == plugin]
        if not impls or not registry.active(plugin):
            return False
        try:
            for impl in impls:
                answers.nothing(_traced(hook, impl, impl.function, *_arguments(impl, views)))
        except BaseException as error:
            raise HandlerFailed(plugin, hook, error) from None
        return True

    def implementors(self, hook: str) -> tuple[str, ...]:
        """Return names of the loaded plugins that implement ``hook``, switched on or not, in order."""
        return tuple(dict.fromkeys(impl.plugin_name for impl in _implementations(self._plugins().manager, hook)))

    def failed(self, plugin: str, slot: str, error: BaseException) -> None:
        """Name and count a failure of ``plugin``; past the limit it is paused. Never inside a unit of work.

        :param slot: the hook or the place of a page where it failed.
        """
        if is_outage(error):
            log.warning("the database was gone when plugin %s was asked in %s", plugin, slot)
            return
        log.warning("plugin %s failed in %s: %s", plugin, slot, describe(error))
        if self._engine is not None:
            try:
                state.record_failure(self._engine, plugin, slot, error)
            except Exception:
                log.exception("the failure of plugin %s could not be recorded", plugin)
        if self._plugins().breaker.failed(plugin):
            self._pause(plugin, slot, error)

    def _call(self, hook: str, impl: HookImpl, views: dict[str, Any], accept: Callable[[Any], Any]) -> Call:
        """Prepare a call in the surroundings of now: this application, this language, and nothing else."""
        arguments = _arguments(impl, views)
        surroundings = _surroundings()

        def run() -> Any:
            with surroundings():
                try:
                    return accept(_traced(hook, impl, impl.function, *arguments))
                except Refused as error:
                    return answers.refusal(error) or (_unexplained(impl.plugin_name),)

        return Call(impl.plugin_name, run)

    def _overran_or_failed(self, registry: Registry, call: Call, hook: str) -> None:
        assert call.error is not None
        self.failed(call.plugin, hook, call.error)
        too_many = self._pool.hanging(call.plugin) >= registry.breaker.limits.abandoned
        if too_many and registry.breaker.open(call.plugin):
            self._pause(call.plugin, hook, call.error)

    def _pause(self, plugin: str, slot: str, error: BaseException) -> None:
        reason = sentence(
            "It failed too often, last in %(slot)s (%(error)s), and was paused; correct it, then try it again.",
            slot=slot, error=describe(error),
        )  # fmt: skip
        log.error("plugin %s was paused", plugin)
        if self._engine is None:
            return
        try:
            with state.own_transaction(self._engine) as connection:
                state.pause(connection, plugin, reason, trace_of(error))
        except Exception:
            log.exception("the pause of plugin %s could not be recorded", plugin)


def tracing() -> bool:
    """Tell whether every call of a hook is to be logged with its time."""
    return os.environ.get("DESKCORE_TRACE_HOOKS") == "1"


def _implementations(manager: PluginManager, hook: str) -> list[HookImpl]:
    """Return the implementations of ``hook`` by plugin name; the order of registration means nothing."""
    return sorted(getattr(manager.hook, hook).get_hookimpls(), key=lambda impl: str(impl.plugin_name))


def _arguments(impl: HookImpl, views: dict[str, Any]) -> list[Any]:
    return [frozen(views[name]) for name in impl.argnames]


def _traced(hook: str, impl: HookImpl, function: Callable[..., Any], *arguments: Any) -> Any:
    if not tracing():
        return function(*arguments)
    start = perf_counter()
    try:
        return function(*arguments)
    finally:
        _trace.info("%s %s %.1f ms", hook, impl.plugin_name, (perf_counter() - start) * 1000)


def _surroundings() -> Callable[[], Any]:
    """Return a context for another thread: an app context of its own, hence a session of its own."""
    if not has_app_context():
        return _bare
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    locale = str(get_locale()) if "babel" in app.extensions else None

    @contextmanager
    def entered() -> Iterator[None]:
        with app.app_context():
            if locale is None:
                yield
            else:
                with force_locale(locale):
                    yield

    return entered


@contextmanager
def _bare() -> Iterator[None]:
    yield


def _closed(plugin: str) -> Problem:
    return Problem(
        str(
            sentence(
                "“%(plugin)s” could not check this, and nothing goes on without it. Try again later.", plugin=plugin
            )
        )
    )


def _unexplained(plugin: str) -> Problem:
    return Problem(
        str(sentence("“%(plugin)s” does not accept this and gives no reason. Ask your administrator.", plugin=plugin))
    )
