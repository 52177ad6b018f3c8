"""Sensitive answers as they are stored: sealed, each for its ticket and its field.

The ticket keeps a random name of its own for this, which never changes: an answer that is copied to another ticket or
field does not open there, and one of a ticket that moves to another desk still does.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from deskcore.answer_keys import AnswerKey, AnswerKeys, add_key, read_keys
from deskcore.errors import ConfigurationError, Refused
from deskcore.hooks.contributions import Field
from deskcore.runtime import runtime
from deskcore.sealing import Unsealable, as_json, from_json, is_sealed, key_id_of, seal, unseal
from deskcore.tickets import sealed_tables
from deskcore.tickets.models import Ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

_PURPOSE = "answer"
#: Bytes to a multiple of which every value is filled up before it is sealed.
_BLOCK = 64


class Locked(Refused):
    """A sensitive answer cannot be stored or opened; the text says why and what to do."""

    status = 503


def is_sensitive(field: Field) -> bool:
    """Tell whether any of a field's answer is sensitive."""
    return field.sensitive or any(column.sensitive for column in field.columns)


def stored(fields: Sequence[Field], answers: Mapping[str, Any], sealed_as: str | None = None) -> dict[str, Any]:
    """Return the columns of a ticket that hold its answers, the sensitive ones sealed.

    :param fields: of its form; of several fields of one key it is enough that one is sensitive.
    :param sealed_as: the ticket's name, if it has one: then what is sealed stays as it is. Without one, whatever looks
        as if it were is an answer like any other.
    :raises Locked: when there is no key, though there was one.
    """
    name = sealed_as or secrets.token_hex(16)

    def close(place: str, value: Any) -> Any:
        return value if sealed_as and is_sealed(value) else _closed(name, place, value)

    held = changed(answers, fields, close)
    used = sealed_with(held)
    return {"answers": held, "sealed_as": name if used else None, "sealed_with": used}


def _closed(name: str, place: str, value: Any, key: AnswerKey | None = None) -> dict[str, str]:
    return as_json(close_value(name, place, value, key))


def close_value(sealed_as: str, place: str, value: Any, key: AnswerKey | None = None) -> bytes:
    """Return a value of JSON sealed for a place of a ticket.

    :param key: to seal with, instead of the newest.
    :raises Locked: as :func:`newest_key`.
    """
    return seal((key or newest_key()).secret, _PURPOSE, f"{sealed_as}/{place}", padded(value))


