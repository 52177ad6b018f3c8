"""What is said of licences, stock, kits and what needs attention."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

#: How a licence is paid for.
LICENCE_KINDS = {"subscription": _l("Subscription"), "perpetual": _l("Bought once")}
#: What the price of a licence is for.
LICENCE_PER = {"seat": _l("one seat"), "all": _l("all of them together")}
#: By name of what is known of a licence.
LICENCE_FIELDS = {
    "name": _l("Name"),
    "publisher": _l("Publisher"),
    "desk": _l("Desk"),
    "kind": _l("Way of paying"),
    "months": _l("Months of one period"),
    "seats": _l("Seats"),
    "reassigned": _l("A seat that is given back can go to somebody else"),
    "supplier": _l("Supplier"),
    "order_number": _l("Order number"),
    "bought_on": _l("Bought on"),
    "price": _l("Price"),
    "currency": _l("Currency"),
    "per": _l("The price is for"),
    "ends_on": _l("Valid until, or renewed on"),
    "closed": _l("No longer used"),
    "notes": _l("Notes"),
    "key": _l("Licence key"),
}
#: By name of what is known of something in stock.
STOCK_FIELDS = {
    "name": _l("Name"),
    "number": _l("Model number"),
    "desk": _l("Desk"),
    "category": _l("Category"),
    "returnable": _l("Whoever gets one gives it back"),
    "minimum": _l("Buy more below"),
    "price": _l("Price of one"),
    "currency": _l("Currency"),
    "notes": _l("Notes"),
    "closed": _l("No longer used"),
}
#: By name of what is known of a kit.
KIT_FIELDS = {"name": _l("Name"), "desk": _l("Desk"), "notes": _l("Notes"), "closed": _l("No longer used")}
#: What a line of a kit is of.
KIT_LINES = {
    "category": _l("Any item of a category"),
    "product": _l("An item of a model"),
    "item": _l("From stock"),
    "licence": _l("A seat of a licence"),
}
#: Ways to look at the stock.
STOCK_VIEWS = {"": _l("All"), "low": _l("Too little"), "closed": _l("No longer used")}
#: What can be done with stock.
STOCK_ACTIONS = {
    "out": _l("Give out"),
    "in": _l("Add what was bought"),
    "back": _l("Take back"),
    "moved": _l("Carry to another place"),
    "correction": _l("Correct after counting"),
}
#: By kind of a movement of stock.
MOVEMENTS = {
    "in": _l("Bought"),
    "out": _l("Given out"),
    "back": _l("Brought back"),
    "correction": _l("Corrected"),
    "moved": _l("Carried elsewhere"),
}
#: By kind of a line of a history.
ENTRIES = {
    "added": _l("Written down"),
    "changed": _l("Changed"),
    "assigned": _l("Seat assigned"),
    "given_back": _l("Seat given back"),
    "line_added": _l("Added to the kit"),
    "line_dropped": _l("Taken off the kit"),
    "handed_over": _l("Handed over"),
}
#: By kind of what needs attention: what it says, its tone, its icon.
ALERTS = {
    "return": (_l("Expected back"), "danger", "undo"),
    "leaver": (_l("Holder has left"), "danger", "user"),
    "stock": (_l("Too little in stock"), "you", "box"),
    "warranty": (_l("Warranty ends"), "hold", "clock"),
    "licence": (_l("Licence ends or is renewed"), "hold", "key"),
    "audit": (_l("To be looked at"), "new", "eye"),
    "end": (_l("End of life"), "closed", "archive"),
}
