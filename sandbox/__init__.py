"""A local Stripe and a mailbox, for development and tests. Imports nothing of the product."""
