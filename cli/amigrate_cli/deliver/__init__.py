"""Writing a change set into the project's files, and taking it back."""
