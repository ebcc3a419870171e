"""Our engine against an independent one."""
