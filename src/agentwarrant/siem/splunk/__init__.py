"""Splunk: what is sent to it, the app that runs in it, what comes back.

``form`` says what an event looks like there, ``names`` what everything of ours is called.
"""

TARGETS: tuple[str, ...] = ()
