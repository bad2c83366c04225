"""How good a model is: error measures, tables and pictures."""
