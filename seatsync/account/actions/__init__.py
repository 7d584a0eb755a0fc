"""The actions of an account: one `ActionSpec` each, beside its effect; `table.ACTIONS` lists them all."""
