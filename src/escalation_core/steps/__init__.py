"""Steps of the process by subject: rules, decision and fold of each command stand together.

Rule 1: ``rows`` has what all subjects share, ``deadlines`` and ``reminders`` what several share; ``frame`` stands above.
Rule 2: rules refuse, decisions make events, folds change the state. A decision refuses nothing, since its rules were met.
Rule 3: folding asks no policy and no clock: the event says everything. An impossible event is a ``ReplayError``.
Rule 4: a policy's choice is written into the event, so that a later policy does not change it.
"""
