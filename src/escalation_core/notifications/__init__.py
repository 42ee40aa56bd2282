"""Notifications: the mails about an event, with their recipients, values and texts.

Rule 1: ``mails`` has one row per mail, and ``catalogs`` its texts. Everything else derives from these two.
Rule 2: modules import each other in one order: rendering, catalogs, texts, notification, mails, recipients, fields.
"""
