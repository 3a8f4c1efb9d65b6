"""JSON Schemas and codelists for foreign systems: made from the models and the rules, so that they never differ."""
