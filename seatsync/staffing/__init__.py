"""The changes behind `seatsync edit`: assign or give back a seat, promote, move and offboard people."""
