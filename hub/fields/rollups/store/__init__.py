"""The SQL of rollups and series, one subject a file; the statements stand in queries.sql."""
