"""Bring the database up to date and make the first start's people. A process of its own: the supervisor stays small.

Its answer goes to standard output as one JSON document (hub.local.announce.Prepared), which is kept from the logs: it
holds passwords.
"""

import os
import sys

from hub.config import load_settings
from hub.errors import HubError, SetupError
from hub.local.announce import Prepared
from hub.local.kept import SignIn
from hub.local.plan import STAFF_VARIABLE
from hub.wiring.first_start import first_start
from hub.wiring.surveys import read_ground

__all__ = ["main"]


def main() -> int:
    """Prepare the database that the settings name; `--sample` adds the sample data. Returns the exit code."""
    staff = SignIn.model_validate_json(os.environ[STAFF_VARIABLE])
    try:
        settings = load_settings()
        # web processes read it: here one line ends the start, there it would be said with each of their tries
        read_ground(settings)
        made = first_start(
            settings,
            username=staff.username,
            password=staff.password,
            token=staff.token,
            sample="--sample" in sys.argv[1:],
        )
    except HubError as error:
        sys.stderr.write(f"{error}\n")
        return 2 if isinstance(error, SetupError) else 1
    sys.stdout.write(Prepared(staff=staff, people=list(made.people)).model_dump_json())
    return 0


if __name__ == "__main__":
    sys.exit(main())
