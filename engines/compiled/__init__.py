"""What engines compiled, kept on disk between runs; its door is `plan_file`."""
