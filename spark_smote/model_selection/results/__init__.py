"""What a comparison found: figures, who wins, and the text that shows it."""
