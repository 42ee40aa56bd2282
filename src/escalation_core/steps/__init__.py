"""Steps of the process by subject: rules, decision and fold of each command stand together.

Rule 1: all subjects share ``rows``, several share ``deadlines`` and ``reminders``; ``frame`` imports all subjects.
Rule 2: rules refuse, decisions make events, folds change the state. A decision refuses nothing: its rules were met.
Rule 3: folding asks no policy and no clock: the event says everything. An impossible event is a ``ReplayError``.
Rule 4: a policy's choice is written into the event, so that a later policy does not change it.
"""
