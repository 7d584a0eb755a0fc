"""Commands of `seatsync fleet`."""
