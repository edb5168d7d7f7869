"""Stripe's endpoints, one file for each resource."""
