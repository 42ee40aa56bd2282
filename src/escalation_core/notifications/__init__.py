"""Notifications: who gets a mail about an event, with which values, and in which words.

Rule 1: ``mails`` has one row per mail, and ``catalogs`` its texts. Everything else derives from these two.
Rule 2: imports go one way, from rendering to catalogs, texts, notification, mails, recipients and fields.
"""
