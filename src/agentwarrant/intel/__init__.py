"""Threat intelligence in STIX 2.1: what others know, and what one tenant learns for the others."""
