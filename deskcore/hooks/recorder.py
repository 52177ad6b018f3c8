"""Which plugins a process is calling, kept where it outlives the process: who was at it when it died is named.

Nothing catches ``os._exit()`` or a segmentation fault. Each thread writes into a page of memory that belongs to a file
whose code of a plugin it runs; the process that is started after one that died reads it.
"""

from __future__ import annotations

import faulthandler
import mmap
import os
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from deskcore.hooks.errors import MAX_TRACE

#: Threads that can be told apart, and bytes for each: its number, whether it ended the process, plugin and slot.
ROWS, WIDTH = 128, 256
#: Ends that say nothing about who was at work: somebody asked for them, or killed the process.
INNOCENT = frozenset({0, -signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP})


@dataclass(frozen=True)
class LastCall:
    """Code of a plugin that ran when a process died.

    :param certain: it is known that this call ended the process, not another one at the same time.
    """

    plugin: str
    slot: str
    error: str
    trace: str = ""
    certain: bool = False


class Recorder:
    """Writes down what the threads of this process are at, from :meth:`open` on."""

    def __init__(self) -> None:
        #: What the process before this one was at when it died, until somebody has recorded it.
        self.left: tuple[LastCall, ...] = ()
        self._memory: mmap.mmap | None = None
        self._crash: IO[bytes] | None = None
        self._paths: tuple[Path, Path] | None = None
        self._free = list(range(ROWS))
        self._mine = threading.local()

    def open(self, folder: Path) -> None:
        """Begin to write into files of ``folder``."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._paths = _paths(folder, os.getpid())
        with _private(self._paths[0]) as file:
            # Whole, at once: to write into a hole that a full disk cannot fill would end the process.
            file.write(bytes(ROWS * WIDTH))
            file.flush()
            self._memory = mmap.mmap(file.fileno(), ROWS * WIDTH)
        self._crash = _private(self._paths[1])
        # Of all threads, because only then it says which one it was.
        faulthandler.enable(self._crash, all_threads=True)
        self._watch_exits()

    def close(self) -> None:
        """End, and leave nothing."""
        self._memory = None
        if self._paths is not None:
            faulthandler.disable()
            for path in self._paths:
                path.unlink(missing_ok=True)

    @contextmanager
    def noted(self, plugin: str, slot: str) -> Iterator[None]:
        """Note for the length of the block that this thread runs code of a plugin."""
        if self._memory is None:
            yield
            return
        before = getattr(self._mine, "text", b"")
        row = self._row()
        text = f"{threading.get_ident():x} {plugin} {slot}".encode()[: WIDTH - 2]
        self._write(row, text)
        try:
            yield
        finally:
            self._write(row, before)
            if not before and row is not None:
                self._free.append(row)
                del self._mine.row

    def _row(self) -> int | None:
        """Return this thread's row; with more threads than rows, none."""
        if not hasattr(self._mine, "row"):
            with suppress(IndexError):
                self._mine.row = self._free.pop()
        return getattr(self._mine, "row", None)

    def _write(self, row: int | None, text: bytes) -> None:
        self._mine.text = text
        if row is not None and self._memory is not None:
            self._memory[row * WIDTH : (row + 1) * WIDTH] = (b" " + text if text else b"").ljust(WIDTH, b"\0")

    def _watch_exits(self) -> None:
        """Let a thread that ends the process say so first."""
        leave, process = os._exit, os.getpid()

        def say_and_leave(status: int) -> Any:
            row = getattr(self._mine, "row", None)
            if row is not None and self._memory is not None and os.getpid() == process:
                self._memory[row * WIDTH : row * WIDTH + 1] = b"!"
            leave(status)

        os._exit = say_and_leave


#: The one of this process.
recorder = Recorder()


def read_and_forget(folder: Path, process: int, code: int) -> tuple[LastCall, ...]:
    """Return what a process that has died was at, and delete its files and those of others that are long gone.

    :param code: with which it ended, as :mod:`subprocess` tells it.
    """
    memory, crash = _paths(folder, process)
    found: tuple[LastCall, ...] = ()
    try:
        if code not in INNOCENT:
            found = tuple(_calls(memory.read_bytes(), crash.read_text("utf-8", "replace"), code))
    except OSError:
        pass
    for path in folder.glob("process-*"):
        whose = re.fullmatch(r"process-(\d+)\.(calls|crash)", path.name)
        if whose is not None and not _is_alive(int(whose[1])):
            path.unlink(missing_ok=True)
    return found


def _calls(memory: bytes, crash: str, code: int) -> Iterator[LastCall]:
    rows = [memory[at : at + WIDTH].rstrip(b"\0").decode("utf-8", "replace") for at in range(0, len(memory), WIDTH)]
    split = [(row[0], *row[1:].split(" ", 2)) for row in rows if row[1:].count(" ") >= 2]
    fault = re.search(r"Current thread 0x0*([0-9a-f]+) .*?(?=\n\n|\nThread 0x|\Z)", crash, re.DOTALL)
    guilty = [row for row in split if (row[1] == fault[1] if fault is not None else row[0] == "!")]
    # A fault in a thread that runs no call of a plugin may be the core's own; it says nothing against those that do.
    alone = fault is None and len(split) == 1
    for _mark, _thread, plugin, slot in guilty or split:
        trace = fault[0][:MAX_TRACE] if fault is not None and guilty else ""
        yield LastCall(plugin, slot, _words(code), trace, bool(guilty) or alone)


def _words(code: int) -> str:
    return f"the process died of {signal.Signals(-code).name}" if code < 0 else f"the process ended with code {code}"


def _paths(folder: Path, process: int) -> tuple[Path, Path]:
    return folder / f"process-{process}.calls", folder / f"process-{process}.crash"


def _private(path: Path) -> IO[bytes]:
    # A new file: a process of another machine with the same number may have the old one in its memory.
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb+")


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
