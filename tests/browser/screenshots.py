"""``make screenshots``: pictures of the demo's pages, the two of the README, and those of the places for plugins.

Each page in light, dark, Polish and on a phone goes to ``screenshots/``; ``docs/images`` gets the others.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from playwright.sync_api import Browser, Page

from tests.browser import slots

PASSWORD = "meridian-demo"
#: Name of the picture, who looks, and where.
PAGES = (
    ("portal-home", "anna.kowalska", "/"),
    ("services", "anna.kowalska", "/services"),
    ("request-form", "anna.kowalska", "/services/it-hardware-request"),
    ("purchase-form", "anna.kowalska", "/services/finance-purchase-request"),
    ("approvals", "piotr.zielinski", "/approvals"),
    ("my-requests", "anna.kowalska", "/requests"),
    ("ticket-requester", "anna.kowalska", "/requests first"),
    ("agent-queue", "marek.nowak", "/agent/tickets?queue=open"),
    ("agent-ticket", "marek.nowak", "/agent/tickets?queue=mine first"),
    ("new-ticket", "marek.nowak", "/agent/tickets/new"),
    ("person", "marek.nowak", "/agent/people/anna.kowalska@meridian.example"),
    ("shortcuts", "marek.nowak", "/agent/shortcuts"),
    ("administration", "admin", "/admin"),
    ("people", "admin", "/admin/people"),
    ("desk", "admin", "/admin/desks/it"),
    ("look", "admin", "/admin/look"),
    ("plugins", "admin", "/admin/plugins"),
    ("plugin", "admin", "/admin/plugins/it_desk"),
    ("request-types", "admin", "/admin/services"),
    ("request-type", "admin", "/admin/services/it-hardware-request"),
    ("request-type-field", "admin", "/admin/services/it-incident/fields/service"),
    ("import", "admin", "/admin/data"),
    ("audit", "admin", "/admin/audit"),
    ("background-work", "admin", "/admin/deliveries"),
)
#: Name of the mode, width in pixels, colour scheme, language.
MODES = (
    ("desktop", 1366, "light", "en"),
    ("dark", 1366, "dark", "en"),
    ("phone", 360, "light", "en"),
    ("pl", 1366, "light", "pl"),
)
README = {"portal-home": "portal.png", "agent-ticket": "workspace.png"}


def main() -> None:
    """Make a demo, serve it, and look at it."""
    everything, images = Path("screenshots"), Path("docs/images")
    everything.mkdir(exist_ok=True)
    images.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, demo(Path(folder)) as address, slots.browsing() as browser:
        for mode, width, scheme, language in MODES:
            for name, person, path in PAGES:
                page = signed_in(browser, address, person, width, scheme, language)
                visit(page, address, path)
                page.screenshot(path=everything / f"{name}.{mode}.png", full_page=True)
                if mode == "desktop" and name in README:
                    page.screenshot(path=images / README[name])
                page.context.close()
        slots.take(browser)


@contextmanager
def demo(folder: Path) -> Iterator[str]:
    """Serve a fresh demo and give its address."""
    environment = os.environ | {"DESKCORE_INSTANCE": str(folder / "instance")}
    deskcore = [sys.executable, "-m", "deskcore.cli"]
    subprocess.run([*deskcore, "demo"], env=environment, check=True, stdout=subprocess.DEVNULL)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([*deskcore, "run", "--port", str(port)], env=environment, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}/login")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(60)


def wait_for(address: str) -> None:
    """Wait until something answers, at most a minute."""
    end = monotonic() + 60
    while monotonic() < end:
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except (urllib.error.URLError, OSError):
            sleep(0.1)
        else:
            return
    raise RuntimeError(f"nothing answers at {address}")


def signed_in(browser: Browser, address: str, person: str, width: int, scheme: str, language: str) -> Page:
    """Open a browser in which somebody is signed in, in the language of the picture."""
    locale = "pl-PL" if language == "pl" else "en-GB"
    context = browser.new_context(viewport={"width": width, "height": 860}, color_scheme=scheme, locale=locale)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{address}/login")
    page.locator("input[name=email]").fill(f"{person}@meridian.example")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    if page.locator("html").get_attribute("lang") != language:
        with page.expect_navigation():
            page.locator(f"button[lang={language}]").first.evaluate("button => button.form.submit()")
    return page


def visit(page: Page, address: str, path: str) -> None:
    """Open a page; a path that ends in `` first`` means the first ticket of that list."""
    listed, _, first = path.partition(" ")
    page.goto(address + listed)
    if first:
        link = page.locator("main a.subj, main a.rowlink").first
        page.goto(address + str(link.get_attribute("href")))


if __name__ == "__main__":
    main()
