"""The texts of the mails, one module per language.

Rule 1: to add a language, add its module and import its catalog here.
"""

from escalation_core.notifications.catalogs.en import ENGLISH

__all__ = ["ENGLISH"]
