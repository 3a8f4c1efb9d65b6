"""Grant budgets of Erasmus+ Key Action 2: rules as data, every cent explained."""

__version__ = "0.1.0"
