"""The keys of sensitive answers: a file beside the secret key, and never in the database.

Whoever has the database, or a copy of it, reads no sensitive answer; whoever loses the file reads none either.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from deskcore.clock import now
from deskcore.durable import sync_folder
from deskcore.errors import ConfigurationError
from deskcore.sealing import key_id

#: Name of the file in the instance folder.
FILE = "answer_keys"


@dataclass(frozen=True)
class AnswerKey:
    """One key.

    :param id: names it in the database.
    """

    id: str
    made_at: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class AnswerKeys:
    """All keys of an installation, the newest first: that one seals, and all of them open.

    :param rotating: whether values are being sealed anew with the newest key.
    """

    keys: tuple[AnswerKey, ...] = ()
    rotating: bool = False

    @property
    def secrets(self) -> tuple[str, ...]:
        """What values are opened with."""
        return tuple(key.secret for key in self.keys)

    @property
    def ids(self) -> frozenset[str]:
        """Names of the keys."""
        return frozenset(key.id for key in self.keys)


#: What was read of each file, by what it was like then: a rotation in another process is noticed at once.
_read: dict[Path, tuple[tuple[int, int, int], AnswerKeys]] = {}


def read_keys(instance: Path) -> AnswerKeys:
    """Return the keys; none when there is no file yet.

    :raises ConfigurationError: when the file cannot be read, or is no such file.
    """
    path = instance / FILE
    try:
        found = path.stat()
        state = found.st_mtime_ns, found.st_ino, found.st_size
        known = _read.get(path)
        if known is None or known[0] != state:
            known = _read[path] = state, _parsed(path, path.read_text(encoding="ascii"))
    except FileNotFoundError:
        return AnswerKeys()
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(path) from error
    return known[1]


def add_key(instance: Path, *, unless: Callable[[AnswerKeys], bool] = lambda keys: False) -> AnswerKeys:
    """Make a new key, with which values are sealed from now on; the others stay, because they open older ones.

    :param unless: the keys that are there make a new one needless; asked while nobody else makes one.
    """
    with _alone(instance):
        found = read_keys(instance)
        if unless(found):
            return found
        secret = secrets.token_urlsafe(48)
        key = AnswerKey(key_id(secret), now().isoformat(timespec="seconds"), secret)
        return _write(instance, AnswerKeys((key, *found.keys), rotating=bool(found.keys)))


def end_rotation(instance: Path) -> None:
    """Note that every value was looked at, and sealed anew where that was possible."""
    with _alone(instance):
        _write(instance, AnswerKeys(read_keys(instance).keys))


def forget_keys(instance: Path, ids: Collection[str]) -> None:
    """Take keys away for ever: what was sealed with them cannot be opened any more."""
    with _alone(instance):
        found = read_keys(instance)
        _write(instance, AnswerKeys(tuple(key for key in found.keys if key.id not in ids), found.rotating))


@contextmanager
def _alone(instance: Path) -> Iterator[None]:
    """Let one process at a time change the file: of two that write, one would lose the key of the other."""
    instance.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(instance, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        # Left by a process that was killed while it wrote: keys that were forgotten may stand in it.
        for left in instance.glob(f".{FILE}.*"):
            left.unlink()
        yield
    finally:
        os.close(descriptor)


def _write(instance: Path, keys: AnswerKeys) -> AnswerKeys:
    text = json.dumps({"rotating": keys.rotating, "keys": [asdict(key) for key in keys.keys]}, indent=1)
    # Readable by its owner only from the first byte; whole or not there at every moment.
    with NamedTemporaryFile("w", dir=instance, prefix=f".{FILE}.", delete=False, encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
        if os.geteuid() == 0:
            # An administrator may be root; whoever serves must be able to read it.
            owner = (instance / FILE if (instance / FILE).exists() else instance).stat()
            os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
    Path(file.name).rename(instance / FILE)
    sync_folder(instance)
    return keys


def _parsed(path: Path, text: str) -> AnswerKeys:
    try:
        held: dict[str, Any] = json.loads(text)
        keys = tuple(AnswerKey(key_id(each["secret"]), each["made_at"], each["secret"]) for each in held["keys"])
        for key in keys:
            datetime.fromisoformat(key.made_at)
        return AnswerKeys(keys, rotating=held["rotating"] is True)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unusable(path) from error


def _unusable(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"The keys of sensitive answers in “{path}” cannot be read; give the file back as it was."
    )
