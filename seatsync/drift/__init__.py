"""Changes made in the account outside of seatsync, separated from changes in git by the declaration applied last."""
