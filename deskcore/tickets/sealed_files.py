"""Files of sensitive answers: sealed as they come in, each under a key of its own.

That key and the file's name are sealed in their turn: for whoever sent it, as a draft is, and once it hangs on a
ticket as an answer is, for this ticket, this field and this file. So a file opens nowhere else, and whoever changes the
keys of answers changes a few bytes for each file. Stored files have the hash of what is stored for a name, as all do.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.engine import Row

from deskcore.answer_keys import AnswerKey, AnswerKeys, read_keys
from deskcore.hooks.contributions import Field
from deskcore.runtime import runtime
from deskcore.sealing import Unsealable, seal, unseal
from deskcore.stream_sealing import opened
from deskcore.tickets.conversation_models import Attachment
from deskcore.tickets.sensitive import changed, close_value, open_bytes, open_value, padded, sealed_in

_PURPOSE = "upload"


@dataclass(frozen=True)
class Label:
    """What opens a sealed file, and what it is called."""

    key: bytes = field(repr=False)
    name: str = field(repr=False)

    def as_value(self) -> list[str]:
        """Return it as it is sealed."""
        return [base64.b64encode(self.key).decode(), self.name]

    @classmethod
    def of(cls, value: Any) -> Label:
        """Return the label that :meth:`as_value` made a value of."""
        key, name = value
        return cls(base64.b64decode(key), name)


@dataclass(frozen=True)
class Places:
    """Where the files of a new ticket's sensitive answers belong.

    :param sealed_as: the name for which the ticket's answers are sealed.
    :param by_token: places of the answers, such as ``proof`` or ``people/2/proof``.
    """

    sealed_as: str
    by_token: Mapping[str, str]


def places_in(answers: Mapping[str, Any], fields: Sequence[Field] = ()) -> dict[str, str]:
    """Return what a sensitive answer in clear may name as a file, with its place; only tokens of files matter in it."""
    found: dict[str, str] = {}
    changed(answers, fields, lambda place, value: found.update(dict.fromkeys(_words(value), place)))
    return found


def named_files(keys: AnswerKeys, sealed_as: str | None, answers: Mapping[str, Any]) -> dict[str, str]:
    """Return what sealed answers of a ticket may name as a file, with its place; what does not open names none."""
    found: dict[str, str] = {}
    for place, value in sealed_in(answers):
        with suppress(Unsealable):
            found |= dict.fromkeys(_words(open_value(keys, sealed_as or "", place, value)), place)
    return found


def _words(value: Any) -> Iterator[str]:
    """Yield the members of lists, those in a sensitive table included."""
    for each in value if isinstance(value, list) else ():
        if isinstance(each, str):
            yield each
        for cell in each.values() if isinstance(each, dict) else ():
            yield from _words(cell)


def resealed(keys: AnswerKeys, sealed_as: str | None, file: Attachment) -> bytes | None:
    """Return the label of a file sealed with the newest key; nothing when it cannot be opened."""
    try:
        label = of_ticket(keys, sealed_as, file)
    except Unsealable:
        return None
    return for_ticket(sealed_as or "", file.answer or "", file.token, label, keys.keys[0])


def for_sender(person_id: int | None, token: str, label: Label) -> bytes:
    """Return the label of a file that hangs on no ticket yet."""
    return seal(runtime().config.secret_key, _PURPOSE, f"{person_id}/{token}", padded(label.as_value()))


def of_sender(person_id: int | None, token: str, sealed: bytes) -> Label:
    """Return the label that :func:`for_sender` sealed.

    :raises Unsealable: when it cannot be opened, because the secret key is another one.
    """
    config = runtime().config
    secrets = config.secret_key, *config.former_secret_keys
    return Label.of(json.loads(unseal(secrets, _PURPOSE, f"{person_id}/{token}", sealed)))


def name_for_sender(person_id: int | None, token: str, name: str, sealed: bytes | None) -> str:
    """Return what somebody who sent a file called it: for that person alone."""
    if sealed is None:
        return name
    try:
        return of_sender(person_id, token, sealed).name
    except Unsealable:
        return masked_name()


def for_ticket(sealed_as: str, answer: str, token: str, label: Label, key: AnswerKey | None = None) -> bytes:
    """Return the label of a file for the ticket, the answer and the attachment it belongs to.

    :param key: to seal with, instead of the newest.
    :raises Locked: when there is no key, though there was one.
    """
    return close_value(sealed_as, f"{answer}/{token}", label.as_value(), key)


def of_ticket(keys: AnswerKeys, sealed_as: str | None, file: Attachment | Row[Any]) -> Label:
    """Return the label that :func:`for_ticket` sealed.

    :raises Unsealable: when it cannot be opened.
    """
    return Label.of(open_bytes(keys, sealed_as or "", f"{file.answer}/{file.token}", file.sealed or b""))


def names_for_reader(sealed_as: str | None, files: Iterable[Attachment], revealed: Iterable[str]) -> dict[str, str]:
    """Return what files are called, by token; a sealed one only where its answer was revealed just now.

    :param revealed: keys of the fields that were.
    """
    shown = set(revealed)
    return {file.token: _name(sealed_as, file, _field(file) in shown) for file in files}


def _field(file: Attachment) -> str:
    return (file.answer or "").partition("/")[0]


def _name(sealed_as: str | None, file: Attachment, revealed: bool) -> str:
    if file.sealed is None:
        return file.name
    if revealed:
        with suppress(Unsealable):
            return of_ticket(read_keys(runtime().config.instance), sealed_as, file).name
    return masked_name()


def masked_name() -> str:
    """Return what stands for the name of a file whose name is not shown."""
    return _("Sensitive file")


def content(path: Path, label: Label) -> Iterator[bytes]:
    """Yield what a sealed file holds, in pieces that were checked.

    :param path: of what is stored.
    :raises Unsealable: at the first piece that is not as it was sealed, or when the file is gone.
    """
    try:
        with path.open("rb") as file:
            yield from opened(file, label.key)
    except FileNotFoundError as error:
        raise Unsealable("it is not on disk") from error
