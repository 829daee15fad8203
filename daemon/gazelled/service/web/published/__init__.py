"""What plugins publish: pages in the frame, and files and feeds with their dates."""
