"""Parts that the commands of `seatsync fleet` share."""
