"""Playbooks (YAML) and, in vendors/, the actions they are made of."""
