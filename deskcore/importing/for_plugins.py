"""What plugins read files with that are imported; ``from deskcore.plugin import importing``."""

from __future__ import annotations

from deskcore.hooks.sentences import Sentence, sentence
from deskcore.importing.mapping import FieldMap, field_map
from deskcore.importing.messages import BadValue, Unusable
from deskcore.importing.report import Report
from deskcore.importing.sources import BadRow, Row, Source

__all__ = ["BadRow", "BadValue", "FieldMap", "Report", "Row", "Sentence", "Source", "Unusable", "field_map", "sentence"]
