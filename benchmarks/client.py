"""A load client: one connection a thread, every answer checked."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter

#: Sends one request and raises unless the answer is the expected one.
Send = Callable[["Browser", int], None]


@dataclass
class Browser:
    """A connection with cookies."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    #: The token that forms of its session carry.
    form_token: str = ""
    #: The fields that the form showed.
    form_fields: list[str] = field(default_factory=list)
    _connection: http.client.HTTPConnection | None = None

    def send(
        self,
        method: str,
        path: str,
        body: str = "",
        headers: Mapping[str, str] | None = None,
        expect: int | tuple[int, ...] = 200,
    ) -> tuple[str, http.client.HTTPMessage]:
        """Send a request and return body and headers.

        :raises RuntimeError: when the status is none of those expected.
        """
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = dict(headers or {})
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self._connection.request(method, path, body.encode() if body else None, sent)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        if answer.status not in (expect if isinstance(expect, tuple) else (expect,)):
            raise RuntimeError(f"{method} {path} answered {answer.status}: {text[:300]}")
        return text, answer.headers


def seconds_per_request(browsers: list[Browser], send: Send, requests: int) -> float:
    """Return elapsed seconds by number of requests, sent by all browsers at once.

    :param requests: in all; each browser sends its share one after another.
    """
    share = requests // len(browsers)
    failures: list[BaseException] = []

    def work(place: int) -> None:
        try:
            for one in range(share):
                send(browsers[place], place * share + one)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(browsers))]
    start = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return (perf_counter() - start) / (share * len(browsers))
