"""`wanamori-hub local` with stand-ins for the hub's own processes: the same command line, the real servers and the
real supervisor.
"""

import sys
from pathlib import Path

import hub.local.plan as plan
import hub.local.site as site

STANDIN = (sys.executable, str(Path(__file__).with_name("standin.py")))
commands = plan.HubCommands((*STANDIN, "hub"), (*STANDIN, "prepare"))
site.Options.__init__.__defaults__ = (*site.Options.__init__.__defaults__[:-1], commands)

from hub.__main__ import main  # noqa: E402

main()
