"""Reads request types from TOML, one file each, as ``catalogue/<key>.toml`` of a plugin."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, cast

from deskcore.desks.field_declarations import check_conditions, read_fields
from deskcore.desks.fields import FIELD_TYPES, FieldType
from deskcore.desks.follow_ups import check_follow_ups, read_follow_ups
from deskcore.desks.subjects import PLACEHOLDER
from deskcore.desks.toml_table import KEY, DeclarationError, Table
from deskcore.hooks.contributions import PRIORITIES, Door, Field, RequestType, Text

__all__ = ["DeclarationError", "load_request_types", "read_document", "read_request_type", "read_text"]

_SLUG = re.compile(r"[a-z][a-z0-9_-]*")
_DURATION = re.compile(r"([0-9]{1,5}) ?(min|h|d)")
#: Working minutes; a working day has eight hours.
MINUTES = {"min": 1, "h": 60, "d": 480}


def load_request_types(
    folder: Path,
    desk: str,
    field_types: Mapping[str, FieldType] = FIELD_TYPES,
    icons: Collection[str] | None = None,
) -> tuple[RequestType, ...]:
    """Return the request types declared in ``folder`` for ``desk``, by their order, then key.

    :param field_types: types that fields may have; others need an explicit ``fallback``.
    :param icons: names an icon may have; ``None`` checks only that it looks like one.
    :raises DeclarationError: names the file, the place in it and the remedy.
    """
    if not folder.is_dir():
        raise DeclarationError(folder, "", "there is no such folder; create it, with one .toml file per request type.")
    found: dict[str, RequestType] = {}
    for file in sorted(folder.glob("*.toml")):
        request_type = read_request_type(file, desk, field_types, icons)
        if request_type.key in found:
            raise DeclarationError(file, "key", f"{request_type.key} is declared twice; give one another key.")
        found[request_type.key] = request_type
    return tuple(sorted(found.values(), key=lambda each: (each.order, each.key)))


def read_request_type(
    file: Path,
    desk: str,
    field_types: Mapping[str, FieldType] = FIELD_TYPES,
    icons: Collection[str] | None = None,
) -> RequestType:
    """Return the request type that ``file`` declares for ``desk``.

    :raises DeclarationError: names the file, the place in it and the remedy.
    """
    return check_follow_ups(file, read_document(file, _parse(file), desk, field_types, icons))


def read_text(
    file: Path,
    text: str,
    desk: str,
    field_types: Mapping[str, FieldType] = FIELD_TYPES,
    icons: Collection[str] | None = None,
) -> RequestType:
    """Return the request type that the text of a file declares for ``desk``.

    :param file: what the text is called, for messages; its stem is the key where the text names none.
    :raises DeclarationError: names the file, the place in it and the remedy.
    """
    return check_follow_ups(file, read_document(file, _parse_text(file, text), desk, field_types, icons))


def read_document(
    file: Path,
    document: Mapping[str, Any],
    desk: str,
    field_types: Mapping[str, FieldType] = FIELD_TYPES,
    icons: Collection[str] | None = None,
) -> RequestType:
    """Return the request type that plain data of the shape of a file declares for ``desk``.

    :raises DeclarationError: names the file, the place in it and the remedy.
    """
    table = Table(file, "", dict(document))
    fields = read_fields(table, field_types)
    check_conditions(file, fields)
    subject = table.text_or_none("subject")
    request_type = RequestType(
        key=_matching(table, "key", _SLUG, file.stem),
        desk=desk,
        door=cast(Door, table.one_of("door", ("broken", "need", "process"), "need")),
        icon=_icon(table, icons),
        group=table.text_or_none("group"),
        title=table.text("title"),
        summary=table.text("summary"),
        subject=subject,
        description=_description(table, fields),
        fields=fields,
        default_priority=table.one_of("default_priority", PRIORITIES, "normal"),
        team=_matching(table, "team", _SLUG, ""),
        typical_minutes=_typical(table),
        popularity=table.whole("popularity", 0, 0),
        audience=_matching(table, "audience", _SLUG, "everyone"),
        keywords=table.strings("keywords"),
        order=table.whole("order", 100),
        sections=_sections(table),
        follow_ups=read_follow_ups(table),
    )
    table.finish()
    _check_subject(table, subject, fields)
    return request_type


def _parse(file: Path) -> dict[str, Any]:
    try:
        return _parse_text(file, file.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise DeclarationError(file, "", "save the file as UTF-8.") from error
    except OSError as error:
        raise DeclarationError(file, "", f"the file cannot be read: {error.strerror}.") from error


def _parse_text(file: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise DeclarationError(file, "", f"this is not valid TOML: {error}.") from error


def _matching(table: Table, key: str, pattern: re.Pattern[str], default: str) -> str:
    value = table.words(key, default)
    if value and not pattern.fullmatch(value):
        raise table.error(key, "use small letters a to z, digits, - and _, beginning with a letter.")
    return value


def _icon(table: Table, icons: Collection[str] | None) -> str:
    if icons is not None:
        return table.one_of("icon", icons, "file")
    return _matching(table, "icon", _SLUG, "file")


def _description(table: Table, fields: tuple[Field, ...]) -> str:
    key = table.words("description", "")
    if not key:
        return ""
    by_key = {field.key: field for field in fields}
    if key not in by_key:
        raise table.error("description", f"no field has the key {key}; name one of the fields.")
    if by_key[key].sensitive:
        raise table.error("description", f"{key} is sensitive, and a description is not; leave description out.")
    return key


def _typical(table: Table) -> int | None:
    value = table.take("typical")
    if value is None:
        return None
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise table.error("typical", 'write a number with min, h or d, like "2 h" (a working day has 8 hours).')
    return int(found[1]) * MINUTES[found[2]]


def _sections(table: Table) -> dict[str, Any]:
    sections = table.table_or_none("sections")
    if sections is None:
        return {}
    found = dict(sections.rest())
    for name, section in found.items():
        if not KEY.fullmatch(name):
            raise sections.error(name, "name the section after its plugin.")
        if not isinstance(section, dict):
            raise sections.error(name, f"write a table: [sections.{name}].")
    return found


def _check_subject(table: Table, subject: Text | None, fields: tuple[Field, ...]) -> None:
    by_key = {field.key: field for field in fields}
    for language in ("en", "pl"):
        pattern, place = subject.in_language(language) if subject else "", f"subject.{language}"
        for key in PLACEHOLDER.findall(pattern):
            if key not in by_key:
                raise table.error(place, f"no field has the key {key}; name one of the fields in {{…}}.")
            if by_key[key].sensitive:
                raise table.error(place, f"{key} is sensitive, and a subject is shown in lists; leave it out.")
        if set("{}") & set(PLACEHOLDER.sub("", pattern)):
            raise table.error(place, "write the key of a field between { and }, like {system}.")
