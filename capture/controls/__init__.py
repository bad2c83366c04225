"""What the page changes of a live camera and lens: asked from any thread, done in that of the devices."""
