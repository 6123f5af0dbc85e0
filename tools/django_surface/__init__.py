"""What the Django of one interpreter has of async API, found by looking at and calling the installed Django."""
