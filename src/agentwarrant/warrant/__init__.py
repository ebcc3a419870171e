"""Warrants: who an agent is, whom it obeys, what it may touch, and how actions are held to it."""
