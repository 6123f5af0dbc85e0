"""The codemods, one file each under its family, and the building blocks they share."""
