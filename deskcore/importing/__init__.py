"""Imports: tickets and people from CSV and JSON lines, streamed, checked row by row, and silent.

Running the same file again changes nothing, so an interrupted import is finished by starting it again.
"""
