"""The demo organisation Meridian: its people, and the tickets that each plugin adds to it."""
