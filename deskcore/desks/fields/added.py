"""Field types that plugins add: lines of text whose form a plugin checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from flask import current_app, has_app_context

from deskcore.desks.fields.base import NO_TYPES, FieldContext, FieldType, refuse
from deskcore.desks.fields.texts import LineOfText
from deskcore.errors import Refused
from deskcore.hooks import answers
from deskcore.hooks import contributions as kinds
from deskcore.hooks.contributed import Contributed
from deskcore.runtime import runtime

if TYPE_CHECKING:
    from deskcore.hooks.contributions import Field


class AddedLine(LineOfText):
    """One line of text in the form that a plugin knows; while the plugin fails, any line is accepted.

    :param added: what the plugin contributed.
    """

    def __init__(self, added: Contributed[kinds.FieldType]) -> None:
        super().__init__()
        self.plugin, self.example, self._added = added.plugin, added.value.example, added.value

    def clean(self, value: Any, field: Field, context: FieldContext) -> str:
        """Return the answer as the plugin wants it stored; refuse it with the plugin's sentence."""
        line = super().clean(value, field, context)
        ask = partial(_answer, self._added.clean, line)
        seconds = runtime().plugins.breaker.limits.piece
        call = runtime().callers.ask(self.plugin, f"field type {self._added.key}", ask, seconds)
        if call.error is not None:
            return line
        if isinstance(call.value, Refused):
            raise refuse(call.value.message)
        return self.within_limit(str(call.value), field)


def added_types() -> Mapping[str, FieldType]:
    """Return the field types of the active plugins by name; the same object as long as these are the same."""
    parts = current_app.extensions.get("deskcore") if has_app_context() else None
    return _types(parts.plugins.field_types) if parts is not None else NO_TYPES


@lru_cache(maxsize=64)
def _types(added: tuple[Contributed[kinds.FieldType], ...]) -> Mapping[str, FieldType]:
    return MappingProxyType({item.value.key: AddedLine(item) for item in added}) if added else NO_TYPES


def _answer(clean: Callable[[str], str], line: str) -> str | Refused:
    try:
        value = clean(line)
    except Refused as error:
        return Refused(answers.refusal(error) or error.message)
    text = answers.question(value)
    if text is None:
        raise answers.unusable(value)
    return text
