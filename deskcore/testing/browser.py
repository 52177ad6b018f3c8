"""A real server and a real browser, where there is one: axe looks at pages as they are shown."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from threading import Event, Thread
from typing import TYPE_CHECKING

from flask import Flask
from flask.testing import FlaskClient

from deskcore.serve.draining import DrainingServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

#: What WCAG 2.2 AA and common practice ask for; of what is in order axe would say as much again.
_RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
#: First the one without windows, which takes two thirds of the other's time.
_PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
#: One process for all pages of a test: they are all of one site, which trusts itself.
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--process-per-site",
    "--renderer-process-limit=1",
    "--disable-site-isolation-trials",
)
_PACKAGES = {"playwright": "playwright", "axe_playwright_python": "axe-playwright-python"}


@contextmanager
def chromium() -> Iterator[Browser | str]:
    """Start the Chromium of this computer; where something is missing, give the sentence that says what."""
    missing = [name for package, name in _PACKAGES.items() if find_spec(package) is None]
    program = next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
    if missing or program is None:
        yield f"pip install {' '.join(missing)}" if missing else "there is no Chromium: apt-get install chromium"
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def serving(app: Flask) -> Iterator[tuple[str, int]]:
    """Serve an application as ``deskcore run`` does, on a free port."""
    stopping = Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place: tuple[str, int] = listener.getsockname()
        server = DrainingServer(app, listener, 4, app.extensions["deskcore"].config.max_request)
        thread = Thread(target=server.run, args=(stopping, 5.0))
        thread.start()
        try:
            yield place
        finally:
            stopping.set()
            server.wake()
            thread.join()


def axe_faults(browser: Browser, address: str, visits: list[tuple[FlaskClient, str]]) -> Iterator[str]:
    """Yield what axe finds on pages, each opened by whoever is signed in in a client.

    :param address: of the server.
    """
    # One page for each person: every new one is a process that loads all scripts and styles again.
    pages: dict[int, Page] = {}
    for client, path in visits:
        if id(client) not in pages:
            pages[id(client)] = _page_of(client, browser, address)
        page = pages[id(client)]
        page.goto(address + path)
        yield from (f"GET {path}: {fault}" for fault in faults_in(page))
    for page in pages.values():
        page.context.close()


def _page_of(client: FlaskClient, browser: Browser, address: str) -> Page:
    # Axe is a script of its own, which the pages' strict policy would not let run.
    context = browser.new_context(locale="en-GB", bypass_csp=True)
    cookie = client.get_cookie("deskcore")
    if cookie is not None:
        context.add_cookies([{"name": "deskcore", "value": cookie.value, "url": address}])
    return context.new_page()


def faults_in(page: Page) -> list[str]:
    """Return what axe finds on a page as it is shown now, and whether it leaves its screen."""
    from axe_playwright_python.sync_playwright import Axe

    page.evaluate(Axe().axe_script)
    found = page.evaluate("rules => axe.run(document, rules).then(found => found.violations)", _RULES)
    faults = []
    for fault in found:
        where = " ".join(fault["nodes"][0]["html"].split())[:120]
        faults.append(f"{fault['help']} ({fault['id']}) at {where}: {fault['helpUrl']}")
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        faults.append("wider than its screen")
    return faults
