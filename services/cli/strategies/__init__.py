"""`egard strategy`: the file that says how events are read, looked at before it is used."""
