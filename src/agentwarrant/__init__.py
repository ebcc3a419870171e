"""Agent Warrant: attribute, judge, detect and contain what AI agents do."""

__version__ = "0.1.0"
