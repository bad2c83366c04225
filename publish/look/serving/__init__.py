"""What the page and the metrics are served by."""
