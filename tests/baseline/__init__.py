"""Hundreds of sessions of ordinary work, in the shapes that real sources write."""
