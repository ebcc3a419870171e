"""Shell commands: taken apart into simple ones, and what each program of them does."""
