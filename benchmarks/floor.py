"""The floor: a bare Flask application with one indexed query and 25 rows rendered by Jinja."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask, render_template_string

_PAGE = """<!doctype html><title>Floor</title><table>{% for row in rows %}<tr><td>{{ row.number }}</td>
<td>{{ row.subject }}</td><td>{{ row.status }}</td><td>{{ row.at }}</td></tr>{% endfor %}</table>"""
_METADATA = sa.MetaData()
_ROW = sa.Table(
    "floor_row",
    _METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("owner", sa.Integer, index=True),
    sa.Column("number", sa.String(20)),
    sa.Column("subject", sa.String(200)),
    sa.Column("status", sa.String(20)),
    sa.Column("at", sa.String(30)),
)


def create_floor(url: str) -> Flask:
    """Build the floor on the database at ``url``, with a thousand rows of forty owners."""
    engine = sa.create_engine(url)
    _METADATA.create_all(engine)
    with engine.begin() as connection:
        if connection.scalar(sa.select(sa.func.count()).select_from(_ROW)) == 0:
            connection.execute(
                _ROW.insert(),
                [
                    {"owner": place % 40, "number": f"IT-{place}", "subject": "A subject", "status": "new", "at": "now"}
                    for place in range(1000)
                ],
            )
    app = Flask("floor")
    wanted = sa.select(_ROW).where(_ROW.c.owner == 7).order_by(_ROW.c.id).limit(25)

    @app.get("/")
    def page() -> str:
        with engine.connect() as connection:
            return render_template_string(_PAGE, rows=connection.execute(wanted).all())

    return app
