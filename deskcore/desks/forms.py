"""Forms as plain data: what a browser posted, and everything one macro needs to show a form again."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from deskcore.desks.fields import FieldContext, FieldType, type_of
from deskcore.desks.fields.figures import CURRENCIES
from deskcore.desks.fields.references import Reference
from deskcore.desks.form_views import ErrorView, FieldView, FormView, OptionView, PartView
from deskcore.desks.schemas import visible_fields, with_defaults

if TYPE_CHECKING:
    from deskcore.errors import Problem
    from deskcore.hooks.contributions import Field

__all__ = [
    "SHOWN",
    "ErrorView",
    "FieldView",
    "FormView",
    "OptionView",
    "PartView",
    "build_form",
    "needs_another_step",
    "read_form",
    "shown_fields",
]

#: Hidden control, once beside each field that the page really showed.
SHOWN = "_shown"
#: Empty rows that a table opens with, and that follow the filled ones.
OPEN_ROWS = 3
#: People offered when a name could mean several.
CANDIDATES = 10

_INPUT_TYPES = {"email": "email", "phone": "tel", "url": "url"}
_INPUT_MODES = {"int": "numeric", "money": "decimal"}


def read_form(
    fields: Sequence[Field],
    form: MultiDict[str, str],
    context: FieldContext,
    uploads: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Any]:
    """Return what was posted, by field key, ready for :func:`deskcore.desks.schemas.validate`.

    A field that was not on the page is left out, so that its default stands; one that was shown and came
    back empty is ``None``.

    :param uploads: tokens of the files that came with this request, by control name; they join those
        posted by an earlier step.
    """
    posted = MultiDict(form)
    for name, tokens in (uploads or {}).items():
        posted.setlistdefault(name).extend(tokens)
    shown = shown_fields(form)
    raw: dict[str, Any] = {}
    for field in fields:
        if shown is not None and field.key not in shown:
            continue
        field_type = type_of(field, context.plugin_types)
        value = field_type.from_form(posted, field.key, field, context)
        unticked = value is None and field_type.control_for(field) == "checkbox"
        raw[field.key] = False if unticked else value
    return raw


def shown_fields(form: MultiDict[str, str]) -> frozenset[str] | None:
    """Return the keys of the fields that were on the page, or ``None`` when it did not say so."""
    return frozenset(form.getlist(SHOWN)) if SHOWN in form else None


def needs_another_step(
    fields: Sequence[Field], raw: Mapping[str, Any], shown: Collection[str] | None, context: FieldContext
) -> tuple[Field, ...]:
    """Return the fields that these answers revealed and that nobody has seen yet, optional ones too.

    Without JavaScript a page holds only the fields whose condition was met when it was made. Render the
    form again while this returns something.

    :param shown: from :func:`shown_fields`; ``None`` means that everything was shown.
    """
    if shown is None:
        return ()
    return tuple(field for field in visible_fields(fields, raw, context) if field.key not in shown)


def build_form(
    fields: Sequence[Field],
    raw: Mapping[str, Any],
    context: FieldContext,
    problems: Iterable[Problem] = (),
    more_rows: Collection[str] = (),
) -> FormView:
    """Return the view of a form.

    :param raw: answers so far: stored ones, a draft's, or what :func:`read_form` returned; ``{}`` at first.
    :param problems: what :func:`deskcore.desks.schemas.validate` found.
    :param more_rows: keys of tables whose "add rows" button was pressed.
    """
    problems = tuple(problems)
    errors = {problem.field.removeprefix("answers."): problem.message for problem in problems}
    visible = {field.key for field in visible_fields(fields, raw, context)}
    values = with_defaults(fields, raw)
    controllers = {field.key: field for field in fields}
    builder = _Builder(context, errors, frozenset(more_rows))
    views = tuple(
        builder.field(field, field.key, field.key, values.get(field.key), field.key in visible, controllers)
        for field in fields
    )
    ids = {path: view.id for view in views for path, view in _anchors(view)}
    summary = tuple(_error_line(problem, ids) for problem in problems)
    return FormView(views, summary)


def _error_line(problem: Problem, ids: Mapping[str, str]) -> ErrorView:
    return ErrorView(problem.message, ids.get(problem.field.removeprefix("answers."), ""))


def _anchors(view: FieldView) -> Iterable[tuple[str, FieldView]]:
    yield view.key, view
    for index, row in enumerate(view.rows):
        yield f"{view.key}.{index}", row[0]
        for cell in row:
            yield f"{view.key}.{index}.{cell.key}", cell


@dataclass(frozen=True)
class _Builder:
    """Turns fields into views for one context and one set of errors (by path without ``answers.``)."""

    context: FieldContext
    errors: Mapping[str, str]
    more_rows: frozenset[str]

    def field(
        self,
        field: Field,
        name: str,
        path: str,
        value: Any,
        visible: bool = True,
        controllers: Mapping[str, Field] | None = None,
    ) -> FieldView:
        """Return the view of one field, or of one cell of a table."""
        field_type = type_of(field, self.context.plugin_types)
        control = field_type.control_for(field)
        pairs = MultiDict(field_type.to_form(name, value, field, self.context))
        condition = field.show_if
        error = self.errors.get(path, "")
        return FieldView(
            key=field.key,
            name=name,
            id=_id(name),
            label=field.label.in_language(self.context.language),
            control=control,
            hint=field.hint.in_language(self.context.language) if field.hint else "",
            optional=not field.required,
            sensitive=field.sensitive,
            value=pairs.get(name) or "",
            checked=control == "checkbox" and value is True,
            options=self._options(field, field_type, control, pairs.getlist(name)),
            parts=self._parts(control, name, pairs),
            error=error,
            visible=visible,
            show_if_field=condition.field if condition else "",
            show_if_values=self._condition(field, controllers or {}),
            candidates=self._candidates(field_type, value) if error else (),
            columns=tuple(self.field(column, "", "", None) for column in field.columns),
            rows=self._rows(field, name, path, value) if control == "lines" else (),
            max_length=field.max_length,
            input_type=_INPUT_TYPES.get(control, "text"),
            input_mode=_INPUT_MODES.get(control, ""),
        )

    def _options(
        self, field: Field, field_type: FieldType, control: str, chosen: Sequence[str]
    ) -> tuple[OptionView, ...]:
        language = self.context.language
        if control == "yesno":
            labels = (("yes", _("Yes")), ("no", _("No")))
            return tuple(OptionView(value, label, selected=value in chosen) for value, label in labels)
        if control == "file":
            lookup = self.context.lookup
            return tuple(OptionView(token, lookup.label("file", token) or token, selected=True) for token in chosen)
        if isinstance(field_type, Reference) and control == "select":
            found = self.context.lookup.choices(field_type.kind)
            return tuple(OptionView(each.value, each.label, each.detail, each.value in chosen) for each in found)
        return tuple(
            OptionView(
                option.value,
                option.label.in_language(language),
                option.hint.in_language(language) if option.hint else "",
                option.value in chosen,
            )
            for option in field.options
        )

    def _parts(self, control: str, name: str, pairs: MultiDict[str, str]) -> tuple[PartView, ...]:
        if control == "daterange":
            labels = {"from": _("First day"), "until": _("Last day")}
        elif control == "money":
            labels = {"amount": _("Amount"), "currency": _("Currency")}
        else:
            return ()
        values = {part: pairs.get(f"{name}.{part}") or "" for part in labels}
        currency = values.get("currency") or self.context.currency
        return tuple(
            PartView(
                name=f"{name}.{part}",
                id=_id(name) if index == 0 else _id(f"{name}.{part}"),
                label=label,
                value=values[part],
                options=_currencies(currency) if part == "currency" else (),
            )
            for index, (part, label) in enumerate(labels.items())
        )

    def _condition(self, field: Field, controllers: Mapping[str, Field]) -> str:
        if field.show_if is None:
            return ""
        controller = controllers.get(field.show_if.field)
        if controller is not None and controller.type == "bool":
            return json.dumps(["yes" if value is True else "no" for value in field.show_if.values])
        return json.dumps([str(value) for value in field.show_if.values], ensure_ascii=False)

    def _candidates(self, field_type: FieldType, value: Any) -> tuple[OptionView, ...]:
        if not isinstance(field_type, Reference) or not isinstance(value, str):
            return ()
        found = self.context.lookup.find(field_type.kind, field_type.meant(value.strip()[:254], self.context))
        return tuple(OptionView(each.value, each.label, each.detail) for each in found[:CANDIDATES])

    def _rows(self, field: Field, name: str, path: str, value: Any) -> tuple[tuple[FieldView, ...], ...]:
        rows = [row if isinstance(row, dict) else {} for row in value] if isinstance(value, list) else []
        spare = OPEN_ROWS if not rows or field.key in self.more_rows else 1
        limit = max(len(rows), min(len(rows) + spare, field.maximum or len(rows) + spare))
        return tuple(
            tuple(
                self.field(
                    column,
                    f"{name}-{index}-{column.key}",
                    f"{path}.{index}.{column.key}",
                    row.get(column.key, column.default),
                )
                for column in field.columns
            )
            for index, row in enumerate([*rows, *({} for _row in range(limit - len(rows)))])
        )


def _currencies(chosen: str) -> tuple[OptionView, ...]:
    codes = CURRENCIES if chosen in CURRENCIES else (*CURRENCIES, chosen)
    return tuple(OptionView(code, code, selected=code == chosen) for code in codes)


def _id(name: str) -> str:
    # No dots: an id must work as an anchor and as a selector alike.
    return "f-" + name.replace(".", "-")
