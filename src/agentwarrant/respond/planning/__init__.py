"""From a playbook and a case to a plan of every request, before anything is sent."""
