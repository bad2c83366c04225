"""How quickly the live page draws, and what it costs the pipeline."""
