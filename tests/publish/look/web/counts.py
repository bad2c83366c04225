"""Counters as an acquisition gives them."""

from focstream.acquisition_counts import AcquisitionCounts

COUNTS = AcquisitionCounts(read=40, settling=12, gaps=2, dropped=3, waiting=1)
