"""What the policies of targets do to deliveries: held for later, in a digest, merged."""
