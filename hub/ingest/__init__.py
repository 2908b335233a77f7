"""Ingest: takes what agents say off the broker, accepts or refuses it, stores it once, and gives the receipts."""
