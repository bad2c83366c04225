"""What cameras do: every module here has a tuple `ROWS` of `Behaviour`, a part of one table."""
