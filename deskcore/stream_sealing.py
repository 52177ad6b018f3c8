"""Sealing bytes of any length in pieces: whoever seals or opens them has a piece or two of them in memory.

This is STREAM of Hoang, Reyhanitabar, Rogaway and Vizár (Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance, CRYPTO 2015) over AES-256-GCM: the nonce of a piece is its number and whether it is the last one, so
that none is left out, repeated, moved, added or cut off unnoticed. Nonces begin anew with every stream, therefore a
key seals one stream only.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import IO

from deskcore.sealing import Unsealable

#: Bytes that are sealed together.
PIECE = 64 * 1024
_KEY = 32
_TAG = 16
#: Bytes of the nonce that are the number of the piece; one more says whether it is the last.
_NUMBER = 11


def new_key() -> bytes:
    """Return a key for one stream."""
    return os.urandom(_KEY)


def sealed_size(size: int) -> int:
    """Return how many bytes a stream of ``size`` bytes has once it is sealed."""
    return size + _TAG * max(1, -(-size // PIECE))


class Sealer:
    """Seals one stream, from its first byte to its last.

    :param key: from :func:`new_key`, and used nowhere else.
    """

    def __init__(self, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._cipher = AESGCM(key)
        self._held = bytearray()
        self._number = 0

    def update(self, data: bytes) -> bytes:
        """Take what comes next, and return what is sealed so far and was not returned yet."""
        self._held += data
        found = bytearray()
        while len(self._held) > PIECE:  # a whole piece waits for what follows: it may be the last
            found += self._sealed(last=False)
        return bytes(found)

    def finish(self) -> bytes:
        """Return the rest, when nothing follows."""
        return self._sealed(last=True)

    def _sealed(self, *, last: bool) -> bytes:
        piece = bytes(self._held[:PIECE])
        del self._held[:PIECE]
        sealed = self._cipher.encrypt(_nonce(self._number, last=last), piece, None)
        self._number += 1
        return sealed


def opened(file: IO[bytes], key: bytes) -> Iterator[bytes]:
    """Yield the pieces of a sealed stream, each of them checked.

    :raises Unsealable: at the first piece that is not what was sealed at its place under this key; also when the stream
        was cut short.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    cipher, number = AESGCM(key), 0
    piece = file.read(PIECE + _TAG)
    while True:
        following = file.read(PIECE + _TAG)
        try:
            yield cipher.decrypt(_nonce(number, last=not following), piece, None)
        except InvalidTag as error:
            raise Unsealable("it was changed or cut short, or belongs to another place") from error
        if not following:
            return
        piece, number = following, number + 1


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(_NUMBER) + bytes([last])
