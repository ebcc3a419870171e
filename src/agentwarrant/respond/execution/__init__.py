"""Carrying runs out: workers, proof, watches, and taking back."""
