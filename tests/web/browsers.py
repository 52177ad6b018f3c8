"""A browser in which one person is signed in, for tests that look at pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from deskcore.testing.people import signed_in

FORM = re.compile(r'<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>', re.DOTALL)


class Browser:
    """A browser in which one person is signed in.

    :param page: the answer that came last.
    """

    def __init__(self, app: Flask, email: str) -> None:
        self.client = signed_in(app, email)
        self.page: TestResponse
        with self.client.session_transaction() as session:
            session["language"] = "en"

    def get(self, path: str) -> TestResponse:
        """Open a page; a redirect is followed."""
        self.page = self.client.get(path, follow_redirects=True)
        return self.page

    def post(self, path: str, follow: bool = True, **fields: Any) -> TestResponse:
        """Send a form."""
        return self.send(path, fields, follow)

    def send(self, path: str, fields: Mapping[str, Any], follow: bool = True) -> TestResponse:
        """Send a form whose fields have dots in their names."""
        self.page = self.client.post(path, data=fields, follow_redirects=follow)
        return self.page

    def seen(self, action: str) -> str:
        """Return what the form with this address was filled in over, on the page that came last."""
        form = next(form for address, form in FORM.findall(self.page.text) if address == action)
        found = re.search(r'name="seen" value="([^"]*)"', form)
        assert found is not None, f"the form {action} says nothing about what it was filled in over"
        return found[1]

    def hidden(self, name: str) -> str:
        """Return the value of the first hidden field ``name`` of the page that came last."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.page.text)
        assert found is not None, f"no field {name}"
        return found[1]
