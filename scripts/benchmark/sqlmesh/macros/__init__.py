"""Macros of the SQLMesh project."""
