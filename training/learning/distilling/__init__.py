"""A cheap network that learns from a good one."""
