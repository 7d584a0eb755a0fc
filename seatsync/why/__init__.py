"""Why a person holds what they hold: what the files say, since which commit, and what the account has."""
