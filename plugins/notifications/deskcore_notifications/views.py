"""Pages of the notifications themselves: one in the portal, one in the workspace, alike but for their rights."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from deskcore.plugin import people, tickets
from deskcore_notifications import centre

portal = Blueprint("notifications", __name__)
workspace = Blueprint("notifications_desk", __name__)
#: Characters of a page number that is believed.
_DIGITS = 4


@portal.get("", endpoint="inbox")
@workspace.get("/inbox", endpoint="inbox")
def inbox() -> str:
    """Show what the reader was told, with why."""
    reader = people.asking()
    unread_only, page = request.args.get("show") != "all", _page()
    listed = centre.listed(reader, reader.language, unread_only=unread_only, page=page)
    return render_template(
        "notifications/inbox.html",
        frame="shell/workspace.html" if reader.area == "workspace" else "shell/portal.html",
        place=_place(),
        listed=listed,
        unread_only=unread_only,
        page=page,
    )


@portal.post("/read", endpoint="read")
@workspace.post("/inbox/read", endpoint="read")
def read() -> ResponseReturnValue:
    """Mark one as read, or all of them."""
    token = request.form.get("token", "")
    centre.mark_read(people.asking(), [token] if token else None)
    show = "all" if request.form.get("show") == "all" else None
    return redirect(url_for(f"{_place()}.inbox", show=show), 303)


@portal.get("/to/<token>", endpoint="follow")
def follow(token: str) -> ResponseReturnValue:
    """Lead to the request that a notification is about."""
    return _lead(token, "portal.request")


@workspace.get("/to/<handle>", endpoint="follow")
def follow_in_workspace(handle: str) -> ResponseReturnValue:
    """Lead to the ticket that a notification is about."""
    return _lead(handle, "workspace.ticket")


def _lead(token: str, page: str) -> ResponseReturnValue:
    """Lead to what a notification is about, for its receiver; that it was read is noted by a worker."""
    reader = people.asking()
    notice = centre.find(token, reader)
    news = centre.find_news(token, reader) if notice is None else None
    if notice is not None:
        path, read_at = url_for(page, number=centre.number_of(notice)), notice.read_at
    elif news is not None:
        path, read_at = news.path, news.read_at
    else:
        abort(404)
    if read_at is None:
        tickets.do_later(centre.READ_JOB, {"token": token}, once=f"read {token}")
    answer = redirect(path, 303)
    answer.set_data("")  # nobody sees it, and it would be in English
    return answer


def _place() -> str:
    """Return the blueprint that is asked, whose pages this one leads to."""
    return request.blueprint or portal.name


def _page() -> int:
    typed = request.args.get("page", "")
    return max(int(typed), 1) if typed.isdecimal() and typed.isascii() and len(typed) <= _DIGITS else 1
