"""`tellal bench`: one file per measurement, all against a sink on this machine."""
