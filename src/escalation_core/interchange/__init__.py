"""What is written for software that is not ours; each format is a module of its own.

Rule 1: the format is somebody else's. What is written holds to its specification, and a test reads it with a tool that
is not ours either.
Rule 2: nobody's own words leave by a mining export, internal ones least of all.
Rule 3: the modules are namespaces, imported when they are needed: ``from escalation_core.interchange import xes``.
"""
