"""Stands in for PyYAML, which nothing inside Splunk calls: the documents there are JSON."""

from __future__ import annotations


class SafeLoader:
    """Loads nothing."""


class YAMLError(Exception):
    """Never raised here."""


class MarkedYAMLError(YAMLError):
    """Never raised here."""
