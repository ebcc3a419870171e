"""Detections: one YAML each, in families; read as data."""
