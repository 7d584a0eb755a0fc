"""How things look: findings, plans, outcomes and lists, as text for people and as documents for programs."""
