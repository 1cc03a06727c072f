"""What a name means wherever it stands: its forms, its spellings in all languages, and the places and organisations that the gazetteer lists."""
