"""Actions: one file per vendor, found by looking; nothing is listed anywhere."""
