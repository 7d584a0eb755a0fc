"""The commands of `seatsync policy`: rules that a project writes itself."""
