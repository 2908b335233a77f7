"""What belongs to a team of hunters: its plan, who is on duty, who wants quiet until when."""
