"""Changes made in the account outside of seatsync, distinguished from changes in git by the declaration applied last."""
