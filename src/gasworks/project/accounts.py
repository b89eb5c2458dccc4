"""Staff are entered by an administrator: nobody signs up."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter


class StaffAccounts(DefaultAccountAdapter):
    def is_open_for_signup(self, request: Any) -> bool:
        return False
