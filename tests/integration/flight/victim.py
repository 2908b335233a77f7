"""A flight agent to be killed, in a process of its own. Its arguments: the folder, the broker's port, the vehicle's
address, the town's key.
"""

import sys
import threading
from pathlib import Path

from tests.integration.edge.parts import credentials, running
from tests.integration.flight.parts import AGENT, configured

if __name__ == "__main__":
    folder, port, url, key = sys.argv[1:]
    enrolled = credentials(int(port), AGENT).model_copy(update={"command_key": key})
    with running(configured(Path(folder), url), enrolled):
        print("ready", flush=True)
        threading.Event().wait()
