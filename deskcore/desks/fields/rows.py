"""Answers that are a table: any number of rows with the same columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from flask_babel import ngettext
from marshmallow import ValidationError

from deskcore.desks.fields.base import MASK, FieldContext, FieldType, Pairs, refuse, resolve
from deskcore.desks.fields.cleaning import clean_line
from deskcore.desks.fields.wording import missing_sentence
from deskcore.sealing import is_sealed

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from deskcore.hooks.contributions import Field

#: Rows that one answer may have, where the field sets no ``maximum``.
ROWS = 200


class Lines(FieldType):
    """A table, stored as a list of objects; cells post as ``name-0-column``.

    :param cells: the types that a column may have.
    """

    control = "lines"

    def __init__(self, cells: Mapping[str, FieldType]) -> None:
        self.cells = cells

    def is_empty(self, value: Any) -> bool:
        """Count rows without any answer in them as no answer."""
        return (isinstance(value, list) and all(row in ({}, None) for row in value)) or super().is_empty(value)

    def from_form(self, form: MultiDict[str, str], name: str, field: Field, context: FieldContext) -> Any:
        """Read the rows in which somebody entered something, in the order of their numbers."""
        pattern = re.compile(re.escape(name) + r"-([0-9]{1,6})-")
        numbers = sorted({int(found[1]) for key in form if (found := pattern.match(key))})
        if not numbers:
            return None
        rows = (self._posted(form, f"{name}-{number}", field, context) for number in numbers)
        kept = [row for row in rows if self._answered(row, field, context)]
        return kept[: ROWS + 1]  # one too many is enough for the schema to say so

    def _posted(self, form: MultiDict[str, str], prefix: str, field: Field, context: FieldContext) -> dict[str, Any]:
        cells = (
            (column, self.type_of(column, context).from_form(form, f"{prefix}-{column.key}", column, context))
            for column in field.columns
        )
        return {column.key: value for column, value in cells if value is not None}

    def _answered(self, row: Mapping[str, Any], field: Field, context: FieldContext) -> bool:
        # A list that opens on its default does not make a row: nobody entered anything there.
        return any(
            not self.type_of(column, context).is_empty(row.get(column.key)) and row.get(column.key) != column.default
            for column in field.columns
        )

    def type_of(self, column: Field, context: FieldContext) -> FieldType:
        """Return the type of a column."""
        return resolve(column, self.cells, context.plugin_types)

    def clean(self, value: Any, field: Field, context: FieldContext) -> list[dict[str, Any]]:
        """Return the rows that hold something; the errors of all cells are raised together."""
        if not isinstance(value, list):
            raise refuse(_("Send a list of rows."))
        limit = min(field.maximum or ROWS, ROWS)
        if len(value) > limit:
            raise refuse(ngettext("Enter at most %(num)s row.", "Enter at most %(num)s rows.", limit))
        rows: list[dict[str, Any]] = []
        errors: dict[int | str, Any] = {}
        for index, row in enumerate(value):
            try:
                rows.append(self._clean_row(row, field, context))
            except ValidationError as error:
                errors[index] = error.messages
        if errors:
            raise ValidationError(errors)
        return [row for row in rows if row]

    def _clean_row(self, row: Any, field: Field, context: FieldContext) -> dict[str, Any]:
        if row is None or row == {}:
            return {}
        if not isinstance(row, dict):
            raise refuse(_("Send each row with its columns by name."))
        known = {column.key for column in field.columns}
        unknown = [key for key in row if key not in known]
        errors: dict[int | str, Any] = {
            clean_line(str(key))[:80]: [_("This table has no such column.")] for key in unknown[:20]
        }
        blank = all(self.type_of(column, context).is_empty(row.get(column.key)) for column in field.columns)
        if blank and not errors:
            return {}
        cleaned: dict[str, Any] = {}
        for column in field.columns:
            try:
                self._clean_cell(row.get(column.key, column.default), column, context, cleaned)
            except ValidationError as error:
                errors[column.key] = error.messages
        if errors:
            raise ValidationError(errors)
        return cleaned

    def _clean_cell(self, value: Any, column: Field, context: FieldContext, cleaned: dict[str, Any]) -> None:
        cell = self.type_of(column, context)
        if not cell.is_empty(value):
            cleaned[column.key] = cell.clean(value, column, context)
        elif column.required:
            raise refuse(missing_sentence(column, cell.control_for(column), context.language))

    def to_form(self, name: str, value: Any, field: Field, context: FieldContext) -> Pairs:
        """Return the controls of all cells."""
        rows = value if isinstance(value, list) else []
        return [
            pair
            for index, row in enumerate(rows)
            if isinstance(row, dict)
            for column in field.columns
            for pair in self.type_of(column, context).to_form(
                f"{name}-{index}-{column.key}", row.get(column.key), column, context
            )
        ]

    def display(self, field: Field, value: Any, context: FieldContext) -> str:
        """Return a line for each row, its cells separated by dots."""
        if not isinstance(value, list):
            return super().display(field, value, context)
        return "\n".join(" · ".join(cell for cell in row if cell) for row in self.table(field, value, context))

    def table(self, field: Field, value: Any, context: FieldContext) -> list[list[str]]:
        """Return the displayed cells of each row, one for each of ``field.columns``; a sealed one masked."""
        return [
            [self._cell(column, row.get(column.key), context) for column in field.columns]
            for row in (value if isinstance(value, list) else [])
            if isinstance(row, dict)
        ]

    def _cell(self, column: Field, value: Any, context: FieldContext) -> str:
        return MASK if is_sealed(value) else self.type_of(column, context).display(column, value, context)

    def json_schema(self, field: Field, language: str) -> dict[str, Any]:
        """Return an array of objects."""
        columns: dict[str, dict[str, Any]] = {}
        for column in field.columns:
            schema = resolve(column, self.cells, {}).json_schema(column, language)
            columns[column.key] = {**schema, "title": column.label.in_language(language)}
        row: dict[str, Any] = {"type": "object", "properties": columns, "additionalProperties": False}
        required = [column.key for column in field.columns if column.required and column.default is None]
        if required:
            row["required"] = required
        return {"type": "array", "maxItems": min(field.maximum or ROWS, ROWS), "items": row}
