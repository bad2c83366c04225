"""How a sweep is made: the plan, who moves the focus, the live source. Its doors are `plan` and `live`."""
