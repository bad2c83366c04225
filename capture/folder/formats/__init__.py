"""Image files, each as one picture."""
