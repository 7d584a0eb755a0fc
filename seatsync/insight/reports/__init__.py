"""Reports about an account as values: who uses, holds, pays and renews what. `reporting/reports` renders them."""
