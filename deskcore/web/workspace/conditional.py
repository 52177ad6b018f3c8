"""Answers to pages that ask again and again: in full when something changed, and else in a few bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, jsonify, request

from deskcore.web.viewer import language


def if_changed(known: object, answer: Callable[[], Mapping[str, Any]]) -> Response:
    """Return 304 to a page that knows the present state already, and else the answer, with its tag.

    :param known: what the answer is made of; only what its reader may see, because it shows in the tag.
    :param answer: makes the answer; not called when nothing changed.
    """
    tag = hashlib.sha256(repr((language(), known)).encode()).hexdigest()[:16]
    unchanged = request.if_none_match.contains(tag)
    response = Response(status=304) if unchanged else jsonify(answer())
    response.set_etag(tag)
    return response
