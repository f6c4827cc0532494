"""Scored rows -> what a researcher wants to know of them first, as values, text or a page."""

from starl.summary.html import to_html
from starl.summary.scored import read_scored
from starl.summary.summing import Summary, summarize
from starl.summary.text import to_text

__all__ = ["Summary", "read_scored", "summarize", "to_html", "to_text"]
