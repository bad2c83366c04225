"""GenICam cameras through harvesters. Its doors are `camera`, `config`, `lens` and `listing`."""
