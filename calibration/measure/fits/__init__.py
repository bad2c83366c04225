"""Pure fits: measurements in, a part of the profile out, or a refusal that says why."""
