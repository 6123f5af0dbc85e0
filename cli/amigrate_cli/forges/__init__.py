"""Where pull requests are: GitHub, GitLab, their own programs, or nowhere."""
