"""Files that come with a form: kept at once, so that a form that has to come again does not lose them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import gettext as _

from deskcore.errors import Problem, Refused
from deskcore.hooks.contributions import Field
from deskcore.tickets.attachments import MAX_FILES, store_upload

#: Name of a control in a table's row: ``receipts-0-file``.
_CELL = re.compile(r"([a-z][a-z0-9_]*)-(\d{1,4})-([a-z][a-z0-9_]*)")


@dataclass(frozen=True)
class RefusedFile(Problem):
    """A file that could not be stored.

    :param status: HTTP status that says why.
    """

    status: int = 422


def received_files(fields: Sequence[Field]) -> tuple[dict[str, list[str]], tuple[Problem, ...]]:
    """Store the files of this request and return their tokens by control name, and what could not be stored.

    Only files of the form's own fields are looked at.
    """
    tokens: dict[str, list[str]] = {}
    problems: list[Problem] = []
    count = 0
    for name, file in request.files.items(multi=True):
        place = _place_of(name, fields)
        if place is None or not file.filename:
            continue
        count += 1
        if count > MAX_FILES:
            problems.append(Problem(_("Attach at most %(count)s files.", count=MAX_FILES), place.path))
            break
        try:
            token = store_upload(file.stream, file.filename, sensitive=place.sensitive)
        except Refused as refused:
            problems.append(RefusedFile(refused.message, place.path, refused.status))
        else:
            tokens.setdefault(name, []).append(token)
    return tokens, tuple(problems)


def status_of(problems: Sequence[Problem]) -> int:
    """Return the status with which a form comes back: one about its files says more than that something is wrong."""
    return max((problem.status for problem in problems if isinstance(problem, RefusedFile)), default=422)


@dataclass(frozen=True)
class _Place:
    """Where a file of a form belongs.

    :param path: of the answer, as problems name it.
    """

    path: str
    sensitive: bool


def _place_of(name: str, fields: Sequence[Field]) -> _Place | None:
    """Return where the file of this control belongs; nothing when it is no file field's."""
    by_key = {field.key: field for field in fields}
    if name in by_key:
        return _Place(f"answers.{name}", by_key[name].sensitive) if by_key[name].type == "file" else None
    cell = _CELL.fullmatch(name)
    table = by_key.get(cell[1]) if cell else None
    if cell is None or table is None:
        return None
    column = next((column for column in table.columns if column.key == cell[3]), None)
    if column is None or column.type != "file":
        return None
    return _Place(f"answers.{cell[1]}.{int(cell[2])}.{cell[3]}", column.sensitive or table.sensitive)


def tokens_in(fields: Sequence[Field], answers: Any) -> list[str]:
    """Return the tokens of all files in answers, those in tables included."""
    found: list[str] = []
    for field in fields:
        value = answers.get(field.key)
        if field.type == "file":
            found += value or []
        for row in (value or []) if field.columns else []:
            found += tokens_in(field.columns, row)
    return found


def without_files(fields: Sequence[Field], answers: Any) -> dict[str, Any]:
    """Return answers without the tokens of files, which differ each time the same file is sent."""
    plain: dict[str, Any] = {}
    for field in fields:
        value = answers.get(field.key)
        if field.type == "file" or value is None:
            continue
        plain[field.key] = [without_files(field.columns, row) for row in value] if field.columns else value
    return plain


def without_lost_files(fields: Sequence[Field], answers: Any, there: Collection[str]) -> dict[str, Any]:
    """Return answers without the tokens of files that are gone.

    :param there: tokens of those that are not.
    """
    kept: dict[str, Any] = dict(answers)
    for field in fields:
        value = answers.get(field.key)
        if field.type == "file" and value:
            kept[field.key] = [token for token in value if token in there]
        elif field.columns and value:
            kept[field.key] = [without_lost_files(field.columns, row, there) for row in value]
    return kept
