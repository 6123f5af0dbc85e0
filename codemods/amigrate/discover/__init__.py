"""The first stage: which files, settings and versions a project has."""

from amigrate.discover.project import DiscoveryError, Project, Role, Settings, SourceFile, discover

__all__ = ["DiscoveryError", "Project", "Role", "Settings", "SourceFile", "discover"]
