"""Who is at which place just now, and what they do there: kept in memory and never written down.

Somebody is there for as long as their page says so. A page that was closed without a word is forgotten soon after.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from deskcore.clock import now
from deskcore.errors import ConfigurationError
from deskcore.outages import Away, Outage

if TYPE_CHECKING:
    from deskcore.config import Config

log = logging.getLogger("deskcore.presence")

Doing = Literal["looking", "writing"]
T = TypeVar("T")

#: How long somebody counts as there after their page last said so. With the pause of a page that asks every five
#: seconds, nobody is shown a minute after they went.
LASTS = timedelta(seconds=45)
#: Pages of one person at one place; what is more was left open by mistake, or on purpose.
TABS = 8
#: Seconds to wait for Redis, and until it is asked again after it did not answer.
WAIT, PAUSE = 0.25, 10.0


@dataclass(frozen=True)
class Seat:
    """A page that somebody has open.

    :param tab: tells the pages of one person apart.
    """

    person: int
    tab: str

    @property
    def left(self) -> Seat:
        """Where it is noted that the page was closed: a question that it asked before may still be on its way."""
        return Seat(self.person, f"-{self.tab}")


@dataclass(frozen=True)
class Mark:
    """What somebody does at a seat, and until when that counts."""

    doing: Doing | Literal["gone"]
    until: datetime


class Presence:
    """What one process knows; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._places: dict[int, dict[Seat, Mark]] = {}
        self._swept = now()

    def meet(self, place: int, seat: Seat, doing: Doing) -> dict[int, Doing]:
        """Note that somebody is at a place, and return what everybody else there does, by person."""
        return _others(self._noted(place, seat, doing), seat.person)

    def leave(self, place: int, seat: Seat) -> None:
        """Note that a page was closed, for good: its seat is not taken again."""
        self._noted(place, seat.left, "gone")

    def _noted(self, place: int, seat: Seat, doing: Doing | Literal["gone"]) -> dict[Seat, Mark]:
        """Note a seat, and return all that are taken at the place."""
        at = now()
        with self._lock:
            self._sweep(at)
            seats = self._places.setdefault(place, {})
            seats[seat] = Mark(doing, at + LASTS)
            for over in _over(seats, seat.person, at):
                del seats[over]
            return seats.copy()

    def _sweep(self, at: datetime) -> None:
        """Forget the places to which nobody comes back; the lock is held."""
        if abs(at - self._swept) < LASTS:
            return
        self._swept = at
        there = {
            place: {seat: mark for seat, mark in seats.items() if mark.until > at}
            for place, seats in self._places.items()
        }
        self._places = {place: seats for place, seats in there.items() if seats}


def _over(seats: Mapping[Seat, Mark], person: int, at: datetime) -> list[Seat]:
    """Return whose time is over, and the oldest pages of somebody who has too many."""
    over = [seat for seat, mark in seats.items() if mark.until <= at]
    mine = sorted((seat for seat in seats if seat.person == person), key=lambda seat: seats[seat].until)
    return [*over, *(seat for seat in mine[:-TABS] if seat not in over)]


def _others(seats: Mapping[Seat, Mark], person: int) -> dict[int, Doing]:
    """Return what everybody else does: whoever writes on one page only looks at the others."""
    found: dict[int, Doing] = {}
    for seat, mark in seats.items():
        if mark.doing == "gone" or seat.left in seats:
            continue
        if seat.person != person and found.get(seat.person) != "writing":
            found[seat.person] = mark.doing
    return found


class SharedPresence(Presence):
    """What the processes of an installation know together, through Redis.

    Redis holds ids of tickets and of people, and what these do, for a minute. While it does not answer, each process
    goes on with what it knows itself: who is on another one is not seen then, and nothing else happens.

    :param url: address of the Redis server.
    :param name: what the keys begin with, so that several installations can share a server.
    """

    def __init__(self, url: str, name: str) -> None:
        super().__init__()
        self._redis = _client(url)
        self._name = name
        self._outage = Outage(PAUSE)

    def meet(self, place: int, seat: Seat, doing: Doing) -> dict[int, Doing]:
        """Note that somebody is at a place, and return what everybody else there does, by person."""
        alone = super().meet(place, seat, doing)
        shared = self._ask(lambda: self._meet(f"{self._name}:{place}", seat, Mark(doing, now() + LASTS)))
        return alone if shared is None else _others(shared, seat.person)

    def leave(self, place: int, seat: Seat) -> None:
        """Note that a page was closed, for good: its seat is not taken again."""
        super().leave(place, seat)
        self._ask(lambda: self._meet(f"{self._name}:{place}", seat.left, Mark("gone", now() + LASTS)))

    def _meet(self, key: str, seat: Seat, mark: Mark) -> dict[Seat, Mark]:
        """Note a seat and return all that are taken, in one round trip unless there is something to clear away."""
        asking = self._redis.pipeline(transaction=False)
        asking.hset(key, _field(seat), f"{mark.doing} {mark.until.timestamp()}")
        asking.expire(key, LASTS)
        asking.hgetall(key)
        seats = dict(_read(field, value) for field, value in asking.execute()[-1].items())
        over = _over(seats, seat.person, mark.until - LASTS)
        if over:
            self._redis.hdel(key, *map(_field, over))
        return {each: seats[each] for each in seats if each not in over}

    def _ask(self, ask: Callable[[], T]) -> T | None:
        """Return what Redis says, or nothing while it does not answer: nobody waits for it twice in a row."""
        from redis import RedisError

        try:
            with self._outage.attempt():
                return ask()
        except Away:
            return None
        except (RedisError, ValueError) as error:
            log.warning("who is at a ticket is not shared among processes just now: %s", type(error).__name__)
            return None


def _field(seat: Seat) -> str:
    return f"{seat.person} {seat.tab}"


def _read(field: str, value: str) -> tuple[Seat, Mark]:
    """Return a seat as Redis keeps it.

    :raises ValueError: when something else wrote it.
    """
    person, tab = field.split(" ")
    doing, until = value.split(" ")
    known: dict[str, Doing | Literal["gone"]] = {"writing": "writing", "gone": "gone"}
    return Seat(int(person), tab), Mark(known.get(doing, "looking"), datetime.fromtimestamp(float(until), UTC))


def _client(url: str) -> Any:
    """Return a client of Redis that tries once and waits for little: a page that is late helps nobody.

    :raises ConfigurationError: when the library is missing, or the address is none.
    """
    try:
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError as error:
        raise ConfigurationError(
            "The setting “redis_url” needs the library for Redis: pip install 'deskcore[redis]'."
        ) from error
    try:
        return Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=WAIT,
            socket_connect_timeout=WAIT,
            retry=Retry(NoBackoff(), 0),
        )
    except ValueError as error:
        raise ConfigurationError(
            "The setting “redis_url” must be an address such as redis://127.0.0.1:6379/0."
        ) from error


def presence_of(config: Config) -> Presence:
    """Return what keeps presence for an installation: shared where there is a Redis."""
    if not config.redis_url:
        return Presence()
    name = hmac.digest(config.secret_key.encode(), b"deskcore presence", "sha256")[:8].hex()
    return SharedPresence(config.redis_url, f"deskcore:{name}")
