"""Everything that runs git, through GitPython and never through a shell."""
