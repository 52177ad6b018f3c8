"""A file without a name that only this process can read: what is on its way in may be as secret as what is kept."""

from __future__ import annotations

import os
from io import SEEK_SET, RawIOBase
from tempfile import TemporaryFile
from typing import Any

#: Bytes of a block of the cipher.
_BLOCK = 16


class FleetingFile(RawIOBase):
    """A temporary file whose bytes on the disk are encrypted with a key that exists in memory alone.

    AES in counter mode lets one read and write at any place. It does not tell whether somebody changed the file, which
    is gone as soon as it is closed; write each place once.
    """

    def __init__(self) -> None:
        self._file = TemporaryFile("w+b")  # noqa: SIM115  (closed with this one)
        self._key = os.urandom(32)

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def writable(self) -> bool:
        """Tell that it can be written."""
        return True

    def seekable(self) -> bool:
        """Tell that one can go to a place in it."""
        return True

    def fileno(self) -> int:
        """Return the descriptor of what lies on the disk, where nothing can be read."""
        return self._file.fileno()

    def write(self, data: Any) -> int:
        """Write all of it at the present place."""
        return self._file.write(self._turned(self._file.tell(), bytes(data)))

    def read(self, size: int | None = -1) -> bytes:
        """Return so many bytes from the present place on, or all there are."""
        place = self._file.tell()
        return self._turned(place, self._file.read(-1 if size is None else size))

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer from the present place on."""
        view = memoryview(buffer)
        found = self.read(len(view))
        view[: len(found)] = found
        return len(found)

    def readall(self) -> bytes:
        """Return all from the present place on."""
        return self.read()

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        """Go to a place."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the present place."""
        return self._file.tell()

    def truncate(self, size: int | None = None) -> int:
        """Let go what lies behind a place."""
        return self._file.truncate(size)

    def close(self) -> None:
        """Let it go."""
        try:
            self._file.close()
        finally:
            super().close()

    def _turned(self, place: int, data: bytes) -> bytes:
        """Return bytes of a place encrypted, or decrypted: in this mode it is the same."""
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        number, before = divmod(place, _BLOCK)
        cipher = Cipher(algorithms.AES(self._key), modes.CTR(number.to_bytes(_BLOCK))).encryptor()
        cipher.update(bytes(before))
        return cipher.update(data)
