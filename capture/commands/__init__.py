"""What ``python -m capture`` does: one command a file. Nothing else imports from here."""
