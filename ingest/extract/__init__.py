"""Articles out of web pages: `article.extract(PageBytes) -> Extraction`, to be run in a killable child (`ingest.sandbox`)."""
