"""Looking at a running pipeline: the live page, Rerun, Prometheus. Its door is `open_lookers`."""
