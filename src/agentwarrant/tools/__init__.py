"""Tool calls: what a tool is by its name and its arguments, and where its answers come from."""
