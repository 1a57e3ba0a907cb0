"""What a profile takes before a byte is downloaded: sizes, work and hours, from the profile alone."""
