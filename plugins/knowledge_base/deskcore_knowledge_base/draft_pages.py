"""Drafts on the page of the editor: what the core's script sends while somebody writes, and what it is told."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import format_time
from flask_babel import gettext as _

from deskcore.plugin import Problem, Refused, Text
from deskcore_knowledge_base import drafts, files
from deskcore_knowledge_base.models import Article, Draft, File
from deskcore_knowledge_base.rights import Writer


@dataclass(frozen=True)
class Written:
    """A text of a draft, to be read and copied."""

    label: Text
    text: str


@dataclass(frozen=True)
class DraftView:
    """What the page says about a draft, as ``ui/drafts.html`` reads it.

    :param url: where the form is saved to.
    :param restored: whether the form holds it.
    :param conflict: why the text on this page was not kept.
    :param other: what was kept by another page instead.
    """

    url: str
    revision: str = ""
    step: int = 0
    saved_at: datetime | None = None
    restored: bool = False
    conflict: str = ""
    other: Sequence[Written] = ()
    lost: bool = False
    left: Sequence[Written] = ()


def place_of(article: Article | None, original: Article | None) -> str:
    """Return where the draft of a form is kept: a person has one for each thing to be written about."""
    if article is not None:
        return f"edit/{article.slug}"
    if original is not None:
        return f"of/{original.slug}"
    about = next((f"{name}/{request.args[name]}" for name in ("ticket", "title") if request.args.get(name)), "new")
    return about[:120]


def sent_stamp(place: str) -> drafts.Stamp:
    """Return what the page that sent this request knows of its draft."""
    step = request.form.get("_step", "")
    known = int(step) if step.isdecimal() and len(step) < 7 else 0
    return drafts.Stamp(place, request.form.get("_draft", "")[:16], request.form.get("_page", "")[:32], known)


def written() -> dict[str, str]:
    """Return what the form of this request says, as it is kept."""
    return {key: request.form.get(key, "").replace("\0", "") for key in drafts.KEYS}


def received(pair: str, who: Writer) -> tuple[list[File], tuple[Problem, ...]]:
    """Keep the files that came with this request.

    :returns: them, and why others were not taken.
    """
    kept: list[File] = []
    problems: list[Problem] = []
    for upload in request.files.getlist("file"):
        if upload.filename:
            with closing(upload):
                try:
                    kept.append(files.keep_file(pair, upload.filename, upload.stream.read(files.MOST + 1), who))
                except Refused as error:
                    problems += error.problems
    return kept, tuple(problems)


def sent_view(url: str) -> DraftView:
    """Return what the page that sent this request says about its draft."""
    stamp = sent_stamp("")
    return DraftView(url, stamp.revision, stamp.step)


def draft_view(row: Draft | None, url: str, conflict: str = "") -> DraftView:
    """Return what the page says about what is kept."""
    step = sent_stamp("").step
    if row is None:
        return DraftView(url, conflict=conflict)
    texts = (
        Written(Text("Title", "Tytuł"), row.content.get("title", "")),
        Written(Text("Text", "Treść"), row.content.get("body", "")),
    )
    other = [each for each in texts if each.text]
    return DraftView(url, row.revision, step + 1, row.saved_at, conflict=conflict, other=other)


def answer(kept: Draft, added: Sequence[File], problems: Sequence[Problem], back: str) -> ResponseReturnValue:
    """Say what was kept, to the script of the page or to whoever pressed its button.

    :param back: where the button leads.
    """
    said = _("Draft saved at %(time)s", time=format_time(kept.saved_at, "HH:mm"))  # type: ignore[no-untyped-call]
    if request.accept_mimetypes.best == "application/json":
        lines = [{"name": "file", "token": each.token, "label": files.line_of(each)} for each in added]
        said = " ".join(each.message for each in problems) or said
        return {"draft": kept.revision, "said": said, "files": lines}
    for each in problems:
        flash(each.message, "error")
    flash(said, "toast")
    return redirect(back, 303)
