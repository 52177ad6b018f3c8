"""Reports for those who work on desks and lead them."""

from deskcore.web.reports import pages
from deskcore.web.reports.area import blueprint

__all__ = ["blueprint", "pages"]
