"""The block list that firewalls poll."""
