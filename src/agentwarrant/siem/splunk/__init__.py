"""Splunk: what is sent to it, the app that runs in it, what comes back.

``form`` says what an event looks like there, ``names`` what everything of ours is called.
"""

from agentwarrant.siem.splunk import settings as settings
from agentwarrant.siem.splunk.names import index as namespace
from agentwarrant.siem.splunk.outgoing import COUNTED as COUNTED
from agentwarrant.siem.splunk.outgoing import receiver as receiver
from agentwarrant.siem.splunk.outgoing import route as route
from agentwarrant.siem.splunk.outgoing import weigh as weigh
from agentwarrant.siem.splunk.plugin import Splunk as Splunk

__all__ = ["COUNTED", "TARGETS", "Splunk", "namespace", "receiver", "route", "settings", "weigh"]

TARGETS = Splunk.kinds
"""The kinds of targets that the configuration may name and this folder serves."""
