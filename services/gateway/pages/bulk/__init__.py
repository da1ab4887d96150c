"""Sheets that come in, step by step: bring → columns → dry run → do → what became of each row."""

from services.gateway.pages.bulk.kind import Account, Bulk, Job, Verdict
from services.gateway.pages.bulk.steps import steps

__all__ = ["Account", "Bulk", "Job", "Verdict", "steps"]
