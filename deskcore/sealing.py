"""Sealing: values that nobody can read in the database, in a copy of it, or in a backup without the secret key.

A value is encrypted with AES-256-GCM under a key of its own, derived from the installation's secret, the purpose and a
fresh salt. It opens at the place it was sealed for and nowhere else.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Mapping
from typing import Any

#: Kind of the job that seals what is stored in clear.
SEALING_JOB = "core.sealing"

_SALT = 32
_KEY = 32
_NONCE = 12
_KEY_ID = 4
#: The only key of the JSON object that stands where a value was sealed.
_MARK = "$sealed"
#: Stands for a value that is not shown, in the place of a sealed one.
HIDDEN: Mapping[str, str] = {_MARK: ""}


class Unsealable(Exception):
    """A value was sealed with another secret, was changed, or stands at another place."""


def seal(secret: str, purpose: str, place: str, value: bytes) -> bytes:
    """Return ``value`` as it may be stored.

    :param secret: the installation's secret key.
    :param purpose: what is sealed; values of one purpose never open as those of another.
    :param place: where the value belongs, such as ``7/note/12``; needed again to open it.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt = os.urandom(_SALT)
    key, nonce = _derived(secret, purpose, salt)
    return _key_id(secret) + salt + AESGCM(key).encrypt(nonce, value, place.encode())


def unseal(secrets: Iterable[str], purpose: str, place: str, sealed: bytes) -> bytes:
    """Return what was sealed.

    :param secrets: the installation's secret key, and former ones.
    :raises Unsealable: when it cannot be opened, with the reason; never with a part of the value.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    secret = next((each for each in secrets if _key_id(each) == sealed[:_KEY_ID]), None)
    if secret is None:
        raise Unsealable("it was sealed with another secret key")
    salt, encrypted = sealed[_KEY_ID : _KEY_ID + _SALT], sealed[_KEY_ID + _SALT :]
    key, nonce = _derived(secret, purpose, salt)
    try:
        return AESGCM(key).decrypt(nonce, encrypted, place.encode())
    except InvalidTag as error:
        raise Unsealable("it was changed, or belongs to another place") from error


def key_id(secret: str) -> str:
    """Return what names a secret in a database, and tells nothing about it."""
    return _key_id(secret).hex()


def key_id_of(sealed: bytes) -> str:
    """Return what names the secret that a value was sealed with."""
    return sealed[:_KEY_ID].hex()


def as_json(sealed: bytes) -> dict[str, str]:
    """Return what stands for a sealed value among values that are JSON."""
    return {_MARK: base64.b64encode(sealed).decode()}


def is_sealed(value: Any) -> bool:
    """Tell whether a value of JSON stands for a sealed one."""
    return isinstance(value, Mapping) and value.keys() == {_MARK}


def from_json(value: Mapping[str, Any]) -> bytes:
    """Return the sealed value that :func:`as_json` wrote.

    :raises Unsealable: when it is none.
    """
    try:
        return base64.b64decode(value[_MARK], validate=True)
    except (TypeError, ValueError) as error:
        raise Unsealable("it is damaged") from error


def _derived(secret: str, purpose: str, salt: bytes) -> tuple[bytes, bytes]:
    # With a salt for each value no key is used twice, so however many there are, no nonce can meet another.
    material = _hkdf(secret, f"deskcore sealing: {purpose}", salt, _KEY + _NONCE)
    return material[:_KEY], material[_KEY:]


def _key_id(secret: str) -> bytes:
    """Return what names the secret and tells nothing about it, so that a value of a former one is recognised."""
    return _hkdf(secret, "deskcore sealing: key id", None, _KEY_ID)


def _hkdf(secret: str, info: str, salt: bytes | None, length: int) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), length, salt, info.encode()).derive(secret.encode())
