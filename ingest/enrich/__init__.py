"""What is found out about an article after extraction: `article.enrich(articles, settings)` tells its language, the names in it, its length."""
