"""What was changed in the account outside of seatsync: told from what git changes, by what was applied last."""
