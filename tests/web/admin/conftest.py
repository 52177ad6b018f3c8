"""Administrators and others in a browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from deskcore import audit
from deskcore.extensions import db
from tests.web.browsers import Browser


@pytest.fixture
def browser(app: Flask) -> Callable[[str], Browser]:
    """Give ``browser("marek.nowak")``: a browser in which that person is signed in."""
    return lambda name: Browser(app, f"{name}@meridian.example")


@pytest.fixture
def admin(browser: Callable[[str], Browser]) -> Browser:
    """Give the administrator, who works on no desk."""
    return browser("admin")


@pytest.fixture
def other(browser: Callable[[str], Browser]) -> Browser:
    """Give the administrator's second browser, as a colleague who does the same at the same time."""
    return browser("admin")


@pytest.fixture
def recorded(app: Flask) -> Callable[[str], list[audit.EntryView]]:
    """Give ``recorded("grant.given")``: the entries of the audit log of this action, the newest first."""

    def entries(action: str) -> list[audit.EntryView]:
        with app.app_context():
            return audit.read_entries(db.session, audit.Wanted(what=action), 100)

    return entries
