"""How much one caller may ask: a bucket of requests for each token, in the memory of this process.

It costs no write and no other service. Each serving process counts for itself, so that several of them together
let a token do as many times more.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from time import monotonic

#: Callers that are remembered; whoever was quiet for longest is forgotten first, and begins with a full bucket.
REMEMBERED = 10_000


class Allowance:
    """Buckets that fill up again while nobody takes from them.

    :param rate: requests a second that a caller may go on with; 0 for no limit.
    :param burst: requests that a caller who was quiet may send at once.
    :param clock: seconds from any moment.
    """

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = monotonic) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._lock = Lock()
        #: By caller: how much was left, and when that was.
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str) -> int:
        """Take one request from a caller's bucket; return the whole seconds to wait when it is empty, else 0."""
        if not self._rate:
            return 0
        with self._lock:
            now = self._clock()
            left, since = self._left.pop(caller, (float(self._burst), now))
            left = min(self._burst, left + (now - since) * self._rate)
            allowed = left >= 1
            self._left[caller] = (left - 1 if allowed else left, now)
            if len(self._left) > REMEMBERED:
                self._left.popitem(last=False)
        return 0 if allowed else math.ceil((1 - left) / self._rate)
