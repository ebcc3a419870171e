"""Response: what would be done about a case, planned against real state, nothing changed.

This is the first form. It plans and it refuses; it changes nothing anywhere. ``docs/response.md``
says what that means.
"""
