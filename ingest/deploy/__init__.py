"""What the containers of docker-compose.yml need before they can start: secrets, databases, accounts."""
