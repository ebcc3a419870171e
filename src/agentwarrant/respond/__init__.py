"""Response: an agent stopped at every place where it can be, by people's word, proven and undone.

Playbooks are planned against real state, guarded, approved, carried out from the ledger, proven by
reads and probes, and taken back. Nothing is changed unless the configuration's mode says so.
``docs/response.md`` is the operator's guide.
"""
