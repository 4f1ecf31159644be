"""The bedside control service: protocol to plan, decision, record, runtime."""
