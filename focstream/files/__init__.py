"""Files that a user hands over: opened with a limit, and written whole or with a word."""
