"""What a template gets to render a form: plain data, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OptionView:
    """One choice of a control."""

    value: str
    label: str
    hint: str = ""
    selected: bool = False


@dataclass(frozen=True)
class PartView:
    """One control of an answer that needs two, such as an amount and its currency."""

    name: str
    id: str
    label: str
    value: str
    options: tuple[OptionView, ...] = ()


@dataclass(frozen=True)
class FieldView:
    """A field as the macro renders it.

    :param id: of the control, or of the first one: an error summary links here.
    :param control: ``text``, ``longtext``, ``int``, ``money``, ``date``, ``daterange``, ``datetime``, ``checkbox``,
        ``yesno``, ``select``, ``radio``, ``checkboxes``, ``person``, ``email``, ``phone``, ``url``, ``file``,
        ``lines``, or one that a plugin's type names.
    :param value: text of a single control.
    :param options: choices; of ``file``, the files already uploaded (all selected).
    :param parts: controls of ``money`` and ``daterange``.
    :param error: the sentence beside the control, or ``""``.
    :param visible: whether its condition is met; the macro puts others into an inert ``<template>``.
    :param show_if_values: JSON list of the values, as the controlling field posts them.
    :param candidates: people to choose from when the name written could mean several.
    :param columns: labels of a table's columns; ``rows`` holds a view for each cell.
    """

    key: str
    name: str
    id: str
    label: str
    control: str
    hint: str = ""
    optional: bool = True
    sensitive: bool = False
    value: str = ""
    checked: bool = False
    options: tuple[OptionView, ...] = ()
    parts: tuple[PartView, ...] = ()
    error: str = ""
    visible: bool = True
    show_if_field: str = ""
    show_if_values: str = ""
    candidates: tuple[OptionView, ...] = ()
    columns: tuple[FieldView, ...] = ()
    rows: tuple[tuple[FieldView, ...], ...] = ()
    max_length: int | None = None
    input_type: str = "text"
    input_mode: str = ""

    @property
    def described_by(self) -> str:
        """Ids of the hint and the error, for ``aria-describedby``."""
        return " ".join(
            f"{self.id}-{suffix}" for suffix, there in (("hint", self.hint), ("error", self.error)) if there
        )


@dataclass(frozen=True)
class ErrorView:
    """A line of the error summary; ``id`` is empty for one that belongs to no control."""

    message: str
    id: str = ""


@dataclass(frozen=True)
class FormView:
    """A form as the macro renders it."""

    fields: tuple[FieldView, ...]
    errors: tuple[ErrorView, ...] = ()
