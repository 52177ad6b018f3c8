"""The section of a request type as it is declared: which steps there are, who is asked in each, and when."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from deskcore.plugin import RequestType, Text

#: What an entry of ``approvers`` may look like.
APPROVER = re.compile(
    r"manager|managers_manager|person:[^@\s:]+@[^@\s:]+|desk:[a-z][a-z0-9_-]*:(?:lead|agent)"
    r"|team:[a-z][a-z0-9_-]*/[a-z0-9_-]+|field:[a-z][a-z0-9_]*(?::manager)?|cost_centre:[a-z][a-z0-9_]*"
    r"|setting:[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*"
)
_AMOUNT = re.compile(r"(?P<extra>extra:[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*)|(?P<field>[a-z]\w*)(?:\.(?P<cells>[\w*]+))?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_SECTION_KEYS = {"required", "amount", "raise_one_band_when", "lines", "distinct", "steps"}
_STEP_KEYS = {"key", "title", "approvers", "need", "above", "when", "timeout_hours", "group"}


class Mistake(Exception):
    """A section cannot be used; the text says where, and what to write there."""


@dataclass(frozen=True)
class When:
    """A condition: an answer holds one of these values; without values, that there is an answer."""

    field: str
    values: tuple[Any, ...] | None = None

    def holds(self, answers: Mapping[str, Any]) -> bool:
        """Tell whether it does."""
        given = answers.get(self.field)
        if self.values is None:
            return given not in (None, "", (), [])
        return any(value in self.values for value in given) if isinstance(given, list | tuple) else given in self.values


@dataclass(frozen=True)
class Step:
    """One step: so many of these people have to approve.

    :param need: ``all``, ``any``, or how many.
    :param above: by currency, the amount above which it is asked; a currency that is not named always asks.
    :param group: steps of the same group that stand together run side by side.
    """

    key: str
    title: Text
    approvers: tuple[str, ...]
    need: str | int = "all"
    above: Mapping[str, Decimal] | None = None
    when: When | None = None
    timeout_hours: int | None = None
    group: str = ""


@dataclass(frozen=True)
class Rules:
    """The whole section.

    :param distinct: nobody decides twice in one approval, not even in the place of somebody else.
    """

    steps: tuple[Step, ...]
    amount: str = ""
    raised: When | None = None
    lines: str = ""
    distinct: bool = False


def read_rules(section: Mapping[str, Any]) -> Rules:
    """Return what a section says.

    :raises Mistake: at the first thing to correct.
    """
    _only(section, _SECTION_KEYS, "the section")
    amount = section.get("amount", "")
    if amount and (not isinstance(amount, str) or not _AMOUNT.fullmatch(amount)):
        raise Mistake("amount: name a field, “lines.price”, “lines.quantity*price” or “extra:plugin.key”.")
    lines = section.get("lines", "")
    if not isinstance(lines, str):
        raise Mistake("lines: name a field that is a table.")
    distinct = section.get("distinct", False)
    if not isinstance(distinct, bool):
        raise Mistake("distinct: write true when every step needs another person, or false.")
    steps = tuple(_steps(section.get("steps")))
    return Rules(steps, amount, _when(section.get("raise_one_band_when"), "raise_one_band_when"), lines, distinct)


def faults(request_type: RequestType) -> list[str]:
    """Return what is wrong with the section of a request type; nothing when it can be used."""
    try:
        rules = read_rules(request_type.sections["approvals"])
    except Mistake as mistake:
        return [str(mistake)]
    fields = {field.key: field for field in request_type.fields}
    wanted = [(name, where) for name, where in _named(rules) if name not in fields]
    found = [f"{where}: no field has the key {name}; name one of the fields." for name, where in wanted]
    if rules.lines and rules.lines in fields and fields[rules.lines].type != "lines":
        found.append(f"lines: {rules.lines} is no table; name a field of the type lines.")
    return found


def _named(rules: Rules) -> Iterator[tuple[str, str]]:
    """Yield the fields that a section names, each with where."""
    amount = _AMOUNT.fullmatch(rules.amount)
    if amount and amount["field"]:
        yield amount["field"], "amount"
    if rules.lines:
        yield rules.lines, "lines"
    if rules.raised:
        yield rules.raised.field, "raise_one_band_when"
    for step in rules.steps:
        if step.when:
            yield step.when.field, f"{step.key}.when"
        for approver in step.approvers:
            kind, _colon, rest = approver.partition(":")
            if kind in ("field", "cost_centre"):
                yield rest.partition(":")[0], f"{step.key}.approvers"


def _steps(value: Any) -> Iterator[Step]:
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        raise Mistake("steps: write at least one [[sections.approvals.steps]].")
    seen = set()
    for place, data in enumerate(value):
        step = _step(data, f"steps[{place}]")
        if step.key in seen:
            raise Mistake(f"steps[{place}].key: {step.key} is there already; give the step another key.")
        seen.add(step.key)
        yield step


def _step(data: Any, where: str) -> Step:
    if not isinstance(data, Mapping):
        raise Mistake(f"{where}: write a table with key, title and approvers.")
    _only(data, _STEP_KEYS, where)
    key, title, asked = data.get("key"), data.get("title"), data.get("approvers")
    if not isinstance(key, str) or not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", key):
        raise Mistake(f"{where}.key: write a short name in small letters.")
    if not isinstance(title, Mapping) or not all(isinstance(title.get(each), str) and title[each] for each in _TEXTS):
        raise Mistake(f"{where}.title: write it in both languages, like {{en = “…”, pl = “…”}}.")
    if not isinstance(asked, list | tuple) or not asked or not all(_is_approver(each) for each in asked):
        raise Mistake(f"{where}.approvers: write a list such as [“manager”, “desk:it:lead”].")
    return Step(
        key=key,
        title=Text(title["en"], title["pl"]),
        approvers=tuple(asked),
        need=_need(data.get("need", "all"), where),
        above=_above(data.get("above"), where),
        when=_when(data.get("when"), f"{where}.when"),
        timeout_hours=_hours(data.get("timeout_hours"), where),
        group=str(data.get("group", "")),
    )


_TEXTS = ("en", "pl")


def _is_approver(value: Any) -> bool:
    return isinstance(value, str) and APPROVER.fullmatch(value) is not None


def _need(value: Any, where: str) -> str | int:
    if value in ("all", "any") or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
        return value  # type: ignore[no-any-return]
    raise Mistake(f"{where}.need: write “all”, “any”, or how many of them.")


def _above(value: Any, where: str) -> Mapping[str, Decimal] | None:
    if value is None:
        return None
    mistake = Mistake(f"{where}.above: write amounts by currency, like {{PLN = “2000”, EUR = “450”}}.")
    if not isinstance(value, Mapping) or not value or not all(_CURRENCY.fullmatch(str(each)) for each in value):
        raise mistake
    try:
        found = {currency: Decimal(str(amount)) for currency, amount in value.items()}
    except InvalidOperation:
        raise mistake from None
    if not all(amount.is_finite() and amount >= 0 for amount in found.values()):
        raise mistake
    return found


def _when(value: Any, where: str) -> When | None:
    if value is None:
        return None
    mistake = Mistake(f"{where}: write {{field = “…”, values = […]}}, or {{field = “…”, answered = true}}.")
    if not isinstance(value, Mapping) or not isinstance(value.get("field"), str):
        raise mistake
    values = value.get("values")
    _only(value, {"field", "answered" if values is None else "values"}, where)
    if values is None and value.get("answered") is True:
        return When(value["field"])
    if not isinstance(values, list | tuple):
        raise mistake
    return When(value["field"], tuple(values))


def _hours(value: Any, where: str) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 < value <= 2000):
        return value
    raise Mistake(f"{where}.timeout_hours: write a number of working hours, from 1 to 2000.")


def _only(data: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(data) - known)
    if unknown:
        raise Mistake(f"{where}: there is no {unknown[0]}; known are {', '.join(sorted(known))}.")
