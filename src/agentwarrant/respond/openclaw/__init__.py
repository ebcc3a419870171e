"""Clients of OpenClaw's gateway."""
