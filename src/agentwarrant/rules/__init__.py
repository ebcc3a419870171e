"""The embedded engine: Sigma rules loaded, compiled once, and matched against events in a stream."""
