"""Measurements: ratios to a floor that is measured in the same round, never absolute times and never a test."""
