"""Formats for other software, one module for each format.

Rule 1: the output conforms to the specification of its format, and a test reads it with a tool of somebody else.
Rule 2: a mining export has no text that somebody wrote.
Rule 3: import a module when it is needed: ``from escalation_core.interchange import xes``.
"""
