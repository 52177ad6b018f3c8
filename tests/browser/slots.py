"""``python -m tests.browser.slots``: the pictures of ``docs/plugins/slots.md``, taken from ``/dev/ui?part=slots``."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import sqlalchemy as sa
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from deskcore.app import create_app
from deskcore.config import load_config
from deskcore.extensions import engine_options
from deskcore.hooks.migrations import Migrations
from deskcore.testing.browser import chromium

IMAGES = Path("docs/images")
#: Wide enough for a side panel; a picture beside text needs no more.
WIDTH = 760
#: The places that the page shows; all menus look alike.
PICTURES = (
    "nav-portal", "panel", "person", "action", "badge", "bulk", "palette", "composer", "column", "filter", "report",
    "settings", "trouble",
)  # fmt: skip


def main() -> None:
    """Start a browser and take the pictures."""
    with browsing() as browser:
        take(browser)


@contextmanager
def browsing() -> Iterator[Browser]:
    """Start a browser.

    :raises SystemExit: with what to install, where there is none.
    """
    with chromium() as browser:
        if isinstance(browser, str):
            raise SystemExit(browser)
        yield browser


def take(browser: Browser) -> None:
    """Take one picture of each place to which plugins add."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, gallery(Path(folder)) as address:
        page = browser.new_page(viewport={"width": WIDTH, "height": 860}, locale="en-GB")
        page.goto(f"{address}/dev/ui?part=slots")
        for name in PICTURES:
            page.locator(f"#slot-{name}").screenshot(path=IMAGES / f"slot-{name}.png")
        page.close()


@contextmanager
def gallery(folder: Path) -> Iterator[str]:
    """Serve an empty installation in debug mode, and give its address."""
    given = {"instance": folder, "database_url": f"sqlite:///{folder / 'gallery.db'}", "debug": True}
    engine = sa.create_engine(given["database_url"], **engine_options("sqlite", load_config(given).audit_keys))
    Migrations(engine).upgrade_core()
    engine.dispose()
    server = make_server("127.0.0.1", 0, create_app(given, load_plugins=False), threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)


if __name__ == "__main__":
    main()
