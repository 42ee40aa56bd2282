"""Formats for other software, one module for each format.

Rule 1: the output conforms to the specification of its format, and a test reads it with a tool of another project.
Rule 2: a mining export has no free text.
Rule 3: import each module by its name: ``from escalation_core.interchange import xes``.
"""
