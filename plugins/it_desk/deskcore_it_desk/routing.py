"""Which line of support a request goes to first, and the tags that agents filter by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deskcore_it_desk.priority import shows_intrusion

FIRST_LINE, SECOND_LINE, SPECIALISTS = "l1", "l2", "l3"

#: Services whose faults the first line cannot mend: they need rights in the ERP or on the network.
SECOND_LINE_SERVICES = frozenset({"network", "erp"})


def team_for(
    request_type: str, answers: Mapping[str, Any], priority: str, *, urgent_to_specialists: bool
) -> str | None:
    """Return the key of the team, or ``None`` where the request type's own team stands.

    :param priority: ``low`` to ``urgent``, as it will be.
    :param urgent_to_specialists: whether urgent incidents skip the first two lines.
    """
    if request_type == "incident":
        if priority == "urgent" and urgent_to_specialists:
            return SPECIALISTS
        return SECOND_LINE if answers.get("service") in SECOND_LINE_SERVICES else FIRST_LINE
    if request_type == "suspicious_email" and shows_intrusion(answers):
        return SPECIALISTS
    if request_type == "access_request" and answers.get("role") == "admin":
        return SPECIALISTS
    return None


def tags_for(request_type: str, answers: Mapping[str, Any], priority: str) -> tuple[str, ...]:
    """Return the tags of a new request.

    ``security`` is for what the security people follow, ``identity-check`` for what must not be done before
    the person was called back, and ``major`` for an urgent incident that others will report too.
    """
    if request_type in ("suspicious_email", "lost_device"):
        return ("security",)
    if request_type == "access_request" and answers.get("role") == "admin":
        return ("security",)
    if request_type == "password_reset":
        return ("identity-check",)
    if request_type == "leaver" and answers.get("immediate") is True:
        return ("security", "identity-check")
    if request_type == "incident" and priority == "urgent":
        return ("major",)
    return ()
