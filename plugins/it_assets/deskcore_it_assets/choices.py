"""Choices of lists in forms, and numbers in addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

KeyT = TypeVar("KeyT", int, str)


@dataclass(frozen=True)
class Choice:
    """One choice of a list."""

    value: str
    label: str
    selected: bool = False


def chosen(labels: Mapping[KeyT, object], value: KeyT) -> list[Choice]:
    """Return the choices of a list, one of them chosen."""
    return [Choice(str(key or ""), str(label), key == value) for key, label in labels.items()]


def number(text: str) -> int:
    """Return the number in an address or a form; 0 for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
