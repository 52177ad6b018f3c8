"""A field of every kind for the gallery."""

from __future__ import annotations

import json
from typing import Any

from deskcore.desks.forms import FieldView, OptionView, PartView


def example_fields() -> tuple[FieldView, ...]:
    """Return one field of every kind, some of them refused."""
    currency = (OptionView("PLN", "PLN", selected=True), OptionView("EUR", "EUR"))
    return (*_choices(), *_people(), *_moments(), *_figures(currency), *_lines_of_text(), _files(), _lines(currency))


def _choices() -> tuple[FieldView, ...]:
    reasons = (
        OptionView("old", "I'm replacing an old one", "We'll show your current equipment so you can pick it"),
        OptionView("new", "It's for a new person", "Better: start “Someone joins” and get everything in one go"),
        OptionView("extra", "It's an extra device", "Needs a short reason for your manager"),
    )
    models = (OptionView("s", "Standard 14″ – 16 GB, 512 GB"), OptionView("d", "Developer 16″ – 32 GB, 1 TB"))
    shown: dict[str, Any] = {"show_if_field": "reason", "show_if_values": json.dumps(["extra"]), "visible": False}
    return (
        _field("reason", "Why do you need it?", "radio", options=reasons, error="Select why you need the laptop"),
        _field("note", "Note for your manager", "longtext", **shown),
        _field("model", "Model", "select", options=models),
        _field("software", "Software", "checkboxes", options=models),
        _field("phone", "A phone too", "checkbox", optional=True, hint="With a SIM card"),
        _field("home", "Working from home?", "yesno", options=(OptionView("yes", "Yes"), OptionView("no", "No"))),
    )


def _people() -> tuple[FieldView, ...]:
    candidates = (OptionView("ewa.lis@meridian.example", "Ewa Lis", "Finance"),)
    several = "This could mean several. Choose one of those listed."
    return (
        _field("person", "For whom", "person", hint="Start typing a name.", value="Anna Kowalska"),
        _field("ewa", "Whose name?", "person", error=several, candidates=candidates),
    )


def _moments() -> tuple[FieldView, ...]:
    date: dict[str, Any] = {"hint": "For example 24.11.2026, or tomorrow.", "value": "20.11.2026"}
    days = (
        PartView("period.from", "f-period", "First day", ""),
        PartView("period.until", "f-period-until", "Last day", ""),
    )
    too_early = "The date must be 24 November 2026 or later"
    return (
        _field("date", "When do you need it?", "date", error=too_early, **date),
        _field("period", "Period", "daterange", parts=days),
        _field("starts", "Starts", "datetime", value="24.11.2026 9:30"),
    )


def _figures(currency: tuple[OptionView, ...]) -> tuple[FieldView, ...]:
    cost = (
        PartView("cost.amount", "f-cost", "Amount", "1234,50"),
        PartView("cost.currency", "f-cost-currency", "Currency", "PLN", currency),
    )
    return (
        _field("cost", "Cost", "money", input_mode="decimal", parts=cost),
        _field("count", "How many", "int", input_mode="numeric", value="2"),
    )


def _lines_of_text() -> tuple[FieldView, ...]:
    return (
        _field("mail", "E-mail", "email", input_type="email"),
        _field("passport", "Passport number", "text", sensitive=True, optional=True),
    )


def _files() -> FieldView:
    there = (OptionView("token", "photo.png", selected=True),)
    return _field("files", "Attachments", "file", optional=True, options=there)


def _lines(currency: tuple[OptionView, ...]) -> FieldView:
    def row(index: int, error: str = "") -> tuple[FieldView, ...]:
        name = f"lines-{index}-"
        price = (
            PartView(f"{name}price.amount", f"f-{name}price", "Amount", ""),
            PartView(f"{name}price.currency", f"f-{name}price-currency", "Currency", "PLN", currency),
        )
        return (
            _field(f"{name}item", "Item", "text", error=error),
            _field(f"{name}quantity", "Quantity", "int", input_mode="numeric", value="1"),
            _field(f"{name}price", "Unit price", "money", input_mode="decimal", parts=price, optional=True),
        )

    return _field("lines", "What do you need?", "lines", columns=row(0), rows=(row(0, "Enter the item"), row(1)))


def _field(name: str, label: str, control: str, optional: bool = False, **more: Any) -> FieldView:
    return FieldView(name, name, f"f-{name}", label, control, optional=optional, **more)
