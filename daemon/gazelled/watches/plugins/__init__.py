"""What plugins have to do with a look: fields that they add to items, vetoes and notes."""
