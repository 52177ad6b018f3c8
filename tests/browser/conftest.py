"""A real server, a real browser, and a hand that counts its clicks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Locator, Page

from deskcore.testing.browser import serving
from deskcore.testing.people import signed_in as signed_in_client


@pytest.fixture
def database() -> str:
    """Browsers look at pages, which are the same on both databases."""
    return "sqlite"


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Serve the application on a free port and give its address."""
    app.config["WTF_CSRF_ENABLED"] = True
    with serving(app) as (host, port):
        yield f"http://{host}:{port}"


@dataclass
class Hand:
    """Clicks and counts; choosing and typing go by keyboard, as people do who know a form.

    :param errors: what the browser complained about: scripts, policy, missing files.
    """

    page: Page
    address: str
    clicks: int = 0
    errors: list[str] = field(default_factory=list)

    def click(self, target: Locator) -> None:
        """Click once, and wait for the page that follows."""
        self.clicks += 1
        target.click()
        self.page.wait_for_load_state()

    def open(self, path: str) -> None:
        """Go to an address, as somebody does who has it already open; that is no click."""
        self.page.goto(self.address + path)


@pytest.fixture
def hand(chromium: Browser, app: Flask, address: str) -> Iterator[Callable[..., Hand]]:
    """Give ``hand("anna.kowalska")``: somebody who signed in before, in a browser of their own.

    Further arguments go to the browser context: ``java_script_enabled=False``, ``locale="pl-PL"``.
    """
    contexts: list[BrowserContext] = []

    def signed_in(name: str, **options: Any) -> Hand:
        context = chromium.new_context(**({"locale": "en-GB"} | options))
        contexts.append(context)
        cookie = signed_in_client(app, f"{name}@meridian.example").get_cookie("deskcore")
        assert cookie is not None
        context.add_cookies([{"name": "deskcore", "value": cookie.value, "url": address}])
        page = context.new_page()
        found = Hand(page, address)
        page.on("console", lambda said: found.errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: found.errors.append(str(error)))
        return found

    yield signed_in
    for context in contexts:
        context.close()
