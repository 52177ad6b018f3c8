"""Errors of the plugin engine, and how an error of a plugin is put into words without trusting it."""

from __future__ import annotations

import traceback

from deskcore.outages import is_cut_off

#: What is kept of an error's text and of its trace, in characters.
MAX_TEXT, MAX_TRACE = 500, 20_000


class HandlerFailed(Exception):
    """A plugin's handler of a committed event failed; its own work is to be rolled back and tried again.

    :param slot: the hook, such as ``ticket_opened``.
    :param cause: what the plugin raised, of whatever kind; kept in plain words, as its text may be code.
    """

    def __init__(self, plugin: str, slot: str, cause: BaseException) -> None:
        super().__init__(f"{plugin}: {slot}: {describe(cause)}")
        self.plugin = plugin
        self.slot = slot
        self.cause: BaseException = reported(cause)
        #: The same without its text, which may tell of a ticket that administrators must not read.
        self.bare = Reported(_storable(type(cause).__name__), _frames(cause), is_cut_off(cause))


class Overrun(Exception):
    """A plugin did not answer before its deadline."""

    def __init__(self, seconds: float, said: str = "no answer within") -> None:
        super().__init__(f"{said} {seconds:.3g} s")


class Reported(Exception):
    """An error of a plugin in plain words; nothing of the plugin is kept alive, or called, by looking at it.

    :param outage: whether the database was gone.
    """

    def __init__(self, text: str, trace: str, outage: bool = False) -> None:
        super().__init__(text)
        self.trace = trace
        self.outage = outage


class BadAnswer(Exception):
    """A plugin returned something that its hook does not allow."""


class BadContribution(Exception):
    """What a plugin contributes cannot be used; ``reason`` says which, why, and the remedy."""

    def __init__(self, reason: object) -> None:
        super().__init__(str(reason))
        self.reason = reason


def describe(error: BaseException) -> str:
    """Return type and text of ``error`` in one short line; the text may be code of a plugin, and may fail."""
    if type(error) is Reported:
        return str(error)
    try:
        text = str(error)
    except BaseException:
        text = "its text cannot be shown"
    line = " ".join(f"{type(error).__name__}: {text[:MAX_TEXT]}".split())
    return _storable(line)[:MAX_TEXT]


def trace_of(error: BaseException) -> str:
    """Return the trace of ``error``; the last part, where the failure is, if it is very long."""
    if type(error) is Reported:
        return error.trace
    try:
        text = "".join(traceback.format_exception(error))
    except BaseException:
        text = describe(error)
    return _storable(text)[-MAX_TRACE:]


def reported(error: BaseException) -> Reported:
    """Return ``error`` in plain words; call this where a plugin's code may still run, and hang."""
    return Reported(describe(error), trace_of(error), is_cut_off(error))


def is_outage(error: BaseException) -> bool:
    """Tell whether something failed only because the database was gone: no plugin is to blame for that."""
    cause = error.cause if isinstance(error, HandlerFailed) else error
    return cause.outage if isinstance(cause, Reported) else is_cut_off(cause)


def _frames(error: BaseException) -> str:
    return _storable("".join(traceback.format_tb(error.__traceback__)))[-MAX_TRACE:]


def _storable(text: str) -> str:
    """Return ``text`` without what a database refuses: zero bytes and lone surrogates."""
    return text.replace("\0", "�").encode("utf-8", "replace").decode("utf-8")
