"""Backup and restore: one archive that holds a whole installation, and an installation made of one."""
