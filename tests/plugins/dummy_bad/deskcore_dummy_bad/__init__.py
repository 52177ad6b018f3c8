"""Misbehaves in every hook there is, in the way that ``behaviour.MODE`` says."""

from __future__ import annotations

from typing import Any

from deskcore.plugin import hookimpl
from deskcore_dummy_bad.behaviour import misbehave


@hookimpl
def register_settings() -> Any:
    return misbehave("register_settings")


@hookimpl
def register_permissions() -> Any:
    return misbehave("register_permissions")


@hookimpl
def register_desks() -> Any:
    return misbehave("register_desks")


@hookimpl
def register_request_types() -> Any:
    return misbehave("register_request_types")


@hookimpl
def register_nav_items() -> Any:
    return misbehave("register_nav_items")


@hookimpl
def register_ticket_panels() -> Any:
    return misbehave("register_ticket_panels")


@hookimpl
def register_ticket_actions() -> Any:
    return misbehave("register_ticket_actions")


@hookimpl
def register_list_columns() -> Any:
    return misbehave("register_list_columns")


@hookimpl
def register_list_filters() -> Any:
    return misbehave("register_list_filters")


@hookimpl
def register_blueprints() -> Any:
    return misbehave("register_blueprints")


@hookimpl
def register_jobs() -> Any:
    return misbehave("register_jobs")


@hookimpl
def register_commands() -> Any:
    return misbehave("register_commands")


@hookimpl
def register_demo() -> Any:
    return misbehave("register_demo")


@hookimpl
def before_ticket_open(draft: Any) -> Any:
    return misbehave("before_ticket_open", draft)


@hookimpl
def validate_ticket(draft: Any) -> Any:
    return misbehave("validate_ticket", draft)


@hookimpl
def validate_transition(transition: Any) -> Any:
    return misbehave("validate_transition", transition)


@hookimpl
def choose_assignee(ticket: Any) -> Any:
    return misbehave("choose_assignee", ticket)


@hookimpl
def ticket_opened(event: Any, ticket: Any) -> Any:
    return misbehave("ticket_opened", event, ticket)


@hookimpl
def ticket_changed(event: Any, ticket: Any) -> Any:
    return misbehave("ticket_changed", event, ticket)


@hookimpl
def message_added(event: Any, ticket: Any) -> Any:
    return misbehave("message_added", event, ticket)
