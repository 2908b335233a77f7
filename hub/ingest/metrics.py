"""What ingest counts, in Prometheus' form (docs/reference/ingest.md). Added to once a batch, not once a message."""

from prometheus_client import Counter, Gauge, Histogram

__all__ = ["BATCH_SECONDS", "DUPLICATES", "MESSAGES", "QUEUE", "RECEIPTS", "REFUSED", "ROWS", "UNSTORED"]

MESSAGES = Counter("wanamori_ingest_messages", "Messages committed, refused ones included", ["path"])
ROWS = Counter("wanamori_ingest_rows", "Rows of readings committed, before merging")
DUPLICATES = Counter("wanamori_ingest_duplicate_events", "Events that were stored before")
REFUSED = Counter("wanamori_ingest_refused", "Messages that went to quarantine, whole or in part", ["reason"])
UNSTORED = Counter("wanamori_ingest_unstored", "Messages that could not even be put into quarantine")
BATCH_SECONDS = Histogram(
    "wanamori_ingest_batch_seconds",
    "From the first message of a batch to its commit",
    ["path"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0),
)
QUEUE = Gauge(
    "wanamori_ingest_queue_messages", "Messages waiting in this process", ["path"], multiprocess_mode="livesum"
)
RECEIPTS = Counter("wanamori_ingest_receipts", "Receipts published")
