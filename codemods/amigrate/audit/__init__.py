"""What async would give a project, what is in the way, and what it has wrong already."""
