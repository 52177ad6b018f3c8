"""Reads the fields of a request type from TOML."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deskcore.desks.fields import FIELD_TYPES, FieldType
from deskcore.desks.schemas import default_error
from deskcore.desks.toml_table import KEY, DeclarationError, Table
from deskcore.hooks.contributions import Field, Option, ShowIf

#: Names of controls that every form has beside its fields.
RESERVED = frozenset({"csrf_token", "idempotency_key", "requester", "channel", "draft", "action", "version"})
#: Types whose answers come from a declared list.
WITH_OPTIONS = ("select", "multiselect")
#: Types whose answer can decide whether another field is shown.
DECIDING = ("select", "multiselect", "bool")


def read_fields(table: Table, field_types: Mapping[str, FieldType], key: str = "fields") -> tuple[Field, ...]:
    """Return the fields listed at ``key`` (``fields`` of a request type, ``columns`` of a ``lines`` field).

    :raises DeclarationError: for a field that cannot be used, or two with the same key.
    """
    fields: list[Field] = []
    for item in table.tables(key):
        field = _read_field(item, field_types, in_table=key == "columns")
        if field.key in {other.key for other in fields}:
            raise item.error("key", f"{field.key} is used twice; give one field another key.")
        fields.append(field)
    return tuple(fields)


def _read_field(table: Table, field_types: Mapping[str, FieldType], in_table: bool) -> Field:
    key = table.words("key")
    if not KEY.fullmatch(key):
        raise table.error("key", "use small letters a to z, digits and _, beginning with a letter.")
    if key in RESERVED:
        raise table.error("key", f"{key} is a name that every form uses; choose another.")
    field_type, fallback = _type(table, field_types, in_table)
    field = Field(
        key=key,
        type=field_type,
        fallback=fallback,
        label=table.text("label"),
        hint=table.text_or_none("hint"),
        missing=table.text_or_none("missing"),
        required=table.flag("required"),
        sensitive=table.flag("sensitive"),
        default=table.take("default"),
        options=_options(table, field_type),
        show_if=read_condition(table, in_table),
        columns=_columns(table, field_types, field_type),
        max_length=table.whole("max_length", None, 1),
        minimum=table.whole("minimum", None),
        maximum=table.whole("maximum", None),
    )
    table.finish()
    _check_default(table, field, field_types)
    return field


def _type(table: Table, field_types: Mapping[str, FieldType], in_table: bool) -> tuple[str, str]:
    name = table.words("type")
    fallback = table.words("fallback", "")
    if name not in field_types and not fallback:
        table.take("type")
        known = ", ".join(sorted(field_types))
        raise table.error(
            "type",
            f"{name} is no type of the core ({known}); "
            "for the type of a plugin, name the core type to use without it as fallback.",
        )
    if fallback and fallback not in FIELD_TYPES:
        raise table.error("fallback", f"{fallback} is no type of the core.")
    if in_table and "lines" in (name, fallback):
        raise table.error("type", "a table cannot stand inside a table; use another type.")
    return name, fallback or "text"


def _options(table: Table, field_type: str) -> tuple[Option, ...]:
    options: list[Option] = []
    for item in table.tables("options"):
        option = Option(item.words("value"), item.text("label"), item.text_or_none("hint"))
        item.finish()
        if option.value != option.value.strip() or set(",;") & set(option.value):
            raise item.error("value", "leave out commas, semicolons and outer spaces.")
        if option.value in {other.value for other in options}:
            raise item.error("value", "this value is used twice; give each option its own.")
        options.append(option)
    if bool(options) != (field_type in WITH_OPTIONS) and (options or field_type in FIELD_TYPES):
        wanted = field_type in WITH_OPTIONS
        raise table.error("options", "list at least one option." if wanted else f"a {field_type} field has no options.")
    return tuple(options)


def _columns(table: Table, field_types: Mapping[str, FieldType], field_type: str) -> tuple[Field, ...]:
    columns = read_fields(table, field_types, "columns")
    if bool(columns) != (field_type == "lines"):
        wanted = field_type == "lines"
        raise table.error("columns", "list at least one column." if wanted else f"a {field_type} field has no columns.")
    return columns


def read_condition(table: Table, in_table: bool = False) -> ShowIf | None:
    """Return the condition at ``show_if``, if there is one."""
    condition = table.table_or_none("show_if")
    if condition is None:
        return None
    if in_table:
        raise table.error("show_if", "a column is always shown; remove it.")
    field, values = condition.words("field"), condition.take("values")
    if not isinstance(values, list) or not values or not all(isinstance(value, (str, bool, int)) for value in values):
        raise condition.error("values", 'list the answers that show this field, like ["team"] or [true].')
    condition.finish()
    return ShowIf(field, tuple(values))


def _check_default(table: Table, field: Field, field_types: Mapping[str, FieldType]) -> None:
    if field.default is None:
        return
    if not _is_json(field.default):
        raise table.error("default", 'write dates and times in quotes, like "2026-11-24" or "today".')
    if field.type not in field_types:
        return  # only the plugin that owns the type can judge it
    problem = default_error(field, field.default, field_types)
    if problem is not None:
        raise table.error("default", f"this cannot be the answer: {problem}")


def _is_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_json(item) for item in value.values())
    if isinstance(value, list):
        return all(_is_json(item) for item in value)
    return isinstance(value, (str, bool, int)) or value is None


def check_conditions(file: Path, fields: tuple[Field, ...]) -> None:
    """Refuse a ``show_if`` that names no earlier field, or an answer which that field cannot have.

    :raises DeclarationError: at the first such condition.
    """
    earlier: dict[str, Field] = {}
    for index, field in enumerate(fields):
        if field.show_if is not None:
            check_condition(file, f"fields[{index}].show_if", field.show_if, earlier, fields)
        earlier[field.key] = field


def check_condition(
    file: Path, place: str, condition: ShowIf, earlier: Mapping[str, Field], fields: tuple[Field, ...]
) -> None:
    """Refuse a condition on a field that is none of ``earlier``, or on an answer which that field cannot have.

    :raises DeclarationError: at the condition.
    """
    controller = earlier.get(condition.field)
    if controller is None:
        later = condition.field in {field.key for field in fields}
        remedy = "move it above this one" if later else "name the key of a field above this one"
        raise DeclarationError(file, f"{place}.field", f"{condition.field} is no earlier field; {remedy}.")
    if controller.type in FIELD_TYPES and controller.type not in DECIDING:
        raise DeclarationError(
            file, f"{place}.field", f"{condition.field} is a {controller.type}; use a {', '.join(DECIDING)} field."
        )
    possible = {True, False} if controller.type == "bool" else {option.value for option in controller.options}
    for value in condition.values:
        fits = isinstance(value, bool) if controller.type == "bool" else value in possible
        if controller.type in FIELD_TYPES and not fits:
            raise DeclarationError(
                file, f"{place}.values", f"{value!r} is no answer to {condition.field}; use one of its answers."
            )
