"""The pages of the administration; their routes are in the modules that import this one."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("sla_policies_admin", __name__)
