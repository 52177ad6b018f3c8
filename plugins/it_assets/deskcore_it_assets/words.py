"""What states, steps and lines of a history are called."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from deskcore_it_assets.models import Asset

#: By state: what it is called, its tone, its icon.
STATES = {
    "ordered": (_l("Ordered"), "new", "cart"),
    "stock": (_l("In stock"), "done", "box"),
    "reserved": (_l("Reserved"), "you", "bookmark"),
    "assigned": (_l("In use"), "active", "user"),
    "service": (_l("In repair"), "hold", "gear"),
    "lost": (_l("Lost"), "danger", "alert"),
    "retired": (_l("Retired"), "closed", "archive"),
    "disposed": (_l("Disposed of"), "closed", "trash"),
}
#: By step: what its button says, its icon, and what is said when it is done.
STEPS = {
    "receive": (_l("It has arrived"), "check", _l("It is in stock now.")),
    "release": (_l("Release it"), "undo", _l("It is in stock again.")),
    "repair": (_l("Send to repair"), "gear", _l("It is in repair now.")),
    "repaired": (_l("Back from repair"), "check", _l("It is in stock again.")),
    "lose": (_l("It is lost"), "alert", _l("Noted as lost.")),
    "find": (_l("It was found"), "check", _l("It is in stock again.")),
    "retire": (_l("Retire it"), "archive", _l("Retired: it can no longer be handed over.")),
    "bring_back": (_l("Bring it back"), "undo", _l("It is in stock again.")),
    "dispose": (_l("Dispose of it"), "trash", _l("Noted as disposed of.")),
}
#: By kind of a line of the history.
MOVES = {
    "added": _l("Written down"),
    "changed": _l("Changed"),
    "handed_over": _l("Handed over"),
    "transferred": _l("Handed on"),
    "taken_back": _l("Taken back"),
    "reserved": _l("Reserved"),
    "accepted": _l("Arrival confirmed"),
    "declined": _l("Declined, back in stock"),
    "receive": _l("Arrived"),
    "release": _l("Released"),
    "repair": _l("Sent to repair"),
    "repaired": _l("Back from repair"),
    "lose": _l("Noted as lost"),
    "find": _l("Found"),
    "retire": _l("Retired"),
    "bring_back": _l("Brought back"),
    "dispose": _l("Disposed of"),
    "seen": _l("Seen on the spot"),
}
#: What became of a line of a campaign; and of what nobody has seen while it is open.
OUTCOMES = {
    "missing": _l("Missing"),
    "wrong_place": _l("In the wrong place"),
    "unexpected": _l("Not expected"),
    "unknown": _l("Unknown codes"),
    "found": _l("Found"),
}
NOT_SEEN = _l("Not seen yet")
#: By name of what is known of a thing.
FIELDS = {
    "tag": _l("Tag"),
    "serial": _l("Serial number"),
    "name": _l("Name"),
    "model": _l("Model"),
    "model_number": _l("Model number"),
    "manufacturer": _l("Manufacturer"),
    "category": _l("Category"),
    "desk": _l("Desk"),
    "location": _l("Place"),
    "supplier": _l("Supplier"),
    "order_number": _l("Order number"),
    "company": _l("Company"),
    "bought_on": _l("Bought on"),
    "price": _l("Price"),
    "currency": _l("Currency"),
    "warranty_until": _l("Warranty until"),
    "ends_on": _l("End of life"),
    "notes": _l("Notes"),
}
#: What a field of a category may hold.
TYPES = {
    "text": _l("Text"),
    "number": _l("Number"),
    "date": _l("Day"),
    "yesno": _l("Yes or no"),
    "choice": _l("One of several choices"),
}
#: What a thing can be when it is written down.
FIRST = {state: STATES[state][0] for state in ("stock", "ordered", "service", "lost", "retired", "disposed")}
#: Ways to look at the list.
VIEWS = {
    "here": _l("All"),
    "stock": _l("In stock"),
    "assigned": _l("In use"),
    "reserved": _l("Reserved"),
    "service": _l("In repair"),
    "ordered": _l("Ordered"),
    "overdue": _l("Overdue"),
    "warranty": _l("Warranty ends"),
    "lost": _l("Lost"),
    "retired": _l("Retired"),
    "disposed": _l("Disposed of"),
}


@dataclass(frozen=True)
class Look:
    """How a state is shown."""

    word: LazyString | str
    tone: str
    icon: str


def look_of(asset: Asset) -> Look:
    """Return how the state of a thing is shown."""
    return Look(*STATES[asset.state])
