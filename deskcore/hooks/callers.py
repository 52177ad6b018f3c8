"""The four ways of calling a hook, and the only code that touches pluggy's callers.

pluggy ends a call at the first exception. Here each implementation is called on its own, so that one plugin's
failure is that plugin's alone: it is named, counted, and the others are asked as if nothing had happened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

from deskcore.errors import Refused
from deskcore.hooks import answers
from deskcore.hooks.answers import CheckResult
from deskcore.hooks.beforehand import Foreseen, Question, Series
from deskcore.hooks.checks import CONTRIBUTED, Contributions, check_type
from deskcore.hooks.contributions import Changes
from deskcore.hooks.deadlines import Call
from deskcore.hooks.errors import HandlerFailed
from deskcore.hooks.freezing import for_plugin, frozen
from deskcore.hooks.surroundings import of_now
from deskcore.hooks.tracing import show_traces, traced
from deskcore.hooks.watching import Watch
from deskcore.lent import Lent

if TYPE_CHECKING:
    from pluggy import HookImpl, PluginManager
    from sqlalchemy.engine import Engine

    from deskcore.hooks.registry import Registry


def collect(manager: PluginManager, plugin: str) -> Contributions:
    """Call the ``register_*`` hooks of one plugin and return what it contributes, frozen, by hook.

    :raises BaseException: whatever the plugin raises; the loader quarantines it.
    """
    found: dict[str, tuple[Any, ...]] = {}
    for hook in CONTRIBUTED:
        for impl in _implementations(manager, hook):
            if impl.plugin_name == plugin:
                values = check_type(hook, traced(hook, plugin, impl.function))
                found[hook] = found.get(hook, ()) + frozen(values)
    return found


#: What came of asking nobody.
_NOTHING = CheckResult()


class Callers(Watch):
    """Calls the hooks of one application's plugins, and whatever else they contributed.

    :param plugins: returns the snapshot that counts now.
    :param engine: where failures are recorded; ``None`` keeps them in the log alone.
    """

    def __init__(self, plugins: Callable[[], Registry], engine: Engine | None = None) -> None:
        super().__init__(plugins, engine)
        #: The manager whose hooks were looked up, and what was found by hook.
        self._manager: PluginManager | None = None
        self._found: dict[str, tuple[Callable[[], list[HookImpl]], list[HookImpl], tuple[HookImpl, ...]]] = {}
        show_traces()

    def check(self, hook: str, *, desk: str = "", **views: Any) -> CheckResult:
        """Ask every plugin before something is stored; never inside a unit of work.

        :param hook: a ``before_*`` or ``validate_*`` hook.
        :param desk: key of the desk on which it would be stored.
        :param views: its parameters; each plugin gets a frozen copy of its own.
        :returns: all changes and problems. A plugin that raised, overran its deadline or returned garbage has
            no part in them, unless it is marked ``CRITICAL``: then it is a problem of its own, and it is asked even
            while it is paused. One that is marked so and switched on, and could not be loaded, is a problem too.
        """
        registry = self._plugins()
        impls, missing = self._implementations(registry, hook), registry.missing_critical(desk)
        result = self._checked(registry, impls, hook, desk, views) if impls else _NOTHING
        if missing:
            return CheckResult(result.changes, (*result.problems, *(answers.missing(name) for name in missing)))
        return result

    def _checked(
        self, registry: Registry, impls: tuple[HookImpl, ...], hook: str, desk: str, views: dict[str, Any]
    ) -> CheckResult:
        closed = self._given_up(registry, impls, desk)
        asked = [impl for impl in impls if registry.is_asked(impl.plugin_name, desk) and impl.plugin_name not in closed]
        calls = [self._call(hook, impl, views, answers.checked) for impl in asked]
        self._pool.run(calls, registry.breaker.limits.deadline)
        changes: list[tuple[str, Changes]] = []
        problems = [answers.closed(one) for one in closed]
        for call in calls:
            if call.error is not None:
                self.failed(call.plugin, hook, call.error)
                problems += [answers.closed(call.plugin)] if registry.is_critical(call.plugin, desk) else []
            elif type(call.value) is Changes:
                changes.append((call.plugin, call.value))
            elif call.value is not None:
                problems += call.value
        return CheckResult(tuple(changes), tuple(problems))

    def check_beforehand(self, hook: str, questions: Sequence[Question]) -> Foreseen:
        """Ask what :meth:`check` will ask when each of many changes is made, so that people know before.

        A plugin has its deadline for all of them together, and the same time once more to end the last one; the
        others go on without it. It counts as one call, and as one failure.

        :param hook: a ``validate_*`` hook.
        """
        registry = self._plugins()
        limits, slot, impls = registry.breaker.limits, f"{hook} (beforehand)", self._implementations(registry, hook)
        closed = {desk: self._given_up(registry, impls, desk) for desk in {each.desk for each in questions}}
        problems = [
            [*map(answers.closed, closed[each.desk]), *map(answers.missing, registry.missing_critical(each.desk))]
            for each in questions
        ]
        series = []
        for name, impl in ((impl.plugin_name, impl) for impl in impls):
            asked = {
                desk for desk, given_up in closed.items() if registry.is_asked(name, desk) and name not in given_up
            }
            if mine := [(at, each) for at, each in enumerate(questions) if each.desk in asked]:
                series.append(Series(name, mine, partial(_asked, hook, impl, answers.checked), limits.deadline))
        calls = [self._prepared(each.plugin, slot, each.run, Lent(reading=True)) for each in series]
        self._pool.run(calls, 2 * limits.deadline)
        silent = []
        for call, each in zip(calls, series, strict=True):
            if call.error is not None:
                self.failed(call.plugin, slot, call.error)
            if not each.add_to(problems, registry, failed=call.error is not None):
                silent.append(each.plugin)
        return Foreseen(tuple(map(tuple, problems)), tuple(silent))

    def _given_up(self, registry: Registry, impls: tuple[HookImpl, ...], desk: str) -> list[str]:
        """Return names of paused plugins without which nothing is stored, and that hang too often to be asked."""
        implementing, most = {impl.plugin_name for impl in impls}, registry.breaker.limits.abandoned
        paused = [name for name in registry.paused_critical(desk) if name in implementing]
        return [name for name in paused if self._pool.hanging(name) >= most]

    def first(self, hook: str, **views: Any) -> str | None:
        """Ask plugin after plugin, by name, and return the first answer.

        :param hook: a question.
        :returns: the answer, or ``None`` when no plugin has one. All plugins together have twice the deadline.
        """
        registry = self._plugins()
        impls = self._implementations(registry, hook)
        if not impls:
            return None
        deadline = registry.breaker.limits.deadline
        end = monotonic() + 2 * deadline
        for impl in impls:
            if not registry.active(impl.plugin_name) or monotonic() > end:
                continue
            call = self._call(hook, impl, views, answers.question)
            self._pool.run([call], min(deadline, max(0.0, end - monotonic())))
            if call.error is not None:
                self.failed(call.plugin, hook, call.error)
            elif call.value is not None:
                return str(call.value)
        return None

    def notify(self, plugin: str, hook: str, **views: Any) -> bool:
        """Call one plugin's handler of a committed event, in a transaction of its own, and wait for it.

        Whoever it was called for lets go of its work, then calls :meth:`failed`. A handler that takes longer than it
        may is left behind; what it still does is no longer written.

        :returns: whether there was an active handler to call.
        :raises HandlerFailed: when it raised anything at all, or is a generator or coroutine that did not run.
        """
        registry = self._plugins()
        impls = self._implementations(registry, hook)
        return self._notified(registry, impls, plugin, hook, views) if impls and registry.active(plugin) else False

    def _notified(
        self, registry: Registry, impls: tuple[HookImpl, ...], plugin: str, hook: str, views: dict[str, Any]
    ) -> bool:
        mine = [impl for impl in impls if impl.plugin_name == plugin]
        for impl in mine:
            call = self._call(hook, impl, views, answers.nothing, reading=False)
            # An error is put into words in the plugin's thread: to do so may be code of the plugin, and may hang.
            call.run = partial(_handled, plugin, hook, call.run)
            self._handlers.run([call], registry.breaker.limits.handler)
            if call.error is not None:
                raise HandlerFailed(plugin, hook, call.error)
            if call.value is not None:
                raise call.value
        return bool(mine)

    def ask(self, plugin: str, slot: str, function: Callable[[], Any], seconds: float, *, reading: bool = True) -> Call:
        """Call what a plugin added to a page, for at most ``seconds``; a failure is named and counted.

        :param slot: the place, such as ``panel visit``.
        :param reading: it may not write.
        :returns: the call, with a value, or with the error.
        """
        call = self._prepared(plugin, slot, function, Lent(reading), page=True)
        self._pool.run([call], seconds)
        if call.error is not None:
            self.failed(plugin, slot, call.error)
        return call

    def implementors(self, hook: str) -> tuple[str, ...]:
        """Return names of the loaded plugins that implement ``hook``, switched on or not, in order."""
        impls = self._implementations(self._plugins(), hook)
        return tuple(dict.fromkeys(impl.plugin_name for impl in impls))

    def _implementations(self, registry: Registry, hook: str) -> tuple[HookImpl, ...]:
        """Return what :func:`_implementations` does, sorted once: most hooks are called far more often than heard."""
        if registry.manager is not self._manager:
            self._manager, self._found = registry.manager, {}
        found = self._found.get(hook)
        if found is None or found[0]() != found[1]:
            look: Callable[[], list[HookImpl]] = getattr(registry.manager.hook, hook).get_hookimpls
            found = self._found[hook] = (look, look(), tuple(_implementations(registry.manager, hook)))
        return found[2]

    def _call(
        self, hook: str, impl: HookImpl, views: dict[str, Any], accept: Callable[[Any], Any], reading: bool = True
    ) -> Call:
        return self._prepared(impl.plugin_name, hook, partial(_asked, hook, impl, accept, views), Lent(reading))

    def _prepared(self, plugin: str, slot: str, function: Callable[[], Any], lent: Lent, *, page: bool = False) -> Call:
        """Prepare a call in the surroundings of now: this application, this language, and nothing else."""
        surroundings = of_now(lent, page=page)

        def run() -> Any:
            with self._keeping_no_lock(lent), surroundings(), self._flights.under_way(plugin, slot, lent):
                return function()

        return Call(plugin, run, lent)


def _implementations(manager: PluginManager, hook: str) -> list[HookImpl]:
    """Return the implementations of ``hook`` by plugin name; the order of registration means nothing."""
    return sorted(getattr(manager.hook, hook).get_hookimpls(), key=lambda impl: str(impl.plugin_name))


def _asked(hook: str, impl: HookImpl, accept: Callable[[Any], Any], views: Mapping[str, Any]) -> Any:
    """Call an implementation with copies of its own, and return what is accepted of its answer."""
    plugin = str(impl.plugin_name)
    arguments = [for_plugin(views[name], plugin) for name in impl.argnames]
    try:
        return accept(traced(hook, plugin, impl.function, *arguments))
    except Refused as error:
        if accept is not answers.checked:
            raise
        return answers.refusal(error) or (answers.unexplained(plugin),)


def _handled(plugin: str, hook: str, run: Callable[[], Any]) -> HandlerFailed | None:
    """Return nothing, or what a handler raised."""
    try:
        run()
    except BaseException as error:
        return HandlerFailed(plugin, hook, error)
    return None
