"""What a hook may return: everything else is dropped before it can do harm.

Types are compared exactly and texts copied, because a value from a plugin may lie about its class, or run
code when it is looked at. This happens in the plugin's thread and within its deadline.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deskcore.errors import Problem, Refused
from deskcore.hooks.contributions import PRIORITIES, Changes
from deskcore.hooks.errors import BadAnswer
from deskcore.hooks.sentences import sentence

#: Sizes beyond which an answer is garbage: characters of a text, entries of a list, bytes of JSON.
MAX_TEXT, MAX_ITEMS, MAX_EXTRA = 2_000, 100, 64 * 1024

Answer = Changes | tuple[Problem, ...] | None


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


def checked(value: Any) -> Answer:
    """Return the answer of a ``before_*`` or ``validate_*`` hook.

    :returns: changes, or problems, or ``None`` when there is nothing to say.
    :raises BadAnswer: for anything else.
    """
    if value is None:
        return None
    if type(value) is Changes:
        return _changes(value)
    if type(value) is Problem:
        return (_problem(value),)
    if type(value) in (list, tuple) and len(value) <= MAX_ITEMS and all(type(item) is Problem for item in value):
        return tuple(_problem(item) for item in value) or None
    raise unusable(value)


def refusal(error: Refused) -> tuple[Problem, ...]:
    """Return the problems of a plugin's refusal; it stays one even if it gives no proper reason."""
    try:
        problems = checked(tuple(error.problems))
    except Exception:
        problems = None
    return problems if isinstance(problems, tuple) else ()


def closed(plugin: str) -> Problem:
    """Return what to say where a plugin that is ``CRITICAL`` cannot answer."""
    return Problem(
        str(
            sentence(
                "“%(plugin)s” could not check this, and nothing goes on without it. Try again later.", plugin=plugin
            )
        )
    )


def missing(plugin: str) -> Problem:
    """Return what to say where a plugin that is ``CRITICAL`` could not even be loaded."""
    return Problem(
        str(
            sentence(
                "“%(plugin)s”, which checks everything that is stored, does not work. Tell your administrator.",
                plugin=plugin,
            )
        )
    )


def unexplained(plugin: str) -> Problem:
    """Return what to say where a plugin refuses and gives no reason."""
    return Problem(
        str(sentence("“%(plugin)s” does not accept this and gives no reason. Ask your administrator.", plugin=plugin))
    )


def question(value: Any, most: int = MAX_TEXT) -> str | None:
    """Return the answer to a question: a text, or ``None`` for no opinion.

    :param most: characters that it may have.
    :raises BadAnswer: for anything else.
    """
    if value is None:
        return None
    if type(value) is not str:
        raise unusable(value)
    return _text(value, most)


def nothing(value: Any) -> None:
    """Accept what an event handler returned, unless it shows that the handler never ran.

    :raises BadAnswer: for a generator or coroutine: its body was not executed.
    """
    if inspect.isgenerator(value) or inspect.iscoroutine(value) or inspect.isasyncgen(value):
        raise unusable(value)


def unusable(value: Any) -> BadAnswer:
    """Return the error for ``value``, named by its type alone; a coroutine is closed, as nobody will await it."""
    if inspect.iscoroutine(value):
        value.close()
    return BadAnswer(f"returned {type(value).__name__}, which this hook does not allow")


def _changes(value: Changes) -> Changes:
    if value.priority is not None and _text(value.priority) not in PRIORITIES:
        raise BadAnswer("returned Changes with an unknown priority")
    if value.visibility not in (None, "named"):
        raise BadAnswer("returned Changes with an unknown visibility")
    if (value.named or value.never) and value.visibility is None:
        raise BadAnswer("returned Changes that name people and leave the ticket to everybody on the desk")
    return Changes(
        priority=value.priority,
        team=None if value.team is None else _text(value.team),
        tags=_texts(value.tags, "tags"),
        visibility=value.visibility,
        named=_texts(value.named, "named"),
        never=_texts(value.never, "never"),
        manager=value.manager is True,
        anonymous=value.anonymous is True,
        takes=_texts(value.takes, "takes"),
        extra=_extra(value.extra),
    )


def _texts(values: Any, what: str) -> tuple[str, ...]:
    if type(values) is not tuple or len(values) > MAX_ITEMS:
        raise BadAnswer(f"returned Changes whose {what} are not a short tuple")
    return tuple(_text(each) for each in values)


def _extra(extra: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        stored = json.dumps(dict(extra), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadAnswer("returned Changes whose extra is not JSON") from error
    if len(stored) > MAX_EXTRA:
        raise BadAnswer("returned Changes whose extra is too large")
    copied: dict[str, Any] = json.loads(stored)
    return copied


def _problem(value: Problem) -> Problem:
    """Return a copy in plain text; a translation that is worked out late is worked out here."""
    message = value.message if type(value.message) is str else str(value.message)
    return Problem(_text(message), _text(value.field))


def _text(value: Any, most: int = MAX_TEXT) -> str:
    if type(value) is not str or len(value) > most:
        raise BadAnswer(f"returned {type(value).__name__} where a text of at most {most} characters belongs")
    return value.replace("\0", "�").encode("utf-8", "replace").decode("utf-8")
