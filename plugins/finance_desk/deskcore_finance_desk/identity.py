"""When two spellings mean the same supplier or the same document."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

#: Ends of names that say what kind of company it is, and are left out as often as not.
_FORMS = (
    "sp z o o sp k", "sp z o o", "spolka z o o", "spolka z ograniczona odpowiedzialnoscia", "sp k", "sp j", "s c",
    "s a", "spolka akcyjna", "spzoo", "sa", "gmbh", "ag", "ltd", "limited", "llc", "inc", "bv", "b v", "s r o",
    "sro", "srl",
)  # fmt: skip
_PARTS = re.compile(r"[^\W\d_]+|\d+")


def party_key(name: str) -> str:
    """Return what all spellings of a supplier's name have in common: no accents, punctuation or legal form."""
    words = " ".join(re.findall(r"[^\W_]+", _folded(name)))
    for form in _FORMS:
        if words.endswith(f" {form}"):
            words = words.removesuffix(form).strip()
            break
    return words.replace(" ", "")[:200]


def party_of(answers: Mapping[str, Any]) -> str:
    """Return the key of the supplier that a request names, or ``""``."""
    return party_key(str(answers.get("vendor") or answers.get("legal_name") or ""))


def reference_key(number: str) -> str:
    """Return what all spellings of a document's number have in common: ``FV/0012/2026`` is ``fv 12-2026``."""
    parts = _PARTS.findall(_folded(number).upper())
    return "-".join(part.lstrip("0") or "0" if part.isdigit() else part for part in parts)[:120]


def fingerprint(party: str, reference: str) -> str:
    """Return what tells that two documents are the same, and nothing of what stands on them."""
    return hashlib.sha256(f"{party}\0{reference}".encode()).hexdigest()


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ł", "l"))
    return "".join(each for each in plain if not unicodedata.combining(each))
