"""The composition root: the only place that knows several areas at once, and what each process of the hub is made of.

One module a process, so that a worker does not carry the pages and the ingest does not carry the mail.
"""
