"""The embedded engine: Sigma rules, compiled once and matched against a stream of events."""
