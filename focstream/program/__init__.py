"""What every program of focstream needs: options, signals, one way to end."""
