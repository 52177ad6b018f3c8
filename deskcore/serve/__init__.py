"""Serving: a small parent that starts, drains, restarts and watches the process that does the work.

:mod:`~deskcore.serve.supervisor` is the parent and imports neither Flask nor plugins; :mod:`~deskcore.serve.child`
is what it starts.
"""
