"""Checks of the reports that plugins have: an address that nothing else has."""

from __future__ import annotations

import re

from deskcore.hooks.errors import BadContribution
from deskcore.hooks.reporting import Report
from deskcore.hooks.sentences import sentence

_KEY = re.compile(r"[a-z][a-z-]{1,29}")
#: Reports of the core itself.
_TAKEN = ("overview",)


def check_report(report: Report) -> None:
    """Check that a report has an address.

    :raises BadContribution: naming what to correct.
    """
    if _KEY.fullmatch(report.key) is None or report.key in _TAKEN:
        raise BadContribution(sentence(
            "The key “%(key)s” of its register_reports is the end of an address: one word of lower-case letters and "
            "dashes that no other report has; rename it.", key=report.key,
        ))  # fmt: skip
