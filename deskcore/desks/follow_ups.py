"""What usually follows from a request, as request types declare it: whom else to ask, and what that form opens with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from deskcore.desks.field_declarations import check_condition, read_condition
from deskcore.desks.fields import FieldContext, type_of
from deskcore.desks.schemas import default_error, meets
from deskcore.desks.subjects import PLACEHOLDER
from deskcore.desks.toml_table import KEY, DeclarationError, Table
from deskcore.hooks.contributions import Field, FollowUp, RequestType

#: Answers that are never taken along: files hang on the ticket that they were sent to.
_STAYING = ("file",)
#: A table of just these is a text, and not an answer with parts.
_LANGUAGES = {"en", "pl"}


def read_follow_ups(table: Table) -> tuple[FollowUp, ...]:
    """Return what ``[[follow_ups]]`` of a request type declares.

    :raises DeclarationError: for one that cannot be read.
    """
    return tuple(_read(item) for item in table.tables("follow_ups"))


def _read(table: Table) -> FollowUp:
    desk, request_type = _key(table, "desk"), _key(table, "request_type")
    condition = read_condition(table)
    begun = table.table_or_none("answers")
    table.finish()
    return FollowUp(desk, request_type, condition, dict(begun.rest()) if begun is not None else {})


def check_follow_ups(file: Path, request_type: RequestType) -> RequestType:
    """Return a request type that was declared, once what follows from it names fields that it has.

    An administrator may take such a field away, or make it sensitive: then nothing of it is taken along.

    :raises DeclarationError: names the follow-up and the remedy.
    """
    fields = {field.key: field for field in request_type.fields}
    for place, follow_up in enumerate(request_type.follow_ups):
        at = f"follow_ups[{place}]"
        if follow_up.show_if is not None:
            check_condition(file, f"{at}.show_if", follow_up.show_if, fields, request_type.fields)
        for key in (key for text in _texts(follow_up.answers) for key in PLACEHOLDER.findall(text)):
            if key not in fields:
                raise DeclarationError(
                    file, f"{at}.answers", f"no field has the key {key}; name one of the fields in {{…}}."
                )
            if fields[key].sensitive or fields[key].type in _STAYING:
                raise DeclarationError(file, f"{at}.answers", f"{key} stays where it was answered; leave it out.")
    return request_type


def _key(table: Table, name: str) -> str:
    value = table.words(name)
    if not KEY.fullmatch(value):
        raise table.error(name, f"write the key of the {name.replace('_', ' ')}, like it or purchase_request.")
    return value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)


def applies(follow_up: FollowUp, answers: Mapping[str, Any]) -> bool:
    """Tell whether the answers of a ticket make it follow."""
    return follow_up.show_if is None or meets(follow_up.show_if, answers)


def begun_with(
    there: RequestType,
    follow_up: FollowUp | None,
    fields: Sequence[Field],
    answers: Mapping[str, Any],
    context: FieldContext,
) -> dict[str, Any]:
    """Return what the form of ``there`` opens with: what has the same key and type, then what is declared.

    :param follow_up: what is declared of it, if it is.
    :param fields: of the ticket that it follows from.
    :param answers: of that ticket; empty where nothing may be taken along.
    """
    mine = {field.key: field for field in fields if not field.sensitive and field.type not in _STAYING}
    taken = _Taken(mine, {key: answers[key] for key in mine if answers.get(key) is not None}, context)
    declared = follow_up.answers if follow_up is not None else {}
    found: dict[str, Any] = {}
    for field in there.fields:
        given = declared.get(field.key)
        value = taken.filled(given, field) if given is not None else taken.same(field)
        if value is not None and _fits(field, value, context):
            found[field.key] = value
    return found


def _fits(field: Field, value: Any, context: FieldContext) -> bool:
    # Rows may be begun and still lack what has to be answered in each.
    return field.type == "lines" or default_error(field, value, context.plugin_types) is None


class _Taken:
    """The answers of a ticket, as far as another form may begin with them."""

    def __init__(self, fields: Mapping[str, Field], answers: Mapping[str, Any], context: FieldContext) -> None:
        self._fields, self._answers, self._context = fields, answers, context

    def same(self, field: Field) -> Any:
        """Return the answer to the field of the same key and type; nothing for one that is sensitive there."""
        mine = self._fields.get(field.key)
        alike = mine is not None and mine.type == field.type and not field.sensitive and field.type != "lines"
        return self._answers.get(field.key) if alike else None

    def filled(self, value: Any, field: Field | None = None) -> Any:
        """Return a declared value with the answers in its texts; nothing for a text that no answer fills."""
        if isinstance(value, str):
            return self._text(value, field)
        if isinstance(value, Mapping):
            if value.keys() == _LANGUAGES:
                return self._text(value["pl" if self._context.language == "pl" else "en"], field)
            return {key: self.filled(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.filled(item) for item in value]
        return value

    def _text(self, pattern: str, field: Field | None) -> Any:
        named = PLACEHOLDER.findall(pattern)
        if not named:
            return pattern
        mine = self._fields.get(named[0])
        if pattern == f"{{{named[0]}}}" and field is not None and mine is not None and mine.type == field.type:
            return self._answers.get(named[0])  # as it is stored, not as it is read
        if not any(key in self._answers for key in named):
            return None
        return " ".join(PLACEHOLDER.sub(lambda found: self._shown(found[1]), pattern).split()) or None

    def _shown(self, key: str) -> str:
        value, field = self._answers.get(key), self._fields.get(key)
        if value is None or field is None:
            return ""
        return type_of(field, self._context.plugin_types).display(field, value, self._context)
