"""The ledger: what every run will do, has done, and what is known of it."""
