"""Ingest's SQL, one subject a file; the statements stand in queries.sql."""
