"""Who is asked how it went, and who never is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from deskcore.plugin import RequestType, setting

PLUGIN = "satisfaction"
#: Why nobody is asked about the end of a ticket; ``""`` where somebody is.
Why = Literal["", "desk", "request_type", "withdrawn", "duplicate", "own"]


@dataclass(frozen=True)
class Rules:
    """What the organisation decided.

    :param wait: between the end of a ticket and the question.
    :param every: one in so many tickets of a desk is asked about.
    :param pause: in which nobody is asked twice.
    :param answer: for which a question can be answered.
    """

    wait: timedelta = timedelta(hours=2)
    every: int = 1
    pause: timedelta = timedelta(days=7)
    answer: timedelta = timedelta(days=30)
    never_desks: frozenset[str] = frozenset()
    never_types: frozenset[str] = frozenset()

    @classmethod
    def now(cls) -> Rules:
        """Return the rules as the settings have them; a number that makes no sense counts as the least that does."""
        return cls(
            timedelta(hours=max(0, int(setting(PLUGIN, "wait_hours")))),
            max(1, int(setting(PLUGIN, "every"))),
            timedelta(days=max(0, int(setting(PLUGIN, "pause_days")))),
            timedelta(days=max(1, int(setting(PLUGIN, "answer_days")))),
            _listed("never_desks"),
            _listed("never_types"),
        )


@dataclass(frozen=True)
class Closing:
    """The end of a ticket, with what counts for whether somebody is asked about it.

    :param seq: of the line on the timeline.
    :param open_to_questions: whether the request type allows to ask.
    :param requester: every address of whoever asked for it; ``workers``: addresses of all who worked on it.
    :param agent: address of whoever solved it; empty where no person did.
    :param withdrawn: whoever asked needed no help any more.
    :param duplicate: it goes on elsewhere.
    """

    seq: int
    desk: str
    request_type: str
    requester: frozenset[str]
    workers: frozenset[str] = frozenset()
    agent: str = ""
    open_to_questions: bool = True
    withdrawn: bool = False
    duplicate: bool = False


def why_not(closing: Closing, rules: Rules) -> Why:
    """Return what speaks against asking about the end of a ticket, as far as the ticket itself tells."""
    if closing.desk in rules.never_desks:
        return "desk"
    if not closing.open_to_questions or closing.request_type in rules.never_types:
        return "request_type"
    if closing.withdrawn:
        return "withdrawn"
    if closing.duplicate:
        return "duplicate"
    # Nobody rates what they did themselves.
    return "own" if closing.requester & (closing.workers | {closing.agent}) else ""


def faults(request_type: RequestType) -> tuple[str, ...]:
    """Return what is wrong with ``[sections.satisfaction]`` of a request type."""
    section = request_type.sections[PLUGIN]
    if set(section) - {"required"} == {"ask"} and type(section["ask"]) is bool:
        return ()
    return ("[sections.satisfaction] must say “ask = false” or “ask = true”, and nothing else; correct it.",)


def may_ask(request_type: RequestType | None, *, confidential: bool) -> bool:
    """Tell whether people may be asked about tickets of a request type.

    On a confidential desk, what asks for sensitive answers is nothing to be asked about, unless the type says so.
    """
    section = request_type.sections.get(PLUGIN, {}) if request_type is not None else {}
    if type(section.get("ask")) is bool:
        return bool(section["ask"])
    if request_type is None:
        return not confidential
    every = [*request_type.fields, *(column for field in request_type.fields for column in field.columns)]
    return not (confidential and any(field.sensitive for field in every))


def _listed(key: str) -> frozenset[str]:
    return frozenset(filter(None, (each.strip() for each in str(setting(PLUGIN, key) or "").split(","))))
