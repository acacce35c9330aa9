"""What a person looks at: one file a screen."""
