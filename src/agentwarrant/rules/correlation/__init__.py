"""Correlations over a stream of events: one operator a rule, bounded state, event time."""
