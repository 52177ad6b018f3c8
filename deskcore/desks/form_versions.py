"""Form versions: the fields of a form as canonical JSON that never changes, named by its digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from deskcore.desks.form_plain import plain, read_field
from deskcore.desks.overrides import OverrideLine, apply_overrides, overrides_report, unusable_overrides
from deskcore.hooks.contributions import Field

__all__ = ["OverrideLine", "apply_overrides", "freeze", "overrides_report", "thaw", "unusable_overrides"]


def freeze(fields: Sequence[Field]) -> tuple[str, str]:
    """Return the digest and the canonical JSON of a form.

    What equals its default is left out, so a later version of Deskcore that knows more attributes gives
    the same digest for the same form.

    :returns: SHA-256 in hexadecimal, and JSON with sorted keys.
    """
    text = json.dumps([plain(field) for field in fields], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest(), text


def thaw(form: str | Sequence[Mapping[str, Any]]) -> tuple[Field, ...]:
    """Return the fields that :func:`freeze` wrote; attributes of a later version are left out.

    :param form: the JSON, or what it was parsed to by a column of the database.
    :raises ValueError: when ``form`` is no form.
    """
    try:
        return tuple(read_field(item) for item in (json.loads(form) if isinstance(form, str) else form))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"This is no form version: {error!r}") from error
