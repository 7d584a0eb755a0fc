"""Planning: the difference between declared and actual state as steps in a legal order, checked by guards."""
