"""``python -m tests.docs.pictures``: the pictures of the tutorial, taken of what its reader has made."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.screenshots import CHROMIUM, signed_in
from tests.docs.pages import DOCS, blocks
from tests.docs.reader import Reader

IMAGES = DOCS / "images"
WIDTH = 1100


def main() -> None:
    """Do the tutorial, then look at the form that comes back and at the panel."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        reader = Reader(Path(folder), "instance/plugins/fleet_desk")
        try:
            reader.read(blocks((DOCS / "tutorial.md").read_text(encoding="utf-8")))
            address = f"http://127.0.0.1:{reader.server.port}"
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            _form(signed_in(browser, address, "anna.kowalska", WIDTH, "light", "en"), address)
            _panel(signed_in(browser, address, "daniel.okafor", WIDTH, "light", "en"), address)
            browser.close()
        finally:
            reader.server.stop()


def _form(page: Page, address: str) -> None:
    page.goto(f"{address}/services/fleet-fleet-request")
    page.get_by_label("What do you need?").fill("A van for the fair")
    page.get_by_label("For how many days?").fill("30")
    page.get_by_role("button", name="Send request").click()
    page.get_by_text("There is 1 thing to correct").wait_for()
    page.screenshot(path=IMAGES / "tutorial-rule.png")


def _panel(page: Page, address: str) -> None:
    page.goto(f"{address}/agent/tickets/FL-1")
    page.get_by_text("fleet_desk").first.wait_for()
    page.screenshot(path=IMAGES / "tutorial-panel.png", full_page=True)


if __name__ == "__main__":
    main()
