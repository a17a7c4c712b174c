"""What the contract and crash tests stand on: processes, an HTTP client, a webhook receiver and an
independent WeChat gateway. It shares no code with the server: both cannot be wrong together."""
