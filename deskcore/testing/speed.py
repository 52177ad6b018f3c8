"""What makes hundreds of applications in one process cheap; nothing that a test could notice."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

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


@cache
def make_fast() -> None:
    """Share compiled templates and routes between the applications of this process, and hash passwords cheaply."""
    Flask.jinja_options = {"bytecode_cache": _CompiledOnce()}
    Rule._compile_builder = _built_once  # type: ignore[method-assign, assignment]
    # Hundreds of tests sign in; what the real hasher costs is tested where it is the subject.
    people._hasher = PasswordHasher.from_parameters(CHEAPEST)
    people._NOBODY = people._hasher.hash("nobody has this password")
