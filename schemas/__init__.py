"""JSON Schemas, field dictionaries and taxonomies; read as data."""
