"""The client of the Copernicus Land Monitoring Service's download API."""
