"""The simulated camera and lens: shipped, and used by the demo, the documentation and the tests."""
