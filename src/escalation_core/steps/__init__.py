"""Steps of the process by subject: the rules, decisions and folds of one subject are in one module.

Rule 1: all subjects share ``rows``, several share ``deadlines`` and ``reminders``; ``frame`` imports all subjects.
Rule 2: rules refuse, decisions make events, folds change the state. A decision refuses nothing, since the rules are
checked first.
Rule 3: a fold uses no policy and no clock, only the case and the event. An impossible event is a ``ReplayError``.
Rule 4: the choice of a policy is written into the event, so that a later policy does not change it.
"""
