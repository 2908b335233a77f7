"""Load at the wire: many agents in one process, each with credentials, an outbox and a window of its own.

What decides is the real agent's (edge.core.backlog, edge.wire); only the disk beneath the outbox is missing, and the
sensors. The record of what was published is kept apart, so that exactly-once can be checked afterwards.
"""
