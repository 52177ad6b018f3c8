"""What makes hundreds of applications in one process cheap; nothing that a test could notice."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from deskcore.desks import declarations
from deskcore.people import services as people


class _CompiledOnce(BytecodeCache):
    """Keep compiled templates for every application of the process: compiling was two fifths of the suite's time."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], object] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._compiled.get((bucket.key, bucket.checksum))  # type: ignore[assignment]

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key, bucket.checksum] = bucket.code


_compile_builder = Rule._compile_builder
_builders: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}


def _built_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """Compile what builds the addresses of a route once a process: each application would take a tenth of a second."""
    key = (rule.rule, append_unknown, *rule._trace)
    if rule.defaults or key not in _builders:
        _builders[key] = _compile_builder(rule, append_unknown)
    return _builders[key]


_parse_text = declarations._parse_text
_parsed: dict[str, str] = {}


def _parsed_once(file: Path, text: str) -> dict[str, Any]:
    """Parse the text of a request type once a process: those of one desk took a third of every application's start."""
    if text in _parsed:
        found: dict[str, Any] = json.loads(_parsed[text])
        return found
    found = _parse_text(file, text)
    written = json.dumps(found, default=str)
    if json.loads(written) == found:  # so not with a date in it, which JSON would give back as text
        _parsed[text] = written
    return found


_statements: dict[type[Dialect], LRUCache[Any, Any]] = {}


def _same_sql(one: DefaultDialect, other: object) -> bool:
    """Tell whether two engines compile alike: compiling for each application took a quarter of the suite's time."""
    if type(one) is not type(other):
        return False
    made_of = ("paramstyle", "_json_serializer", "_json_deserializer")
    return all(getattr(one, name, None) == getattr(other, name, None) for name in made_of)


def _statements_of(engine: Engine) -> LRUCache[Any, Any]:
    return _statements.setdefault(type(engine.dialect), LRUCache(3000))


@cache
def make_fast() -> None:
    """Share what applications of this process compile, templates, routes and statements, and hash passwords cheaply."""
    Flask.jinja_options = {"bytecode_cache": _CompiledOnce()}
    declarations._parse_text = _parsed_once
    DefaultDialect.__eq__ = _same_sql  # type: ignore[method-assign, assignment]
    DefaultDialect.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]
    Engine._compiled_cache = property(_statements_of, lambda engine, own: None)  # type: ignore[assignment]
    Rule._compile_builder = _built_once  # type: ignore[method-assign, assignment]
    # Hundreds of tests sign in; what the real hasher costs is tested where it is the subject.
    people._hasher = PasswordHasher.from_parameters(CHEAPEST)
    people._NOBODY = people._hasher.hash("nobody has this password")
