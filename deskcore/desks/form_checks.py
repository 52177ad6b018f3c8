"""What there is to correct about a request type that somebody edits, in sentences for that person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flask_babel import gettext as _

from deskcore.desks.field_declarations import DECIDING, RESERVED, WITH_OPTIONS
from deskcore.desks.fields import FIELD_TYPES
from deskcore.desks.fields.cleaning import is_blank
from deskcore.desks.schemas import default_error
from deskcore.desks.subjects import PLACEHOLDER
from deskcore.desks.toml_table import KEY
from deskcore.errors import Problem
from deskcore.hooks.contributions import Field, RequestType

#: More mandatory fields than this make people give up: administrators are warned.
MANDATORY = 7
#: Fields of a form, characters of a key or a value, and of one text.
MOST_FIELDS = 100
LONGEST_KEY = 60
LONGEST_TEXT = 2000


def problems_of(edited: RequestType) -> list[Problem]:
    """Return everything that keeps ``edited`` from being offered."""
    found = [] if KEY.fullmatch(edited.key.replace("-", "_")) else [_bad_key("key")]
    if len(edited.fields) > MOST_FIELDS:
        found.append(Problem(_("A form has at most %(count)s fields.", count=MOST_FIELDS)))
    found += _texts(edited)
    earlier: dict[str, Field] = {}
    for field in edited.fields:
        found += _field_problems(field, earlier, edited.fields)
        earlier[field.key] = field
    return [*found, *_uses(edited, earlier)]


def too_many_mandatory(edited: RequestType) -> int:
    """Return the number of mandatory fields when there are more than people put up with, else 0."""
    count = sum(field.required and field.show_if is None for field in edited.fields)
    return count if count > MANDATORY else 0


def _bad_key(place: str) -> Problem:
    return Problem(_("Use small letters a to z, digits and _, beginning with a letter, at most 60."), place)


def _texts(edited: RequestType) -> Iterator[Problem]:
    for name in ("title", "summary", "subject", "group"):
        text = getattr(edited, name)
        for language in ("en", "pl") if text is not None else ():
            if is_blank(text.in_language(language)):
                yield Problem(_("Write this in both languages."), f"{name}.{language}")
            elif len(text.in_language(language)) > LONGEST_TEXT:
                yield Problem(_("Write at most %(count)s characters.", count=LONGEST_TEXT), f"{name}.{language}")


def _field_problems(field: Field, earlier: Mapping[str, Field], fields: tuple[Field, ...]) -> Iterator[Problem]:
    if not KEY.fullmatch(field.key) or len(field.key) > LONGEST_KEY:
        yield _bad_key("field.key")
    if field.key in RESERVED:
        yield Problem(_("Every form uses this key itself. Choose another."), "field.key")
    if field.key in earlier:
        yield Problem(_("Another field has this key. Choose another."), "field.key")
    for name in ("label", "hint", "missing"):
        text = getattr(field, name)
        for language in ("en", "pl") if text is not None else ():
            if is_blank(text.in_language(language)):
                yield Problem(_("Write this in both languages."), f"field.{name}.{language}")
    yield from _options(field)
    if field.type == "lines" and not field.columns:
        yield Problem(_("A table needs at least one column."), "field.columns")
    if field.show_if is not None:
        yield from _condition(field, earlier, fields)
    if field.default is not None and field.type in FIELD_TYPES:
        problem = default_error(field, field.default)
        if problem is not None:
            yield Problem(_("This cannot be the answer: %(reason)s", reason=problem), "field.default")


def _options(field: Field) -> Iterator[Problem]:
    values = [option.value for option in field.options]
    if field.type in WITH_OPTIONS and not values:
        yield Problem(_("Give people at least one answer to choose."), "field.options")
    if len(set(values)) != len(values):
        yield Problem(_("Two answers have the same value. Give each its own."), "field.options")
    for option in field.options:
        if not option.value or option.value != option.value.strip() or set(",;") & set(option.value):
            yield Problem(_("A value has no commas, semicolons or spaces around it."), "field.options")
        texts = (option.label, option.hint) if option.hint is not None else (option.label,)
        if any(is_blank(text.in_language(language)) for text in texts for language in ("en", "pl")):
            yield Problem(_("Write each answer in both languages."), "field.options")


def _condition(field: Field, earlier: Mapping[str, Field], fields: tuple[Field, ...]) -> Iterator[Problem]:
    assert field.show_if is not None
    name, controller = field.show_if.field, earlier.get(field.show_if.field)
    if controller is None:
        there = name in {other.key for other in fields}
        shown = {"field": field.key, "other": name}
        yield Problem(
            _("%(field)s is shown depending on %(other)s, so it stays below it.", **shown)
            if there
            else _(
                "%(field)s is shown depending on %(other)s, which is not there. Change its condition first.", **shown
            ),
            "field.show_if",
        )
        return
    if controller.type in FIELD_TYPES and controller.type not in DECIDING:
        yield Problem(_("Only a choice or a yes-or-no question can decide whether a field is shown."), "field.show_if")
        return
    possible = [True, False] if controller.type == "bool" else [option.value for option in controller.options]
    if controller.type in FIELD_TYPES and any(value not in possible for value in field.show_if.values):
        yield Problem(
            _("%(field)s is shown for an answer that %(other)s no longer has.", field=field.key, other=name),
            "field.show_if",
        )


def _uses(edited: RequestType, fields: Mapping[str, Field]) -> Iterator[Problem]:
    """Yield what is wrong with the fields that the subject and the description name."""
    if edited.description and edited.description not in fields:
        yield Problem(
            _("The description comes from %(key)s, which is not there.", key=edited.description), "description"
        )
    elif edited.description and fields[edited.description].sensitive:
        yield Problem(_("The answer to a sensitive field cannot be the description."), "description")
    for language in ("en", "pl"):
        pattern = edited.subject.in_language(language) if edited.subject else ""
        for key in PLACEHOLDER.findall(pattern):
            if key not in fields:
                yield Problem(_("The subject names %(key)s, which is not there.", key=key), f"subject.{language}")
            elif fields[key].sensitive:
                yield Problem(_("A subject is shown in lists: %(key)s is sensitive.", key=key), f"subject.{language}")
        if set("{}") & set(PLACEHOLDER.sub("", pattern)):
            yield Problem(_("Write the key of a field between { and }, such as {system}."), f"subject.{language}")
