"""The SIEM that a SOC already has: what is sent to it, what runs in it, what comes back.

One folder per SIEM (``siem.elastic``); what none of them may do its own way stands beside them:
what may leave (``privacy``) and how nothing is lost on the way (``spool``).
"""
