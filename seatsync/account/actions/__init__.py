"""The actions of an account: one `ActionSpec` each, next to its effect. `table.ACTIONS` lists them all."""
