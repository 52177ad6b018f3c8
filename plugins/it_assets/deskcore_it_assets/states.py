"""Where a thing stands on its way from order to disposal, and which steps lead from there."""

from __future__ import annotations

#: Every state, in the order of a thing's life.
STATES = ("ordered", "stock", "reserved", "assigned", "service", "lost", "retired", "disposed")
#: States of what nobody counts on any more.
GONE = ("lost", "retired", "disposed")
#: By step that needs nothing but a reason: from which states it leads, and where to.
STEPS = {
    "receive": (("ordered",), "stock"),
    "release": (("reserved",), "stock"),
    "repair": (("stock", "reserved"), "service"),
    "repaired": (("service",), "stock"),
    "lose": (("ordered", "stock", "reserved", "assigned", "service"), "lost"),
    "find": (("lost",), "stock"),
    "retire": (("ordered", "stock", "reserved", "service", "lost"), "retired"),
    "bring_back": (("retired",), "stock"),
    "dispose": (("stock", "service", "lost", "retired"), "disposed"),
}
#: From which states a thing can be handed to somebody, and put aside for somebody.
FOR_HAND_OVER, FOR_RESERVING = ("stock", "reserved"), ("stock",)
#: What a thing can be when it is first written down.
FIRST = ("ordered", "stock", "service", "lost", "retired", "disposed")


def steps_from(state: str) -> list[str]:
    """Return the steps that lead on from a state."""
    return [step for step, (origins, _target) in STEPS.items() if state in origins]
