"""Checks answers: one schema for the form, the API and the import."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from marshmallow import Schema, ValidationError
from marshmallow.experimental.context import Context

from deskcore.desks.fields import FieldContext, FieldType, type_of
from deskcore.desks.fields.base import NO_TYPES
from deskcore.desks.fields.cleaning import clean_line
from deskcore.desks.fields.wording import missing_sentence
from deskcore.errors import Problem

if TYPE_CHECKING:
    from deskcore.hooks.contributions import Field, RequestType, ShowIf

#: So many unknown fields are named; more of them say nothing new.
NAMED = 20
#: So many compiled form versions are kept.
KEPT = 256

# By identity: the form versions of a snapshot live as long as it does. Each entry holds what its key
# identifies, so that no other object can take that identity.
_lock = Lock()
_compiled: dict[tuple[int, int], tuple[Any, Any, Schema]] = {}


def compile_schema(fields: Sequence[Field], plugin_types: Mapping[str, FieldType] = NO_TYPES) -> Schema:
    """Return the marshmallow schema of ``fields``; the same one for the same tuple of a form version.

    :param plugin_types: field types of enabled plugins; others are checked as their fallback.
    """
    key = (id(fields), id(plugin_types))
    known = _compiled.get(key)
    if known is not None:
        return known[2]
    schema = Schema.from_dict(
        {field.key: type_of(field, plugin_types).marshmallow_field(field) for field in fields}, name="Answers"
    )()
    if isinstance(fields, tuple):  # a list may change under us
        with _lock:
            if len(_compiled) >= KEPT:
                del _compiled[next(iter(_compiled))]
            _compiled[key] = (fields, plugin_types, schema)
    return schema


def validate(fields: Sequence[Field], raw: Any, context: FieldContext) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """Return the answers as they are stored, and everything there is to correct.

    Defaults stand in for fields that were not sent; a field whose condition is not met is neither
    required nor kept.

    :param raw: answers by field key, as JSON or from :func:`deskcore.desks.forms.read_form`.
    """
    if not isinstance(raw, Mapping):
        return {}, (Problem(_("Send the answers as an object, by field."), "answers"),)
    unknown = [key for key in raw if key not in {field.key for field in fields}]
    problems = [_unknown(key) for key in unknown[:NAMED]]
    cleaned, errors = _load(fields, raw, context)
    shown = _visible_keys(fields, cleaned)
    answers: dict[str, Any] = {}
    for field in fields:
        if field.key not in shown:
            continue
        if field.key in errors:
            problems += _flatten(errors[field.key], f"answers.{field.key}")
        elif not type_of(field, context.plugin_types).is_empty(cleaned.get(field.key)):
            answers[field.key] = cleaned[field.key]
        elif field.required:
            problems.append(_missing(field, context))
    return answers, tuple(problems)


def visible_fields(fields: Sequence[Field], raw: Mapping[str, Any], context: FieldContext) -> tuple[Field, ...]:
    """Return the fields whose conditions the answers in ``raw`` meet, in their order."""
    shown = _visible_keys(fields, _load(fields, raw, context)[0])
    return tuple(field for field in fields if field.key in shown)


def with_defaults(fields: Sequence[Field], raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``raw`` with the defaults of the fields that were not sent; one sent empty stays empty."""
    return {
        field.key: raw.get(field.key, field.default)
        for field in fields
        if field.key in raw or field.default is not None
    }


def default_error(field: Field, value: Any, plugin_types: Mapping[str, FieldType] = NO_TYPES) -> str | None:
    """Return why ``value`` cannot be the default of ``field``, or ``None`` when it can.

    People, departments and locations are known only to a running organisation: any text passes.
    """
    if field.type in ("user", "department", "location"):
        return None if isinstance(value, str) else str(_("Send this as text."))
    if field.type in ("file", "lines"):
        return str(_("A field of this type has no default."))
    try:
        type_of(field, plugin_types).clean(value, field, FieldContext())
    except ValidationError as error:
        return next(_flatten(error.messages, "")).message
    return None


def json_schema(request_type: RequestType, language: str = "en") -> dict[str, Any]:
    """Return the JSON Schema of a request type's answers, with labels in ``language``.

    A condition is given as ``x-show-if``; a conditional field is never in ``required``.
    """
    schema: dict[str, Any] = {
        "type": "object",
        "title": request_type.title.in_language(language),
        "description": request_type.summary.in_language(language),
        "properties": {field.key: _property(field, language) for field in request_type.fields},
        "additionalProperties": False,
    }
    required = [
        field.key for field in request_type.fields if field.required and field.show_if is None and field.default is None
    ]
    return {**schema, "required": required} if required else schema


def _load(fields: Sequence[Field], raw: Mapping[str, Any], context: FieldContext) -> tuple[dict[str, Any], Any]:
    schema = compile_schema(fields, context.plugin_types)
    with Context(context):
        try:
            return schema.load(with_defaults(fields, raw), partial=True), {}
        except ValidationError as error:
            valid = error.valid_data
            return (valid if isinstance(valid, dict) else {}), error.messages


def _visible_keys(fields: Sequence[Field], cleaned: Mapping[str, Any]) -> set[str]:
    by_key = {field.key: field for field in fields}
    return {field.key for field in fields if _is_met(field, by_key, cleaned, ())}


def _is_met(field: Field, by_key: Mapping[str, Field], cleaned: Mapping[str, Any], asked: Collection[str]) -> bool:
    condition = field.show_if
    if condition is None:
        return True
    controller = by_key.get(condition.field)
    if controller is None or controller.key in asked:
        return True  # asking too much is seen and corrected; losing an answer is not
    if not _is_met(controller, by_key, cleaned, (*asked, field.key)):
        return False
    return meets(condition, cleaned)


def meets(condition: ShowIf, answers: Mapping[str, Any]) -> bool:
    """Tell whether the answer that a condition is about is one of its values."""
    answer = answers.get(condition.field)
    given = answer if isinstance(answer, list) else [answer]
    return any(type(value) is type(wanted) and value == wanted for value in given for wanted in condition.values)


def _flatten(messages: Any, path: str) -> Iterator[Problem]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _flatten(inner, f"{path}.{key}")
    elif isinstance(messages, (list, tuple)):
        for inner in messages[:1]:
            yield from _flatten(inner, path)
    else:
        yield Problem(str(messages), path)


def _missing(field: Field, context: FieldContext) -> Problem:
    control = type_of(field, context.plugin_types).control_for(field)
    return Problem(missing_sentence(field, control, context.language), f"answers.{field.key}")


def _unknown(key: Any) -> Problem:
    name = clean_line(str(key))[:80]
    return Problem(_("This form has no field called “%(name)s”. Leave it out.", name=name), f"answers.{name}")


def _property(field: Field, language: str) -> dict[str, Any]:
    schema = {**type_of(field).json_schema(field, language), "title": field.label.in_language(language)}
    if field.hint is not None:
        schema["description"] = field.hint.in_language(language)
    if field.default is not None:
        schema["default"] = field.default
    if field.sensitive:
        schema["x-sensitive"] = True
    if field.show_if is not None:
        schema["x-show-if"] = {"field": field.show_if.field, "values": list(field.show_if.values)}
    return schema
