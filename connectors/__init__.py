"""Sources: one folder each, found by looking; nothing is listed anywhere."""
