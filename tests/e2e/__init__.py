"""Against real servers and a real browser."""
