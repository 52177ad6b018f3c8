"""Holds a secret setting and a sensitive field, and fails wherever it can while it holds them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from flask import Blueprint

from deskcore.plugin import (
    Field,
    Job,
    PanelRow,
    PluginBlueprint,
    RequestType,
    Setting,
    Text,
    TicketPanel,
    hookimpl,
    setting,
)

pages = Blueprint("leaky", __name__)


def fail(*held: Any) -> NoReturn:
    """Fail with a secret among the local variables."""
    key = setting("leaky", "key")
    raise RuntimeError(f"failed with {len(key)} characters and {len(held)} things in hand")


@pages.get("/broken")
def broken() -> str:
    """Fail as a page."""
    fail()


@hookimpl
def register_settings() -> list[Setting]:
    return [Setting("key", Text("Key", "Klucz"), "secret", "")]


@hookimpl
def register_request_types() -> list[RequestType]:
    account = Field("account", "text", Text("Account", "Konto"), required=True, sensitive=True)
    reason = Field("reason", "text", Text("Why?", "Dlaczego?"), required=True)
    title, subject = Text("Account", "Konto"), Text("{reason}", "{reason}")
    return [RequestType("leaky_account", "it", title, title, fields=(reason, account), subject=subject)]


@hookimpl
def register_blueprints() -> list[PluginBlueprint]:
    return [PluginBlueprint(pages, "portal")]


@hookimpl
def register_ticket_panels() -> list[TicketPanel]:
    def rows(ticket: Any, viewer: Any) -> list[PanelRow]:
        fail(ticket)

    return [TicketPanel("leaky_panel", Text("Leak", "Wyciek"), rows)]


@hookimpl
def register_jobs() -> list[Job]:
    def job(payload: Mapping[str, Any]) -> None:
        fail(payload)

    return [Job("leaky_job", job, "* * * * *")]


@hookimpl
def before_ticket_open(draft: Any) -> None:
    fail(draft)


@hookimpl
def ticket_opened(event: Any, ticket: Any) -> None:
    fail(event, ticket)


@hookimpl
def message_added(event: Any, ticket: Any) -> None:
    fail(event, ticket)
