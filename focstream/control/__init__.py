"""What can be changed while the program runs."""
