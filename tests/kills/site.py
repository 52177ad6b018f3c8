"""An installation as it is run: a server with a worker inside, a worker apart, and somebody who kills them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Event

from tests.processes import Server, until

PLUGINS = Path(__file__).parent / "plugins"
#: Whom ``kill -9`` hits.
ROLES = ("web", "web parent", "worker", "worker parent")
#: Seconds between two kills.
PAUSES = (0.05, 0.3)
#: One kill in so many does not look: it may hit a process that has only begun to start.
BLIND = 10


@dataclass
class Site:
    """A running installation.

    :param environment: the configuration, as variables.
    """

    folder: Path
    environment: Mapping[str, str]
    kills: Counter[str] = field(default_factory=Counter)
    #: Children whose parent was killed.
    orphans: list[tuple[Server, int]] = field(default_factory=list)
    #: How often a parent could not start, because an orphan still held the address.
    turned_away: int = 0
    #: Set by clients: the web child of now has answered somebody.
    answered: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self.web = Server(self.folder, ["run", "--port", "0"], self.environment)
        self.worker = Server(self.folder, ["worker"], self.environment)

    def start(self) -> None:
        """Start everything and wait until it works."""
        self.web.start()
        self.web.command = ["run", "--port", str(self.web.port)]
        self.worker.start()
        self.wait()

    def wait(self) -> None:
        """Wait until everything works."""

        def works() -> bool:
            self._keep_up()
            assert not self.troubles, self.troubles[0]
            return bool(self.web.ready and self.worker.ready)

        until(works, "the start of everything")

    def kill_until(self, done: Event, random: Random, most: int) -> None:
        """Kill one process after another until ``done``, and start again what nobody else starts again.

        Who is hit works: a server that never answers anybody before it dies would prove nothing.

        :param most: kills after which the rest is left in peace.
        """
        last = self.kills.total() + most
        while not done.wait(random.uniform(*PAUSES)):
            self._keep_up()
            role, blind = random.choice(ROLES), random.randrange(BLIND) == 0
            server = self.worker if role.startswith("worker") else self.web
            works = server.ready and (server is self.worker or self.answered.is_set())
            if self.kills.total() < last and (works or (blind and server.children)):
                self._kill(role, server)

    def _kill(self, role: str, server: Server) -> None:
        child = server.children[-1]
        if role.endswith("parent"):
            server.process.kill()
            server.process.wait()
            self.orphans.append((server, child))
        elif not server.kill_child(child):
            return
        self.kills[role] += 1
        if server is self.web:
            self.answered.clear()

    def _keep_up(self) -> None:
        """Start parents again that are gone, as a service manager does."""
        for server in (self.web, self.worker):
            code = server.process.poll()
            if code is not None:
                self.turned_away += code == 1
                server.start()

    def command(self, *arguments: str) -> str:
        """Run a command of this installation to its end and return what it said."""
        environment = os.environ | {"DESKCORE_INSTANCE": str(self.folder)} | self.environment
        run = [sys.executable, "-m", "deskcore.cli", *arguments]
        done = subprocess.run(run, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    def findings(self) -> list[object]:
        """Return what ``deskcore fsck`` finds."""
        return list(json.loads(self.command("fsck", "--json"))["findings"])

    @property
    def troubles(self) -> list[str]:
        """What the processes said of exceptions that they did not expect."""
        return self.web.troubles + self.worker.troubles

    def wait_for_orphans(self) -> None:
        """Wait until no child is left whose parent was killed."""
        until(lambda: not any(server.lives(child) for server, child in self.orphans), "the end of the orphans")
        self.orphans.clear()

    def stop(self) -> None:
        """Kill everything."""
        self.web.stop()
        self.worker.stop()
