"""What a person sees of a scan: one HTML page to send on, and one screen for the night shift.

Everything an agent, a peer or a page wrote is hostile text here; ``safe`` is the one place that
makes it harmless to look at.
"""