def padded(value: Any) -> bytes:
    """Return a value of JSON as it is sealed, filled up with what JSON ignores."""
    text = json.dumps(value).encode()
    # What is sealed is as long as what it holds: a yes could be told from a no.
    return text.ljust(-(-len(text) // _BLOCK) * _BLOCK)


def sealed_with(answers: Mapping[str, Any], files: Iterable[bytes] = ()) -> str | None:
    """Return the key with which answers are sealed: of several an older one, so that the ticket is found by it.

    :param files: what opens the files of these answers.
    """
    used = {key_of(value) for _place, value in sealed_in(answers)} | {key_id_of(each) for each in files}
    if not used:
        return None
    newest = next((key.id for key in read_keys(runtime().config.instance).keys), "")
    return min(used - {newest}, default=newest)


def key_of(value: Mapping[str, Any]) -> str:
    """Return what names the key of a sealed value; nothing when it is damaged."""
    try:
        return key_id_of(from_json(value))
    except Unsealable:
        return ""


def resealed(keys: AnswerKeys, sealed_as: str, answers: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Return answers sealed with the newest key, and how many could not be opened and stay as they are."""
    lost = 0

    def anew(place: str, value: Mapping[str, Any]) -> Mapping[str, Any]:
        nonlocal lost
        try:
            return _closed(sealed_as, place, open_value(keys, sealed_as, place, value), keys.keys[0])
        except Unsealable:
            lost += 1
            return value

    return changed(answers, (), anew), lost


def changed(answers: Mapping[str, Any], fields: Sequence[Field], change: Callable[[str, Any], Any]) -> dict[str, Any]:
    """Return answers in which ``change`` was made to every sensitive one, given its place in the ticket.

    The place is ``field``, or ``field/row/column`` in a table. What is sealed is sensitive, whatever the form says.
    """
    return {
        key: _changed(key, value, [field for field in fields if field.key == key], change)
        for key, value in answers.items()
    }


def _changed(place: str, value: Any, fields: Sequence[Field], change: Callable[[str, Any], Any]) -> Any:
    if value is None:
        return None
    if is_sealed(value) or any(field.sensitive for field in fields):
        return change(place, value)
    columns = [column for field in fields for column in field.columns]
    if isinstance(value, list) and all(isinstance(row, Mapping) for row in value):
        return [
            {
                key: _changed(f"{place}/{number}/{key}", cell, [each for each in columns if each.key == key], change)
                for key, cell in row.items()
            }
            for number, row in enumerate(value)
        ]
    # A table that is none any more: nobody can tell which of it is sensitive.
    return change(place, value) if any(column.sensitive for column in columns) else value


def masked(answers: Mapping[str, Any], fields: Sequence[Field], instead: Any = None) -> dict[str, Any]:
    """Return answers with ``instead`` in the place of every sensitive one."""
    return changed(answers, fields, lambda place, value: instead)


def has_clear(answers: Mapping[str, Any], fields: Sequence[Field]) -> bool:
    """Tell whether a sensitive answer is stored in clear."""
    found: list[bool] = []
    changed(answers, fields, lambda place, value: found.append(not is_sealed(value)))
    return any(found)


def sealed_in(answers: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield place and value of everything that is sealed."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    changed(answers, (), lambda place, value: found.append((place, value)))
    yield from found


def opened(ticket: Ticket) -> dict[str, Any]:
    """Return all answers of a ticket in clear: only to compare them, and never to show them.

    :raises Locked: when one cannot be opened.
    """
    return changed(ticket.answers, (), lambda place, value: _open(ticket.sealed_as, place, value))


def opened_answer(ticket: Ticket, key: str) -> Any:
    """Return one answer of a ticket in clear.

    :raises Locked: when it cannot be opened.
    """
    mine = {key: ticket.answers[key]}
    return changed(mine, (), lambda place, value: _open(ticket.sealed_as, place, value))[key]


def _open(sealed_as: str | None, place: str, value: Mapping[str, Any]) -> Any:
    try:
        return open_value(read_keys(runtime().config.instance), sealed_as or "", place, value)
    except (Unsealable, ConfigurationError) as error:
        raise Locked(
            _(
                "This answer cannot be opened: the key that it was encrypted with is missing, or it was damaged. An "
                "administrator finds out more with “deskcore fsck”. Everything else about the ticket works."
            )
        ) from error


def open_value(keys: AnswerKeys, sealed_as: str, place: str, value: Mapping[str, Any]) -> Any:
    """Return what was sealed at a place of a ticket.

    :raises Unsealable: when it cannot be opened.
    """
    return open_bytes(keys, sealed_as, place, from_json(value))


def open_bytes(keys: AnswerKeys, sealed_as: str, place: str, sealed: bytes) -> Any:
    """Return what :func:`close_value` sealed.

    :raises Unsealable: when it cannot be opened.
    """
    try:
        return json.loads(unseal(keys.secrets, _PURPOSE, f"{sealed_as}/{place}", sealed))
    except ValueError as error:
        raise Unsealable("it is damaged") from error


def newest_key() -> AnswerKey:
    """Return the key that seals; the first one is made when it is needed.

    :raises Locked: when the keys cannot be read, or are gone: a new one would hide that.
    """
    instance = runtime().config.instance
    try:
        keys = read_keys(instance)
        if not keys.keys and _something_is_sealed():
            raise Locked(
                _(
                    "Sensitive answers cannot be stored at the moment, because the key that encrypts them is missing. "
                    "Tell an administrator: “deskcore check” says what to do."
                )
            )
        return (keys if keys.keys else add_key(instance, unless=lambda found: bool(found.keys))).keys[0]
    except (ConfigurationError, OSError) as error:
        raise Locked(
            _(
                "Sensitive answers cannot be stored at the moment, because the key that encrypts them cannot be read. "
                "Tell an administrator: “deskcore check” says what to do."
            )
        ) from error


def _something_is_sealed() -> bool:
    with acting_as(SYSTEM) as session:
        sealed = select(Ticket.id).where(Ticket.sealed_with.is_not(None)).limit(1)
        return session.scalar(sealed) is not None or bool(sealed_tables.used_keys(session))
