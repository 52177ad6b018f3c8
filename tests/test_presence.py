"""Presence: kept by one process, or by several through a Redis that may go away at any time."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from deskcore.config import load_config
from deskcore.errors import ConfigurationError
from deskcore.presence import TABS, Presence, Seat, SharedPresence, presence_of

MAREK, OLA, KASIA = Seat(1, "a"), Seat(2, "b"), Seat(3, "c")


@dataclass
class Server:
    """A Redis that can be stopped."""

    url: str
    process: subprocess.Popen[bytes]

    def client(self) -> Redis:
        """Return a client that waits until it answers."""
        return Redis.from_url(self.url, decode_responses=True, retry=Retry(ConstantBackoff(0.02), 500))

    def stop(self) -> None:
        """Take it away, as a power cut does."""
        self.process.kill()
        self.process.wait(10)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Start a Redis of our own; without the program the test is skipped, and fails in CI."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("there is no redis-server")
        pytest.skip("there is no redis-server")
    socket = tmp_path / "redis.sock"
    command = [program, "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        found = Server(f"unix://{socket}", process)
        with found.client() as client:
            client.ping()
        yield found
        process.kill()


def test_two_processes_see_each_others_people_and_another_installation_sees_nobody(server: Server) -> None:
    one, two, elsewhere = (SharedPresence(server.url, name) for name in ("ours", "ours", "theirs"))
    assert one.meet(7, MAREK, "looking") == {}
    assert two.meet(7, OLA, "writing") == {MAREK.person: "looking"}
    assert one.meet(7, MAREK, "looking") == {OLA.person: "writing"}
    assert elsewhere.meet(7, KASIA, "looking") == {}
    assert one.meet(8, MAREK, "looking") == {}
    # A page that was closed is not there again, though a question that it asked before comes in after.
    two.leave(7, OLA)
    two.meet(7, OLA, "writing")
    assert one.meet(7, MAREK, "looking") == {}
    two.meet(7, Seat(OLA.person, "again"), "writing")
    assert one.meet(7, MAREK, "looking") == {OLA.person: "writing"}
    with time_machine.travel(timedelta(seconds=46), tick=False):
        assert one.meet(7, MAREK, "looking") == {}
    with server.client() as client:
        assert client.hgetall("ours:7").keys() == {"1 a"}
        assert 0 < client.ttl("ours:8") <= 45


def test_without_its_redis_a_process_goes_on_with_the_people_it_knows(server: Server) -> None:
    one, two = (SharedPresence(server.url, "ours") for _ in range(2))
    one.meet(7, MAREK, "looking")
    two.meet(7, OLA, "looking")
    server.stop()
    assert one.meet(7, KASIA, "looking") == {MAREK.person: "looking"}
    one.leave(7, MAREK)
    assert one.meet(7, KASIA, "writing") == {}
    assert two.meet(7, Seat(OLA.person, "d"), "looking") == {}


def test_what_something_else_wrote_into_redis_harms_nobody(server: Server) -> None:
    presence = SharedPresence(server.url, "ours")
    with server.client() as client:
        client.hset("ours:7", "somebody", "does something else")
    presence.meet(7, OLA, "looking")
    assert presence.meet(7, MAREK, "looking") == {OLA.person: "looking"}


def test_somebody_with_many_pages_takes_no_more_room_than_a_few() -> None:
    presence = Presence()
    with time_machine.travel("2026-11-22T10:00:00Z", tick=False) as clock:
        presence.meet(7, MAREK, "looking")
        presence.meet(7, Seat(OLA.person, "first"), "writing")
        for count in range(TABS):
            clock.shift(timedelta(seconds=1))
            presence.meet(7, Seat(OLA.person, str(count)), "looking")
        # The oldest page, on which she wrote, has made room.
        assert presence.meet(7, MAREK, "looking") == {OLA.person: "looking"}
        clock.shift(timedelta(minutes=2))
        presence.meet(8, MAREK, "looking")
        assert presence.meet(7, MAREK, "looking") == {}


def test_an_address_that_is_none_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="redis_url"):
        presence_of(load_config({"instance": tmp_path, "redis_url": "localhost"}))
    assert type(presence_of(load_config({"instance": tmp_path}))) is Presence
