"""Reads the calls with curl that the documentation shows, and sends them to an application under test."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

#: Every file that an example sends.
CONTENT = b"Disconnected at 08:15\n"


def send(client: FlaskClient, command: str, values: Mapping[str, str]) -> TestResponse:
    """Send one call.

    :param values: of the variables of the shell, by name.
    """
    for name, value in values.items():
        # As the shell does it inside of double quotes, where our entity tags have quotes of their own.
        command = command.replace(f"${name}", value.replace('"', '\\"'))
    words = shlex.split(command)
    assert words.pop(0) == "curl"
    sent: dict[str, Any] = {"method": "GET", "headers": {}}
    form: dict[str, Any] = {}
    address = ""
    while words:
        word = words.pop(0)
        if word == "-X":
            sent["method"] = words.pop(0)
        elif word == "-H":
            name, _colon, value = words.pop(0).partition(": ")
            sent["headers"][name] = value
        elif word in ("-d", "--data-binary"):
            data = words.pop(0)
            sent["data"] = CONTENT if data.startswith("@") else data.encode()
        elif word == "-F":
            name, _equals, value = words.pop(0).partition("=")
            form[name] = (BytesIO(CONTENT), value[1:]) if value.startswith("@") else value
        else:
            assert not word.startswith("-"), f"teach me {word}"
            address = word
    parts = urlsplit(address)
    return client.open(parts.path, query_string=parts.query, **sent, **({"data": form} if form else {}))


def commands(text: str) -> list[tuple[str, int]]:
    """Return the calls in indented blocks of a document, each with the status in the comment behind it."""
    joined = re.sub(r"\\\n\s+", " ", text)
    return [(found[1], int(found[2])) for found in re.finditer(r"^    (curl .*?)\s+# (\d{3})$", joined, re.MULTILINE)]
