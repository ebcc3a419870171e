"""What is told of runs: proof, cases, figures and events."""
