"""``python -m agentwarrant``."""

from agentwarrant.cli import main

main()
