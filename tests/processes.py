"""``deskcore run`` and ``deskcore worker`` as real processes, and waiting for what they do."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import IO

from deskcore.testing.speed import COMPILED

#: Seconds after which a test gives up; only a failure takes that long.
PATIENCE = 180.0


def surroundings() -> dict[str, str]:
    """Return the environment without what was asked of this run of pytest, for a run of somebody else's tests."""
    # Under CI, pytest says what failed twice and at length.
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_") and name != "CI"}


def give_compiled(instance: Path) -> None:
    """Give an instance the templates that the tests compiled, as if it had been used before."""
    writable = instance.is_dir() and os.access(instance, os.W_OK)
    if COMPILED.is_dir() and writable and not (instance / "cache" / "templates").exists():
        shutil.copytree(COMPILED, instance / "cache" / "templates")


def until(condition: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Wait for ``condition``."""
    deadline = time.monotonic() + patience
    pause = Event()
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen"
        pause.wait(0.02)


def children_of(pid: int) -> list[int]:
    """Return the process ids of a process's children."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that has ended and that nobody has waited for does not."""
    return birth(pid) != ""


def birth(pid: int) -> str:
    """Return when a living process began, by which it is told from a later one with the same number."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state[0] == "Z" else state[19]


@dataclass
class Server:
    """A command that starts a child, as somebody would give it.

    :param command: ``["run", "--port", "0"]`` or ``["worker"]``.
    :param environment: variables beside those of this process.
    """

    folder: Path
    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] = field(init=False)
    lines: list[str] = field(default_factory=list)
    #: Process ids of all children so far, the newest last, and of those that began their work.
    children: list[int] = field(default_factory=list)
    begun: list[int] = field(default_factory=list)
    #: When each child began.
    births: dict[int, str] = field(default_factory=dict)

    def start(self, output: IO[bytes] | None = None) -> None:
        """Start the command, for the first time or anew.

        :param output: file that it writes to; then nothing of what it says is known here.
        """
        give_compiled(self.folder)
        environment = os.environ | {"DESKCORE_INSTANCE": str(self.folder)} | self.environment
        self.process = subprocess.Popen(
            [sys.executable, "-m", "deskcore.cli", *self.command],
            stdout=output or subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment,
        )  # fmt: skip
        if output is None:
            Thread(target=self._listen, args=(self.process,), daemon=True).start()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        """Keep what parent and child say; the pipe ends with the last of them."""
        assert process.stdout is not None
        with process.stdout as said:
            for line in said:
                self.lines.append(line)
                if found := re.search(r"process (\d+) (is started|serves with|works with)", line):
                    self._note(int(found[1]), begins=found[2] != "is started")

    def _note(self, child: int, *, begins: bool) -> None:
        if begins:
            self.begun.append(child)
        else:
            self.births[child] = birth(child)
            self.children.append(child)

    def adopt(self) -> None:
        """Find the children out; who writes to a file tells of none."""
        for child in children_of(self.process.pid):
            self._note(child, begins=False)

    def lives(self, child: int) -> bool:
        """Tell whether a child runs, and not another process that has its number by now."""
        return is_alive(child) and birth(child) == self.births[child]

    def kill_child(self, child: int) -> bool:
        """Kill a child that runs; return whether it did."""
        if not self.lives(child):
            return False
        os.kill(child, signal.SIGKILL)
        return True

    def said(self, words: str) -> list[str]:
        return [line for line in self.lines if words in line]

    @property
    def troubles(self) -> list[str]:
        """What parent and children said of exceptions that they did not expect."""
        return ["".join(self.lines[place : place + 60]) for place, line in enumerate(self.lines) if "Traceback" in line]

    @property
    def ready(self) -> int | None:
        """Process id of the newest child if it has begun its work, and lives."""
        newest = self.children[-1] if self.children else None
        works = newest in self.begun and self.process.poll() is None and self.lives(newest)
        return newest if works else None

    @property
    def port(self) -> int:
        """The port that it said it listens on."""
        until(lambda: self.said("Deskcore serves"), "the start")
        return int(self.said("Deskcore serves")[0].split("127.0.0.1:")[1].split()[0])

    def get(self, path: str = "/login") -> int:
        """Ask for a page; before the child is ready the connection just waits."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", path)
        status = connection.getresponse().status
        connection.close()
        return status

    def stop(self) -> None:
        """Kill whatever still runs."""
        if not hasattr(self, "process"):
            return
        self.process.kill()
        self.process.wait()
        for child in self.children:
            self.kill_child(child)
