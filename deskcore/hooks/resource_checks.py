"""Checks of the operations that plugins add to the API."""

from __future__ import annotations

import inspect
import re
from typing import Any, cast

from marshmallow import Schema

from deskcore.hooks.errors import BadContribution
from deskcore.hooks.page_parts import ApiResource
from deskcore.hooks.sentences import sentence

#: What cannot be taken back by sending it again is not among them.
_METHODS = ("GET", "PUT", "PATCH", "DELETE")
_RULE = re.compile(r"(/([a-z0-9][a-z0-9_-]*|<(?!query>|body>)[a-z][a-z0-9_]*>))+")


def check_resource(plugin: str, resource: ApiResource) -> None:
    """Check what can be judged without calling it.

    :raises BadContribution: naming the first thing to correct.
    """
    # A plugin may have put anything anywhere.
    key, rule, view = resource.key, cast(Any, resource.rule), cast(Any, resource.view)
    schemas: tuple[Any, ...] = (resource.answer, resource.query or Schema, resource.body or Schema)
    if key != plugin and not key.startswith(f"{plugin}_"):
        raise BadContribution(sentence(
            "Its API resource “%(key)s” must be named “%(plugin)s”, or begin with “%(plugin)s_”; rename it.",
            key=key, plugin=plugin,
        ))  # fmt: skip
    if resource.method not in _METHODS:
        raise BadContribution(sentence(
            "Its API resource “%(key)s” has a method that is none of %(methods)s; change it.",
            key=key, methods=", ".join(_METHODS),
        ))  # fmt: skip
    if type(rule) is not str or not _RULE.fullmatch(rule):
        raise BadContribution(sentence(
            "The address of its API resource “%(key)s” must look like “/items/<name>”; correct it.", key=key
        ))  # fmt: skip
    if not callable(view) or not all(inspect.isclass(it) and issubclass(it, Schema) for it in schemas):
        raise BadContribution(sentence(
            "Its API resource “%(key)s” must have a function as its view, and classes of marshmallow as its schemas; "
            "correct it.", key=key,
        ))  # fmt: skip
