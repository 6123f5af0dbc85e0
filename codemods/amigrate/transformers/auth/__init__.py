"""Codemods for `django.contrib.auth`."""
