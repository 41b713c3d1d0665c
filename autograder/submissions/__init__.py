"""What students hand in: found, read and put back into the form that was released."""
