"""Guards: what no run may do, what none may do without people, and evidence before all."""
