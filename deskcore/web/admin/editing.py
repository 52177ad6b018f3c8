"""Forms of the administration: what was typed, what is wrong with it, and two administrators who change the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from flask import render_template, request
from flask.typing import ResponseReturnValue

from deskcore.desks.form_views import ErrorView, OptionView
from deskcore.errors import Problem, Refused

#: Fields of a form that are not what somebody typed.
_MACHINERY = frozenset({"csrf_token", "seen", "idempotency_key"})


@dataclass(frozen=True)
class Typed:
    """A form that came back.

    :param values: what it holds now, by field.
    :param errors: what to correct, by field; ``""`` for the whole.
    """

    values: Mapping[str, str]
    errors: Mapping[str, str] = field(default_factory=dict)

    def summary(self, prefix: str) -> list[ErrorView]:
        """Return the errors for the summary; ``prefix`` begins the ids of the fields."""
        return [ErrorView(message, f"{prefix}{key}" if key else "") for key, message in self.errors.items()]


def typed_again(refused: Refused, values: Mapping[str, str]) -> Typed:
    """Return a refused form as it was typed."""
    return Typed(values, messages(refused.problems))


def messages(problems: Iterable[Problem]) -> dict[str, str]:
    """Return the first message of each field."""
    found: dict[str, str] = {}
    for problem in problems:
        found.setdefault(problem.field, problem.message)
    return found


def given(keys: Iterable[str]) -> dict[str, str]:
    """Return what the form sent for ``keys``."""
    return {key: request.form.get(key, "") for key in keys}


def options(labels: Mapping[str, str], chosen: str) -> list[OptionView]:
    """Return choices of a select field."""
    return [OptionView(value, label, selected=value == chosen) for value, label in labels.items()]


@dataclass(frozen=True)
class Difference:
    """A field that two people changed: what is stored now, and what was just sent."""

    label: str
    stored: str
    yours: str


def differences(labels: Mapping[str, str], stored: Mapping[str, str], yours: Mapping[str, str]) -> list[Difference]:
    """Return the fields in which what is stored and what was sent are not the same."""
    return [
        Difference(label, stored.get(key, ""), yours.get(key, ""))
        for key, label in labels.items()
        if stored.get(key, "") != yours.get(key, "")
    ]


def conflict(
    message: str, rows: Sequence[Difference], seen: str, back_url: str, forgotten: Collection[str] = ()
) -> ResponseReturnValue:
    """Show both versions, with a form that stores what was just sent over what is there now.

    :param seen: fingerprint of what is stored now.
    :param forgotten: fields that no page may show again, such as secrets.
    """
    left_out = _MACHINERY.union(forgotten)
    kept = [(key, value) for key, value in request.form.items(multi=True) if key not in left_out]
    page = render_template(
        "admin/conflict.html", message=message, rows=rows, kept=kept, seen=seen, action=request.path, back_url=back_url
    )
    return page, 409
