"""What reviewers see of a change set: hunks, patches and the JSON report."""
