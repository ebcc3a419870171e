"""Playbooks and plans as CACAO 2.0, and those of others read."""
