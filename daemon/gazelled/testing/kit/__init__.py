"""What the fixture `gz` is made of: things to show to plugins, and plugins to show them to."""
